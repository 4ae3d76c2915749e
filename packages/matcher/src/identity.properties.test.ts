import type { Btf, TypeId } from "@core/btf";
import type { ByteOrder } from "@core/bytes";
import type { Point, RelocationKind } from "@core/spec";
import { Types } from "@core/written-types";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide, outcomeOf } from "../test/decide.js";
import type { Change, Resolution } from "./index.js";

const FIELD_KINDS = ["byte_off", "byte_sz", "field_exists", "signed", "lshift_u64", "rshift_u64"] as const;
const NOT_OF_ELEMENTS: readonly RelocationKind[] = ["signed", "lshift_u64", "rshift_u64"];
const TYPE_KINDS = ["type_exists", "type_size", "type_matches", "target_type_id"] as const;

/** A type as compilers make them: sizes fit, nothing holds itself, no struct has two members of a name. */
type Tree =
  | { readonly kind: "int"; readonly log: number; readonly signed: boolean; readonly width: number }
  | { readonly kind: "ptr" | "float" | "enum" }
  | { readonly kind: "const" | "typedef"; readonly of: Tree }
  | { readonly kind: "array"; readonly of: Tree; readonly nelems: number }
  | { readonly kind: "struct" | "union"; readonly members: readonly { nameless: boolean; of: Tree }[] };

const { struct } = fc.letrec<{ tree: Tree; struct: Tree & { kind: "struct" | "union" } }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    fc.record({
      kind: fc.constant("int" as const),
      log: fc.nat(3),
      signed: fc.boolean(),
      width: fc.constantFrom(0, 0, 0, 1, 5, 8),
    }),
    fc.record({ kind: fc.constantFrom("ptr" as const, "float" as const, "enum" as const) }),
    fc.record({ kind: fc.constantFrom("const" as const, "typedef" as const), of: tie("tree") }),
    fc.record({
      kind: fc.constant("array" as const),
      of: tie("tree"),
      nelems: fc.integer({ min: 1, max: 3 }),
    }),
    { weight: 4, arbitrary: tie("struct") },
  ),
  struct: fc.record({
    kind: fc.constantFrom("struct" as const, "union" as const),
    members: fc.array(fc.record({ nameless: fc.boolean(), of: tie("tree") }), { minLength: 1, maxLength: 4 }),
  }),
}));

/** Adds a tree; names are numbered, so that they are the same however often members are wrapped. */
function addTree(
  t: Types,
  tree: Tree,
  isWrapped: () => boolean,
  count = { names: 0 },
): { id: TypeId; bytes: number } {
  switch (tree.kind) {
    case "int":
      return { id: t.int("int", 1 << tree.log, { signed: tree.signed }), bytes: 1 << tree.log };
    case "ptr":
      return { id: t.ptr(0), bytes: 8 };
    case "float":
      return { id: t.float("double", 8), bytes: 8 };
    case "enum":
      return { id: t.enum(`e${count.names++}`, { A: 0 }), bytes: 4 };
    case "const":
    case "typedef": {
      const { id, bytes } = addTree(t, tree.of, isWrapped, count);
      return { id: tree.kind === "const" ? t.const(id) : t.typedef("alias", id), bytes };
    }
    case "array": {
      const { id, bytes } = addTree(t, tree.of, isWrapped, count);
      return { id: t.array(id, tree.nelems), bytes: bytes * tree.nelems };
    }
    default: {
      let end = 0;
      const members = tree.members.map(({ nameless, of }) => {
        const start = tree.kind === "struct" ? Math.ceil(end / 64) * 64 : 0;
        const member = addTree(t, of, isWrapped, count);
        const isAnonymous = nameless && (of.kind === "struct" || of.kind === "union");
        const width = of.kind === "int" ? Math.min(of.width, 8 << of.log) : 0;
        end = Math.max(end, start + member.bytes * 8);
        const name = isAnonymous ? "" : `m${count.names++}`;
        if (!isWrapped()) return [name, member.id, start, width] as const;
        return ["", t.struct("", member.bytes, [name, member.id, 0, width]), start] as const;
      });
      const bytes = end / 8;
      // A nameless member's type may have a name all the same.
      const name = count.names % 2 === 0 ? "" : `s${count.names}`;
      const id =
        tree.kind === "struct" ? t.struct(name, bytes, ...members) : t.union(name, bytes, ...members);
      return { id, bytes };
    }
  }
}

