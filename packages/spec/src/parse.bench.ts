import { Types } from "@core/written-types";
import { bench } from "vitest";
import { formatSpec, parseSpec } from "./index.js";

const t = new Types();
const int = t.int("int", 4);
const inner = t.struct("", 68, ["a", int, 0], ["b", t.array(int, 16), 32]);
const outer = t.struct("outer", 72, ["first", int, 0], ["", inner, 32]);
const colors = t.enum("colors", { RED: 0, GREEN: 1, BLUE: 2 });
const btf = t.btf();
const spec = parseSpec(btf, outer, "0:1:1:3", "byte_off");

bench("parseSpec, a field through an anonymous struct and an array", () => {
  parseSpec(btf, outer, "0:1:1:3", "byte_off");
});

bench("parseSpec, a type", () => {
  parseSpec(btf, outer, "0", "type_exists");
});

bench("parseSpec, an enumerator", () => {
  parseSpec(btf, colors, "2", "enumval_value");
});

bench("formatSpec, a field", () => {
  formatSpec(spec);
});
