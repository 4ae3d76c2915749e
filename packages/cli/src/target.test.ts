import { describe, expect, it } from "vitest";
import { CommandError, Exit } from "./exit.js";
import { findRunningKernel, moduleName } from "./target.js";

describe("the running kernel", () => {
  it("is taken from the first place that can be read", () => {
    expect(findRunningKernel(["/nowhere/vmlinux", "/dev/null", "/dev/zero"])).toBe("/dev/null");
  });

  it("has no BTF: the message names every place, and what to do", () => {
    const places = ["/nowhere/vmlinux", "/nowhere/else"];
    expect(() => findRunningKernel(places)).toThrow(CommandError);
    try {
      findRunningKernel(places);
    } catch (error) {
      expect(error).toMatchObject({ exitCode: Exit.input });
      for (const part of [...places, "--target <file>"]) expect(String(error)).toContain(part);
    }
  });
});

it.each([
  ["/lib/modules/6.1/kernel/net/nf-nat.ko", "nf_nat"],
  ["bridge.btf", "bridge"],
  ["kvm", "kvm"],
])("%s is module %s", (path, name) => {
  expect(moduleName(path)).toBe(name);
});
