import { BtfError } from "@core/btf";
import type { CoreError } from "@core/bytes";
import { parseSpec, RELOCATION_KINDS, type RelocationKind, type Spec, SpecError } from "@core/spec";
import { type MemberPlan, Types } from "@core/written-types";
import { describe, expect, expectTypeOf, it } from "vitest";
import { decide, frozen, outcomeOf } from "../test/decide.js";
import {
  type Attempt,
  type Candidate,
  type Change,
  findCandidates,
  MatcherError,
  type Rejection,
  type Resolution,
  resolve,
  survivorsOf,
  type Value,
  type Verdict,
} from "./index.js";

const int = (t: Types) => t.int("u32", 4);

/** A kernel with a struct s for each of the given members. */
function kernelOf(...structs: ((t: Types) => MemberPlan[])[]) {
  const t = new Types();
  const ids = structs.map((members) => t.struct("s", 16, ...members(t)));
  return { btf: t.btf(), ids };
}

const local = new Types();
const s = local.struct("s", 16, ["a", int(local), 32], ["b", int(local), 64, 3]);
const unnamed = local.struct("", 4, ["a", int(local), 0]);
const localBtf = local.btf();

const at = (offset: number) => (t: Types) => [["a", int(t), offset] as const];
const without = (t: Types) => [["z", int(t), 0] as const];

const run = (kind: RelocationKind, accessStr: string, ...structs: ((t: Types) => MemberPlan[])[]) =>
  decide(localBtf, s, accessStr, kind, kernelOf(...structs).btf);

describe("a target without a match", () => {
  const e = new Types();
  const absent = e.struct("gone", 4, ["a", int(e), 0]);
  const value = e.enum("lost", { A: 1 });
  const btf = e.btf();

  it.each<[RelocationKind, string]>([
    ["byte_off", "poison 0, 4 bytes -> 0 bytes"],
    ["byte_sz", "poison 4"],
    ["field_exists", "absent 1 -> 0"],
    ["signed", "poison 0"],
    ["lshift_u64", "poison 32"],
    ["rshift_u64", "poison 32"],
    ["local_type_id", `resolved ${absent} -> ${absent}, unchecked`],
    ["target_type_id", `absent ${absent} -> 0, unchecked`],
    ["type_exists", "absent 1 -> 0"],
    ["type_size", "absent 4 -> 0"],
    ["type_matches", "absent 1 -> 0"],
    ["enumval_exists", "absent 1 -> 0"],
    ["enumval_value", "poison 1"],
  ])("gives %s", (kind, expected) => {
    const root = kind.startsWith("enumval") ? value : absent;
    const accessStr = kind.includes("type") || kind.startsWith("enumval") ? "0" : "0:0";
    const resolution = decide(btf, root, accessStr, kind, new Types().btf());
    expect(outcomeOf(resolution)).toBe(expected);
    expect(resolution.attempts).toEqual([]);
    const { verdict } = resolution;
    if (verdict.kind === "poison")
      expect(verdict.change).toMatchObject({ poison: true, value: 0n, failMemszAdjust: false });
  });

  it("has every candidate among the attempts, in order", () => {
    const { btf: kernel, ids } = kernelOf(without, without);
    const resolution = decide(localBtf, s, "0:0", "byte_off", kernel);
    expect(outcomeOf(resolution)).toBe("poison 4, 4 bytes -> 0 bytes");
    expect(resolution.attempts).toMatchObject(
      ids.map((typeId) => ({
        candidate: { btf: kernel, typeId, module: undefined },
        matched: false,
        rejection: { code: "no-such-member", in: typeId },
      })),
    );
  });
});

