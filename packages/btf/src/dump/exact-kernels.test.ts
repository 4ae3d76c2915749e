import { readBytes } from "@core/corpus";
import { describe, expect, test } from "vitest";
import { assertingHeader, notComingBack } from "../../test/c-asserts.js";
import { complaintsOf, hasClang } from "../../test/clang.js";
import { kernelFiles } from "../../test/kernels.js";
import { parseBtf } from "../index.js";

/** The oldest and the newest; it takes clang a while. */
const RETURNING = ["5.10.", "7.3."];

const TIMEOUT = 300_000;

describe.runIf(hasClang())("C of", { timeout: TIMEOUT }, () => {
  const files = kernelFiles();

  test.each(files)("$name is laid out by clang as BTF says, on x86-64 and for BPF", (file) => {
    const { text, count } = assertingHeader(parseBtf(readBytes(file)));
    expect(count).toBeGreaterThan(50_000);
    expect(text).not.toContain("is missing:");
    expect(complaintsOf(text, "x86_64-linux-gnu")).toBe("");
    expect(complaintsOf(text, "bpfel")).toBe("");
  });

  test.each(files.filter(({ name }) => RETURNING.some((series) => name.startsWith(series))))(
    "$name comes back from clang as the same BTF",
    (file) => {
      expect(notComingBack(parseBtf(readBytes(file)))).toEqual([]);
    },
  );
});
