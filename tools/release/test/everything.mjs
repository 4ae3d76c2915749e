// Uses what was installed: every entry of every package, and the whole way from an object to a relocated one.
// Arguments: an object, a kernel's BTF, and the entries. Runs in Node, Deno and Bun.

import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { argv } from "node:process";

const [object, kernel, ...entries] = argv.slice(2);
for (const entry of entries) assert.ok(Object.keys(await import(entry)).length > 0, entry);

const { parseBtf } = await import("@core/btf");
const { openObject, relocate, reportOf } = await import("@core/relocate");
const relocated = relocate(openObject(readFileSync(object)), { kernel: parseBtf(readFileSync(kernel)) });
const { summary } = reportOf(relocated);
assert.equal(summary.failed, 0);
console.log(`${summary.relocations} relocations, ${entries.length} entries`);