describe("several candidates", () => {
  it("that agree are as good as one, and the first is the answer", () => {
    const resolution = run(
      "byte_off",
      "0:0",
      without,
      at(64),
      (t) => [["", t.struct("", 8, ["a", int(t), 32]), 32]],
      without,
    );
    expect(outcomeOf(resolution)).toBe("resolved 4 -> 8, 4 bytes -> 4 bytes");
    expect(resolution.attempts.map(({ matched }) => matched)).toEqual([false, true, true, false]);
    expect(resolution.verdict).toMatchObject({ spec: { rootId: 4, points: { length: 2 } } });
  });

  it("that put the field elsewhere are ambiguous, even if all it has to do is exist", () => {
    for (const kind of ["byte_off", "byte_sz", "field_exists"] as const) {
      const resolution = run(kind, "0:0", without, at(64), at(96), without);
      expect(outcomeOf(resolution)).toBe("ambiguous");
      // The conflict ends it: the last candidate is not tried.
      expect(resolution.attempts).toHaveLength(3);
      expect(resolution.verdict).toMatchObject({
        first: { matched: true, spec: { rootId: 4 } },
        second: { matched: true, spec: { rootId: 6 } },
      });
    }
  });

  it("that differ within a byte are ambiguous as well", () => {
    expect(outcomeOf(run("byte_off", "0:0", at(64), at(65)))).toBe("ambiguous");
  });

  it("that give other values are ambiguous", () => {
    const wide = (t: Types) => [["a", t.int("u64", 8), 64] as const];
    expect(outcomeOf(run("byte_sz", "0:0", at(64), wide))).toBe("ambiguous");
    expect(outcomeOf(run("byte_off", "0:0", at(64), wide))).toBe("resolved 4 -> 8, 4 bytes -> 4 bytes");
    expect(outcomeOf(run("byte_off", "0:0", wide, at(64)))).toBe("resolved 4 -> 8, 4 bytes -> 8 bytes");
  });

  it("for target_type_id are always ambiguous", () => {
    expect(outcomeOf(run("target_type_id", "0", at(64)))).toBe("resolved 3 -> 2, unchecked");
    expect(outcomeOf(run("target_type_id", "0", at(64), at(64)))).toBe("ambiguous");
  });

  it("may be in several modules", () => {
    const kernel = new Types().btf();
    const module = (name: string, offset: number) => {
      const t = new Types(kernel);
      t.struct("s", 16, ...at(offset)(t));
      return { name, btf: t.btf() };
    };
    const spec = parseSpec(localBtf, s, "0:0", "byte_off");
    const outcome = (...offsets: number[]) => {
      const modules = offsets.map((offset, i) => module(`m${i}`, offset));
      return outcomeOf(resolve(spec, frozen(findCandidates(localBtf, spec.rootId, { kernel, modules }))));
    };
    expect(outcome(64)).toBe("resolved 4 -> 8, 4 bytes -> 4 bytes");
    expect(outcome(64, 64)).toBe("resolved 4 -> 8, 4 bytes -> 4 bytes");
    expect(outcome(64, 96)).toBe("ambiguous");
  });
});

