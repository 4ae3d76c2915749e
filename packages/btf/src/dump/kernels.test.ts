import { findBpftool } from "@core/bpftool";
import { findCorpus, kernelsOf, modulesOf, readBytes } from "@core/corpus";
import { describe, expect, test } from "vitest";
import {
  C_FORMATS,
  cOf,
  type DumpFormat,
  firstDifference,
  ours,
  RECORD_FORMATS,
  rawOf,
  theirs,
  titleOf,
} from "../../test/bpftool-dumps.js";
import { idsByName, parseBtf } from "../index.js";

const TIMEOUT = 300_000;

const bpftool = findBpftool();
const corpus = findCorpus();
const kernels = corpus === undefined ? [] : kernelsOf(corpus);

const FORMATS = [...RECORD_FORMATS, ...C_FORMATS].map((format) => ({ title: titleOf(format), format }));

/** Structs that lead to much of a kernel; functions and variables, of which nothing is written, too. */
const ROOTS = [["task_struct"], ["sk_buff", "file"], ["bpf_func_proto", "vfs_read", "init_task", "gfp_t"]];

describe.runIf(bpftool !== undefined && corpus !== undefined)("real kernels", { timeout: TIMEOUT }, () => {
  describe.each(kernels)("$name", (file) => {
    const bytes = readBytes(file);
    const input = { bytes, base: undefined, btf: parseBtf(bytes) };
    const same = (format: DumpFormat) =>
      expect(firstDifference(ours(format, input), theirs(bpftool!, format, input))).toBeUndefined();

    test.each(FORMATS)("$title", ({ format }) => same(format));

    test.each(ROOTS)("root ids of %s %s", (...names) => {
      const rootIds = names.flatMap((name) => idsByName(input.btf, name, "exact")).slice(0, 16);
      expect(rootIds.length).toBeGreaterThan(0);
      same(cOf(rootIds));
      same(rawOf(rootIds));
    });
  });

  /** A few, small and large: with each of them, all of its kernel is dumped again. */
  const MODULES = ["bridge", "kvm", "nf_tables", "tun", "xfs"];
  const chosenModules = (release: string) =>
    corpus === undefined ? [] : modulesOf(corpus, release).filter(({ name }) => MODULES.includes(name));

  const withModules = kernels.filter(({ name }) => chosenModules(name).length > 0);

  test("some kernel has modules", () => expect(withModules.length).toBeGreaterThan(0));

  describe.each(withModules)("modules of $name", (kernel) => {
    const base = readBytes(kernel);
    const baseBtf = parseBtf(base);

    test.each(chosenModules(kernel.name))("$name", (file) => {
      const bytes = readBytes(file);
      const btf = parseBtf(bytes, { base: baseBtf });
      const input = { bytes, base, btf };
      const last = btf.endId - 1;
      for (const format of [...RECORD_FORMATS, ...C_FORMATS, cOf([last, btf.startId]), rawOf([1, last])]) {
        const difference = firstDifference(ours(format, input), theirs(bpftool!, format, input));
        expect(difference, titleOf(format)).toBeUndefined();
      }
    });
  });
});