/** An access from the root down, by `choices`, that ends in a member with a name, an element or the root. */
function walk(tree: Tree, choices: readonly number[]): string {
  const path = [choices[0] === undefined ? 0 : choices[0] % 3];
  let length = path.length;
  let at = tree;
  for (const choice of choices.slice(1)) {
    while (at.kind === "const" || at.kind === "typedef") at = at.of;
    if (at.kind === "array") {
      path.push(choice % at.nelems);
      at = at.of;
      length = path.length;
    } else if (at.kind === "struct" || at.kind === "union") {
      const index = choice % at.members.length;
      const member = at.members[index];
      if (member === undefined) break;
      path.push(index);
      at = member.of;
      if (!member.nameless || (at.kind !== "struct" && at.kind !== "union")) length = path.length;
    } else break;
  }
  return path.slice(0, length).join(":");
}

/** A tree in a BTF, behind a typedef. */
interface Version {
  readonly btf: Btf;
  readonly root: TypeId;
}

function versionOf(tree: Tree, order: ByteOrder, isWrapped = () => false): Version {
  const t = new Types();
  const root = t.typedef("root", addTree(t, tree, isWrapped).id);
  return { btf: t.btf(order), root };
}

const relocated = (from: Version, accessStr: string, kind: RelocationKind, to: Version): Resolution =>
  decide(from.btf, from.root, accessStr, kind, to.btf);

/** The change of a relocation that is resolved, and what it found. */
function resolved(resolution: Resolution): { change: Change; points: readonly Point[] } {
  const { verdict } = resolution;
  if (verdict.kind !== "resolved" || verdict.spec === undefined) throw new Error(outcomeOf(resolution));
  return { change: verdict.change, points: verdict.spec.points };
}

const choices = fc.array(fc.nat(11), { minLength: 1, maxLength: 8 });
const orders = fc.constantFrom("little" as const, "big" as const);

describe("a type as compilers make them", () => {
  it("relocated against itself stays as it is, whatever the byte order of the target", () => {
    const count = { elements: 0, members: 0 };
    fc.assert(
      fc.property(struct, choices, orders, orders, (tree, steps, order, targetOrder) => {
        const [from, to] = [versionOf(tree, order), versionOf(tree, targetOrder)];
        for (const kind of FIELD_KINDS) {
          const resolution = relocated(from, walk(tree, steps), kind, to);
          if (resolution.local.points.at(-1)?.via !== "member" && NOT_OF_ELEMENTS.includes(kind)) {
            expect(outcomeOf(resolution)).toBe("invalid array-element");
            count.elements++;
            continue;
          }
          const { change, points } = resolved(resolution);
          expect(points).toEqual(resolution.local.points);
          expect(change).toMatchObject({ value: change.original, size: change.originalSize });
          expect(change).toMatchObject({ poison: false, failMemszAdjust: false });
          count.members++;
        }
      }),
    );
    expect(count.elements).toBeGreaterThan(10);
    expect(count.members).toBeGreaterThan(100);
  });

  it("relocated against itself exists, matches, and has its size and id", () => {
    fc.assert(
      fc.property(struct, orders, (tree, order) => {
        const version = versionOf(tree, order);
        for (const kind of TYPE_KINDS) {
          const resolution = relocated(version, "0", kind, version);
          // A float matches no type, not even itself.
          if (kind === "type_matches" && JSON.stringify(tree).includes('"float"')) {
            expect(outcomeOf(resolution)).toBe("absent 1 -> 0");
          } else {
            const { change } = resolved(resolution);
            expect(change.value).toBe(change.original);
          }
        }
      }),
    );
  });

  it("may gain and lose nameless structs around any of its members", () => {
    const wraps = fc.array(fc.boolean(), { minLength: 100, maxLength: 100 });
    fc.assert(
      fc.property(struct, choices, orders, wraps, (tree, steps, order, isWrapped) => {
        const left = [...isWrapped];
        const plain = versionOf(tree, order);
        const wrapped = versionOf(tree, order, () => left.pop() ?? false);
        const accessStr = walk(tree, steps);
        const gained = resolved(relocated(plain, accessStr, "byte_off", wrapped));
        const raw = gained.points.map(({ index }) => index).join(":");
        const lost = resolved(relocated(wrapped, raw, "byte_off", plain));
        expect(lost.points.map(({ index }) => index).join(":")).toBe(accessStr);
        for (const { change } of [gained, lost]) {
          expect(change).toMatchObject({ value: change.original, size: change.originalSize });
        }
      }),
    );
  });
});