describe("an error", () => {
  const tooDeep = (t: Types) => [["", t.next(), 0] as const];

  it("of any candidate fails the relocation, whatever the others say", () => {
    for (const structs of [
      [tooDeep, at(64)],
      [at(64), tooDeep],
      [without, tooDeep],
    ]) {
      const resolution = run("field_exists", "0:0", ...structs);
      expect(outcomeOf(resolution)).toBe("invalid too-deep");
    }
  });

  it("names the candidate, and leaves those before it among the attempts", () => {
    const { btf: kernel, ids } = kernelOf(without, at(64), tooDeep, at(64));
    const resolution = decide(localBtf, s, "0:0", "byte_off", kernel);
    expect(resolution.verdict).toMatchObject({ kind: "invalid", candidate: { btf: kernel, typeId: ids[2] } });
    expect(resolution.attempts.map(({ matched }) => matched)).toEqual([false, true]);
  });

  it("comes after an ambiguity that was found before it", () => {
    expect(outcomeOf(run("byte_off", "0:0", at(64), at(96), tooDeep))).toBe("ambiguous");
    expect(outcomeOf(run("byte_off", "0:0", at(64), tooDeep, at(96)))).toBe("invalid too-deep");
  });

  it("of the value in a candidate names it, too", () => {
    const wide = (t: Types) => [["b", int(t), 60, 6] as const, ["c", int(t), 62, 30] as const];
    const t = new Types();
    const root = t.struct("s", 16, ["c", int(t), 64, 3]);
    const { btf: kernel, ids } = kernelOf(wide);
    const resolution = decide(t.btf(), root, "0:0", "byte_off", kernel);
    expect(outcomeOf(resolution)).toBe("invalid bitfield");
    expect(resolution.verdict).toMatchObject({ candidate: { typeId: ids[0] } });
    expect(resolution.attempts).toEqual([]);
  });

  it("of the local value names no candidate, and comes whether anything matches or not", () => {
    const t = new Types();
    const root = t.struct("s", 16, ["a", int(t), 62, 30], ["f", t.fwd("f"), 0]);
    const btf = t.btf();
    for (const structs of [[at(64)], [without], []]) {
      const resolution = decide(btf, root, "0:0", "byte_off", kernelOf(...structs).btf);
      expect(outcomeOf(resolution)).toBe("invalid bitfield");
      expect(resolution.verdict).toMatchObject({ candidate: undefined });
    }
    // Unless matching a candidate fails before.
    expect(outcomeOf(decide(btf, root, "0:0", "byte_off", kernelOf(tooDeep).btf))).toBe("invalid too-deep");
    expect(outcomeOf(decide(btf, root, "0:0", "byte_off", kernelOf(at(64), tooDeep).btf))).toBe(
      "invalid bitfield",
    );
    expect(outcomeOf(decide(btf, root, "0:1", "byte_sz", kernelOf(without).btf))).toBe("invalid no-size");
  });

  it.each(RELOCATION_KINDS.filter((kind) => kind !== "local_type_id"))(
    "is a type without a name, for %s",
    (kind) => {
      const t = new Types();
      const value = t.enum("", { A: 1 });
      const btf = t.btf();
      const resolution = kind.startsWith("enumval")
        ? decide(btf, value, "0", kind, btf)
        : decide(localBtf, unnamed, "0", kind, localBtf);
      expect(outcomeOf(resolution)).toBe("invalid anonymous-root");
    },
  );

  it("is a candidate that does not exist", () => {
    const spec = parseSpec(localBtf, s, "0:0", "byte_off");
    const candidate: Candidate = { btf: localBtf, typeId: 99 as Candidate["typeId"], module: undefined };
    expect(outcomeOf(resolve(spec, [candidate]))).toBe("invalid type-id");
  });

  it("is of this layer or one below it", () => {
    const errors = [
      tooDeep,
      (t: Types) => [["", t.struct("", 0, ["a", int(t), 0xffffffff]), 1] as const],
    ].map((members) => {
      const { verdict } = run("field_exists", "0:0", members);
      return verdict.kind === "invalid" ? verdict.error : undefined;
    });
    expect(errors[0]).toBeInstanceOf(MatcherError);
    expect(errors[1]).toBeInstanceOf(SpecError);
    const t = new Types();
    const root = t.typedef("t", t.struct("s", 4, ["a", int(t), 0]));
    const target = new Types();
    target.typedef("t", target.fwd("s"));
    const { verdict } = decide(t.btf(), root, "0:0", "byte_off", target.btf());
    expect(verdict.kind === "invalid" && verdict.error).toBeInstanceOf(BtfError);
  });

  it("that is none of these is not hidden", () => {
    const broken = { ...localBtf, view: undefined as unknown as DataView };
    const spec = parseSpec(localBtf, s, "0:0", "byte_off");
    expect(() => resolve({ ...spec, btf: broken }, [])).toThrow(TypeError);
  });
});

