import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
