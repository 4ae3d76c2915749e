import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findSection, parseElf, replaceSections, sectionBytes } from "@core/elf";
import { fixturePath } from "@core/fixtures";
import { afterEach, describe, expect, it } from "vitest";
import { EXAMPLE, EXAMPLE_KERNEL, inFolder, type Ran, run } from "../test/run.js";
import { REPORTER_NAMES } from "./check/reporters.js";

/** What every object of JavaScript has, or what is set with it. */
const NAMES = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "prototype"];

/** As long, as early in the alphabet, as like a macro; and nothing to any object. */
const innocentOf = (name: string): string => name.replace(/[a-z](?=_*$)/, "X");

/**
 * Of the example and its kernel: a struct, an enum, an enumerator, a field that only one of them has, one that both
 * have, a function, and what a section is named for.
 */
const RENAMED = [
  "cgroup_subsys_state",
  "cgroup_subsys_id",
  "memory_cgrp_id",
  "start_boottime",
  "real_start_time",
  "memory_cgroup_of",
  "sched_process_exec",
];

function renamed(path: string, name: string): Buffer {
  let content = readFileSync(path, "latin1");
  for (const old of RENAMED) content = content.replaceAll(`${old}\0`, `${name.padEnd(old.length, "\0")}\0`);
  return Buffer.from(content, "latin1");
}

const nul = (text: string): Buffer => Buffer.from(`${text}\0`, "latin1");

/** Bytes with every `pattern` in them replaced by as many others. */
function patched(bytes: Uint8Array, pattern: Uint8Array, by: Uint8Array): Buffer {
  const copy = Buffer.from(bytes);
  for (let at = copy.indexOf(pattern); at >= 0; at = copy.indexOf(pattern, at + 1)) copy.set(by, at);
  return copy;
}

const words = (...values: readonly number[]): Buffer => Buffer.from(Uint32Array.from(values).buffer);

/** A little-endian object in which a global variable, such as a map, has another name, of any length. */
function withVariable(path: string, old: string, name: string): Uint8Array {
  const elf = parseElf(readFileSync(path));
  const sectionOf = (title: string) => {
    const section = findSection(elf, title);
    if (section === undefined) throw new Error(`${path} has no ${title}`);
    return { index: section.index, bytes: Buffer.from(sectionBytes(elf, section)) };
  };
  const [btf, strtab, symtab] = [sectionOf(".BTF"), sectionOf(".strtab"), sectionOf(".symtab")];
  // Strings come last, so the new name is behind them; and the old one stays for what else has it.
  const [hdrLen, strOff, strLen] = [4, 16, 20].map((at) => btf.bytes.readUInt32LE(at));
  const strings = btf.bytes.subarray((hdrLen ?? 0) + (strOff ?? 0));
  const VAR = 14 << 24;
  const types = patched(btf.bytes, words(strings.indexOf(`\0${old}\0`) + 1, VAR), words(strLen ?? 0, VAR));
  types.writeUInt32LE((strLen ?? 0) + nul(name).length, 20);
  const nameOff = strtab.bytes.indexOf(`\0${old}\0`) + 1;
  for (let at = 0; at < symtab.bytes.length; at += 24)
    if (symtab.bytes.readUInt32LE(at) === nameOff) symtab.bytes.writeUInt32LE(strtab.bytes.length, at);
  return replaceSections(
    elf,
    new Map([
      [btf.index, Buffer.concat([types, nul(name)])],
      [strtab.index, Buffer.concat([strtab.bytes, nul(name)])],
      [symtab.index, symtab.bytes],
    ]),
  );
}

