import { describe, expect, it } from "vitest";
import { type LoadClass, type LoaderLine, resultOf } from "./results.js";

const line = (said: string | null, more: Partial<LoaderLine> = {}): LoaderLine => ({
  object: 0,
  program: "p",
  section: "fentry/f",
  type: "tracing",
  errno: 22,
  insns: 3,
  poison: 0,
  code: "00f1",
  said,
  ...more,
});

const classOf = (said: string, more: Partial<LoaderLine> = {}) => resultOf(line(said, more), ["a.o"]).class;

/** What kernels and libbpf 1.8 said. */
const SAID: readonly (readonly [LoadClass, string])[] = [
  ["poison-reached", "3: <invalid CO-RE relocation>\nfailed to resolve CO-RE relocation <byte_off> [15]"],
  ["poison-reached", "3: (85) call unknown#195896080\ninvalid func unknown#195896080"],
  ["helper-unsupported", "0: (85) call unknown#173\ninvalid func unknown#173"],
  ["helper-unsupported", "unknown func bpf_skb_load_bytes#26"],
  ["helper-unsupported", "program of this type cannot use helper bpf_get_socket_cookie#46"],
  ["insn-unsupported", "BPF_STX uses reserved fields"],
  ["attach-target-missing", "libbpf: prog 'p': failed to find kernel BTF type ID of 'f': -ESRCH"],
  ["attach-target-missing", "The address of function blk_account_io_done cannot be found"],
  ["ksym-missing", "libbpf: extern (func ksym) 'f': not found in kernel or module BTFs"],
  ["map-unsupported", "libbpf: map 'map': failed to create: -EINVAL"],
  ["btf-missing", "libbpf: failed to find valid kernel BTF\nlibbpf: failed to load object 'a'"],
  ["verifier", "vfs_read() is not modifiable"],
];

describe("a refusal", () => {
  it.each(SAID)("%s: %s", (expected, said) => {
    expect(classOf(said)).toBe(expected);
  });

  it("without a word is of the program's type", () => {
    const said =
      "libbpf: prog 'p': BPF program load failed: -EINVAL\nlibbpf: prog 'p': failed to load: -EINVAL\n";
    expect(classOf(said)).toBe("prog-type-unsupported");
  });

  it("of a placeholder needs setup", () => {
    const said = "libbpf: prog 'p': failed to find kernel BTF type ID of 'dummy_file_read': -ESRCH";
    expect(classOf(said, { section: "fentry/dummy_file_read" })).toBe("needs-setup");
  });

  it("of the whole object has no program", () => {
    expect(resultOf({ object: 0, errno: 2, said: null }, ["a.o"])).toMatchObject({
      object: "a.o",
      program: "",
      class: "object-refused",
    });
  });
});

describe("what is told", () => {
  it("ends at the reason, without what libbpf says around it", () => {
    const said = `libbpf: prog 'p': BPF program load failed: -EACCES
libbpf: prog 'p': -- BEGIN PROG LOAD LOG --
0: R1=ctx() R10=fp0
; return f(regs); @ a.c:7
5: (85) call bpf_skb_load_bytes#26
program of this type cannot use helper bpf_skb_load_bytes#26

Verification failed: Policy: Operation is not allowed

Suggestion:
  Use another.
processed 1 insns (limit 1000000) max_states_per_insn 0
-- END PROG LOAD LOG --
libbpf: prog 'p': failed to load: -EACCES
`;
    expect(resultOf(line(said), ["a.o"]).error).toBe(
      "; return f(regs); @ a.c:7 | 5: (85) call bpf_skb_load_bytes#26 | program of this type cannot use helper bpf_skb_load_bytes#26",
    );
  });

  it("is nothing of a program that loads", () => {
    expect(resultOf(line(null, { errno: 0, setup: "" }), ["a.o"])).toEqual({
      object: "a.o",
      program: "p",
      section: "fentry/f",
      type: "tracing",
      class: "loads",
      insns: 3,
      poison: 0,
      code: "00f1",
    });
  });
});
