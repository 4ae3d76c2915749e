import { describe, expect, test } from "vitest";
import { findBpftool, runBpftool } from "./index.js";

const bpftool = findBpftool();

describe.runIf(bpftool !== undefined)("the bpftool that was fetched", () => {
  test("is of the version that is compared with, or a later one", () => {
    const [major = 0, minor = 0] = bpftool!.version.split(".").map(Number);
    expect(major * 1000 + minor).toBeGreaterThanOrEqual(7008);
  });

  test("starts", () => {
    expect(runBpftool(bpftool!, ["version"]).toString()).toContain(`bpftool v${bpftool!.version}`);
  });

  test("has its failures thrown", () => {
    expect(() => runBpftool(bpftool!, ["btf", "dump", "file", "/nowhere"])).toThrow("failed to load BTF");
  });
});