/** Everything that the commands say and write, of files whose names and contents have a name everywhere. */
async function everythingOf(name: string, folder: string): Promise<ReadonlyMap<string, string>> {
  const path = (file: string): string => join(folder, file);
  const [object, kernel, other] = [path(`${name}.o`), path(`${name}.btf`), path(`${name}-2.btf`)];
  writeFileSync(object, renamed(EXAMPLE, name));
  writeFileSync(kernel, renamed(EXAMPLE_KERNEL, name));
  // Without the enumerator, the field and the struct: so that there is something to say.
  const without = readFileSync(kernel, "latin1").replaceAll(`\0${name}\0`, `\0${"_".repeat(name.length)}\0`);
  writeFileSync(other, Buffer.from(without, "latin1"));
  const found = new Map<string, string>();
  const tell = (what: string, { exitCode, stdout, stderr }: Ran): string => {
    expect([0, 1], `${what}: ${stderr}`).toContain(exitCode);
    // Hashes of what the files hold.
    const text = `${exitCode}\n${stdout}${stderr}`
      .replaceAll(folder, "")
      .replaceAll(/\b[\da-f]{32,64}\b/g, "#");
    found.set(what, text);
    return stdout.toString();
  };
  const tellFile = (what: string): void => void found.set(what, readFileSync(path(what), "latin1"));
  for (const target of [kernel, other]) {
    for (const args of [["-v"], ["--json"]]) {
      const what = ["relocate", object, "-t", target, ...args];
      tell(what.slice(3).join(" ").replace(folder, ""), await run(what));
    }
    for (const args of [[], [name]])
      tell(`explain ${args} ${target === other}`, await run(["explain", object, ...args, "-t", target]));
  }
  await run(["relocate", object, "-t", kernel, "-o", path("relocated")]);
  tellFile("relocated");
  await run(["btf", "min", kernel, object, "-o", path("minimized")]);
  tellFile("minimized");
  for (const args of [
    ["dump", kernel],
    ["dump", kernel, "--style", "bpftool"],
    ["dump", kernel, "--format", "raw"],
    ["dump", kernel, "--format", "json"],
    ["show", kernel, name, "--json"],
    ["show", kernel, `struct ${name}`],
    ["find", kernel, name, "--users"],
    ["find", kernel, name, "--json"],
    ["layout", kernel, `struct ${name}`, "--json"],
    ["layout", kernel, `struct ${name}`, "--against", object],
    ["diff", kernel, other],
    ["diff", kernel, object, "--json"],
    ["stats", kernel, "--json"],
  ]) {
    tell(args.join(" ").replaceAll(folder, ""), await run(["btf", ...args]));
  }
  const check = ["check", object, "--jobs", "1", "-t", kernel, other];
  const report = tell("cached", await run([...check, "--reporter", "json"]));
  expect(tell("cached", await run([...check, "--reporter", "json"]))).toBe(report);
  writeFileSync(path("report.json"), report);
  const [first = "", second = ""] = [kernel, other].map((target) => `${target}.json`);
  for (const target of [kernel, other]) {
    const shard = ["check", object, "-t", target, "--reporter", `json=${target}.json`];
    tell("part", await run(shard));
  }
  const allow = {
    allow: [
      { program: name, object: `*${name}.o`, reason: name },
      { subject: `*${name}*`, reason: name },
    ],
  };
  writeFileSync(path("allow.json"), JSON.stringify(allow));
  for (const reporter of REPORTER_NAMES) {
    const how = ["--reporter", reporter, "-v"];
    const merged = await run(["check", "merge", first, second, ...how]);
    expect(merged, reporter).toEqual(await run([...check, "--no-cache", ...how]));
    tell(reporter, merged);
    tell(
      `${reporter} allowed`,
      await run(["check", "merge", first, second, ...how, "--allow", path("allow.json")]),
    );
    tell(`${reporter} unchanged`, await run([...check, ...how, "--baseline", path("report.json")]));
  }
  return found;
}

describe.each(NAMES)("%s is a name like any other", (name) => {
  const own = Object.getOwnPropertyNames(Object.prototype);
  const { XDG_CACHE_HOME } = process.env;
  afterEach(() => {
    if (XDG_CACHE_HOME === undefined) delete process.env["XDG_CACHE_HOME"];
    else process.env["XDG_CACHE_HOME"] = XDG_CACHE_HOME;
  });

  it("in every text, report and file", async () => {
    const everything = (as: string) =>
      inFolder((folder) => {
        process.env["XDG_CACHE_HOME"] = folder;
        return everythingOf(as, folder);
      });
    const [found, expected] = [await everything(name), await everything(innocentOf(name))];
    const said = [...expected].map(([what, text]) =>
      [what, text].map((one) => one.replaceAll(innocentOf(name), name)),
    );
    expect([...found]).toEqual(said);
    expect([...expected.values()].filter((text) => text.includes(innocentOf(name))).length).toBeGreaterThan(
      30,
    );
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(own);
    expect(Object.keys({})).toEqual([]);
  });
});

/** An object of which a variable is renamed, and how many of the texts name it. */
const VARIABLES: readonly [object: string, variable: string, texts: number][] = [
  ["map-no-such", "map", 5],
  ["struct-ops", "ops", 5],
  ["struct-ops", "none", 5],
  ["ksym-strong", "no_such_variable", 5],
  ["poison", "is_on", 2],
  ["poison", "has_state", 2],
  ["poison", "options", 5],
];

describe.each(VARIABLES)("in %s, a variable %s", (object, variable, texts) => {
  it.each(NAMES)("may be called %s", async (name) => {
    const everything = (as: string) =>
      inFolder(async (folder) => {
        const path = join(folder, "a.o");
        writeFileSync(path, withVariable(fixturePath(`kernels/${object}.o`), variable, as));
        const target = ["-t", EXAMPLE_KERNEL];
        const found: string[] = [];
        for (const args of [
          ["check", path, ...target, "--no-cache", "--jobs", "1", "-v"],
          ["check", path, ...target, "--no-cache", "--jobs", "1", "--reporter", "json"],
          ["explain", path, ...target],
          ["relocate", path, ...target, "--json"],
          ["btf", "dump", path],
          ["btf", "dump", path, "--format", "json"],
          ["btf", "find", path, as, "--json"],
        ]) {
          const { exitCode, stdout, stderr } = await run(args);
          expect([0, 1], `${args}: ${stderr}`).toContain(exitCode);
          found.push(
            `${exitCode}\n${stdout}${stderr}`.replaceAll(folder, "").replaceAll(/\b[\da-f]{64}\b/g, "#"),
          );
        }
        return found;
      });
    const expected = await everything(innocentOf(name));
    expect(await everything(name)).toEqual(expected.map((text) => text.replaceAll(innocentOf(name), name)));
    expect(expected.filter((text) => text.includes(innocentOf(name))).length).toBe(texts);
  });
});
