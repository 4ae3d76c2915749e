import { readBytes } from "@core/corpus";
import { describe, expect, test } from "vitest";
import { assertingHeader, notComingBack } from "../../test/c-asserts.js";
import { complaintsOf, hasClang } from "../../test/clang.js";
import { kernelFiles } from "../../test/kernels.js";
import { parseBtf } from "../index.js";

/** The oldest and the newest; it takes clang a while. */
const RETURNING = ["5.10.", "7.3."];

const TIMEOUT = 300_000;

describe.runIf(hasClang()).each(kernelFiles())("C of $name", { timeout: TIMEOUT }, (file) => {
  const btf = parseBtf(readBytes(file));

  test("is laid out by clang as BTF says, on x86-64 and for BPF", () => {
    const { text, count } = assertingHeader(btf);
    expect(count).toBeGreaterThan(50_000);
    expect(text).not.toContain("is missing:");
    expect(complaintsOf(text, "x86_64-linux-gnu")).toBe("");
    expect(complaintsOf(text, "bpfel")).toBe("");
  });

  test.runIf(RETURNING.some((series) => file.name.startsWith(series)))(
    "comes back from clang as the same BTF",
    () => {
      expect(notComingBack(btf)).toEqual([]);
    },
  );
});
