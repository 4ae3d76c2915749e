import { type Btf, type Kind, kindOf, nameOf, type TypeId } from "@core/btf";
import { findTypes } from "@core/btf/find";
import { printable } from "@core/bytes";
import type { Layer } from "../common/content.js";
import { CommandError, Exit } from "../common/exit.js";
import { titleOf } from "../common/files.js";
import { didYouMean } from "../common/near.js";

/** A type, and where it is. */
export interface Found {
  readonly layer: Layer;
  readonly id: TypeId;
}

const KEYWORDS: ReadonlyMap<string, readonly Kind[]> = new Map<string, readonly Kind[]>([
  ["struct", ["struct", "fwd"]],
  ["union", ["union", "fwd"]],
  ["enum", ["enum", "enum64"]],
  ["typedef", ["typedef"]],
  ["func", ["func"]],
  ["var", ["var"]],
]);

/**
 * The types that are meant by `task_struct`, `struct task_struct` or a type id such as `114`. Forward declarations only
 * where there is nothing else.
 *
 * @throws CommandError when there is none.
 */
export function typesNamed(
  layers: readonly Layer[],
  wanted: string,
  kinds?: readonly Kind[],
): readonly Found[] {
  const { name, kinds: named } = parseName(wanted);
  const allowed = named ?? kinds;
  const found = /^\d+$/.test(name)
    ? layers
        .filter(({ btf }) => isOwn(btf, Number(name)))
        .map((layer) => ({ layer, id: Number(name) as TypeId }))
    : layers.flatMap((layer) =>
        findTypes(layer.btf, name, allowed === undefined ? {} : { kinds: allowed })
          .filter((id) => isOwn(layer.btf, id))
          .map((id) => ({ layer, id })),
      );
  if (found.length === 0) {
    if (/^\d+$/.test(name)) throw noSuchId(layers, name);
    const { message } = notFound(layers, wanted, name, allowed);
    const hint = isPattern(name) ? "\nPatterns are for bpf-core btf find." : "";
    throw new CommandError(Exit.nothing, message + hint);
  }
  const defined = found.filter(({ layer, id }) => kindOf(layer.btf, id) !== "fwd");
  return defined.length > 0 ? defined : found;
}

const isOwn = ({ startId, endId }: Btf, id: number): boolean => id >= startId && id < endId;

function parseName(wanted: string): { readonly name: string; readonly kinds: readonly Kind[] | undefined } {
  const [, keyword = "", name = ""] = /^(\w+) +(.+)$/s.exec(wanted) ?? [];
  const kinds = KEYWORDS.get(keyword);
  return kinds === undefined ? { name: wanted.replace(/^\[(\d+)\]$/, "$1"), kinds } : { name, kinds };
}

const isPattern = (name: string): boolean => /[*?[]|^\/.*\/i?$/s.test(name);

function noSuchId(layers: readonly Layer[], id: string): CommandError {
  const last = Math.max(...layers.map(({ btf }) => btf.endId - 1));
  const message = `there is no type ${id} in ${placesOf(layers)}: ids are from 1 to ${last}`;
  return new CommandError(Exit.nothing, message);
}

/** Says what was looked for and where, and what it may be meant to be. */
export function notFound(
  layers: readonly Layer[],
  wanted: string,
  name = wanted,
  kinds?: readonly Kind[],
): CommandError {
  const meant = didYouMean(name, namesOf(layers, kinds));
  return new CommandError(
    Exit.nothing,
    `there is no type "${printable(wanted)}" in ${placesOf(layers)}${meant}`,
  );
}

export const placesOf = (layers: readonly Layer[]): string =>
  layers.map(({ path }) => printable(titleOf(path, "input"))).join(" or ");

function* namesOf(layers: readonly Layer[], kinds: readonly Kind[] | undefined): Generator<string> {
  for (const { btf } of layers) {
    for (let id = btf.startId; id < btf.endId; id = (id + 1) as TypeId) {
      if (kinds === undefined || kinds.includes(kindOf(btf, id))) yield nameOf(btf, id);
    }
  }
}

/** `struct task_struct [114]`, printable. */
export function describeType(btf: Btf, id: TypeId): string {
  return `${titleOfType(btf, id)} [${id}]`;
}

/** `struct task_struct`, printable. */
export function titleOfType(btf: Btf, id: TypeId): string {
  const kind = kindOf(btf, id);
  return `${kind === "enum64" ? "enum" : kind} ${printable(nameOf(btf, id)) || "(anonymous)"}`;
}