describe("survivorsOf", () => {
  const pruned = (kind: RelocationKind, accessStr: string, ...structs: ((t: Types) => MemberPlan[])[]) => {
    const spec = parseSpec(localBtf, s, accessStr, kind);
    const candidates = frozen(findCandidates(localBtf, s, { kernel: kernelOf(...structs).btf }));
    return { candidates, survivors: survivorsOf(resolve(spec, candidates), candidates) };
  };

  it("keeps the candidates that matched", () => {
    const { candidates, survivors } = pruned("byte_off", "0:0", without, at(64), without, at(64));
    expect(survivors).toEqual([candidates[1], candidates[3]]);
  });

  it.each<[string, RelocationKind, string, ((t: Types) => MemberPlan[])[]]>([
    ["all matched", "byte_off", "0:0", [at(64), at(64)]],
    ["none matched", "byte_off", "0:0", [without, without]],
    ["none matched, and the answer is 0", "field_exists", "0:0", [without, without]],
    ["they disagree", "byte_off", "0:0", [without, at(64), at(96)]],
    ["one was an error", "byte_off", "0:0", [without, at(64), (t: Types) => [["", t.next(), 0]]]],
    ["none was asked for", "local_type_id", "0", [without, at(64)]],
    ["there are none", "byte_off", "0:0", []],
  ])("gives the list itself when %s", (_, kind, accessStr, structs) => {
    const { candidates, survivors } = pruned(kind, accessStr, ...structs);
    expect(survivors).toBe(candidates);
  });

  it("makes the next answer of libbpf depend on the one before", () => {
    const spec = (accessStr: string) => parseSpec(localBtf, s, accessStr, "byte_off");
    const b = (t: Types): MemberPlan[] => [["b", int(t), 32]];
    const both = (t: Types): MemberPlan[] => [...at(0)(t), ["b", int(t), 64]];
    const candidates = frozen(findCandidates(localBtf, s, { kernel: kernelOf(b, both).btf }));
    expect(outcomeOf(resolve(spec("0:1"), candidates))).toBe("ambiguous");
    const left = survivorsOf(resolve(spec("0:0"), candidates), candidates);
    expect(outcomeOf(resolve(spec("0:1"), left))).toBe(
      "resolved 8 -> 8, 0 bytes -> 4 bytes, poisoned, unchecked",
    );
  });
});

describe("types", () => {
  it("a verdict tells what else there is", () => {
    expectTypeOf<Verdict["kind"]>().toEqualTypeOf<
      "resolved" | "absent" | "poison" | "ambiguous" | "invalid"
    >();
    type Of<K extends Verdict["kind"]> = Extract<Verdict, { kind: K }>;
    expectTypeOf<Of<"resolved">["change"]>().toEqualTypeOf<Change>();
    expectTypeOf<Of<"resolved">["spec"]>().toEqualTypeOf<Spec | undefined>();
    expectTypeOf<Of<"absent">["change"]>().toEqualTypeOf<Change>();
    expectTypeOf<Of<"poison">["change"]>().toEqualTypeOf<Change>();
    expectTypeOf<Of<"ambiguous">>().not.toHaveProperty("change");
    expectTypeOf<Of<"ambiguous">["second"]["value"]>().toEqualTypeOf<Value>();
    expectTypeOf<Of<"invalid">["error"]>().toEqualTypeOf<CoreError>();
    expectTypeOf<Of<"invalid">["candidate"]>().toEqualTypeOf<Candidate | undefined>();
  });

  it("an attempt has a spec and a value, or a reason", () => {
    expectTypeOf<Extract<Attempt, { matched: true }>["spec"]>().toEqualTypeOf<Spec>();
    expectTypeOf<Extract<Attempt, { matched: false }>["rejection"]>().toEqualTypeOf<Rejection>();
    expectTypeOf<Attempt>().not.toHaveProperty("spec");
    expectTypeOf<Attempt["candidate"]>().toEqualTypeOf<Candidate>();
  });

  it("a resolution is read-only", () => {
    expectTypeOf<Readonly<Resolution>>().toEqualTypeOf<Resolution>();
    expectTypeOf<Resolution["attempts"]>().toEqualTypeOf<readonly Attempt[]>();
    expectTypeOf(resolve).parameter(1).toEqualTypeOf<readonly Candidate[]>();
  });
});
