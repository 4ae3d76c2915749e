import type { Layout } from "./types.js";

/** The comments with which pahole ends a struct: its size, what its members take, and what is left. */
export function summaryOf(layout: Layout, cacheline: number): string[] {
  const { size, members, padding, before } = layout;
  const lines = [`size: ${size}, cachelines: ${Math.ceil(size / cacheline)}, members: ${members.length}`];

  const holes = [before, ...members.map(({ hole }) => hole)];
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
  const bytes = sum(members.map((member) => (member.bitSize === 0 ? member.size : 0)));
  const bits = sum(members.map((member) => member.bitSize));
  const holeBytes = sum(holes.map((hole) => Math.max(0, hole.bytes)));
  const holeBits = sum(holes.map((hole) => hole.bits));
  const byteHoles = holes.filter((hole) => hole.bytes !== 0).length;
  const bitHoles = holes.filter((hole) => hole.bits !== 0).length;
  if (holeBytes > 0 || holeBits > 0) {
    if (bytes > 0) {
      lines.push(
        `sum members: ${bytes}${holeBytes > 0 ? `, holes: ${byteHoles}, sum holes: ${holeBytes}` : ""}`,
      );
    }
    if (bits > 0) {
      const left =
        holeBits > 0
          ? `, bit holes: ${bitHoles}, sum bit holes: ${holeBits} bits`
          : ` (${Math.floor(bits / 8)} bytes)`;
      lines.push(`sum bitfield members: ${bits} bits${left}`);
    }
  }
  if (padding.bytes > 0) lines.push(`padding: ${padding.bytes}`);
  const paddings = members.filter(({ typePadding }) => typePadding > 0);
  if (paddings.length > 0) {
    lines.push(`paddings: ${paddings.length}, sum paddings: ${sum(paddings.map((one) => one.typePadding))}`);
  }
  if (padding.bits > 0) lines.push(`bit_padding: ${padding.bits} bits`);
  const forced = members.flatMap((member, i) =>
    member.alignment === 0 ? [] : [i === 0 ? before.bytes : (members[i - 1]?.hole.bytes ?? 0)],
  );
  if (forced.length > 0) {
    const after = forced.filter((hole) => hole !== 0);
    const left = after.length > 0 ? `, forced holes: ${after.length}, sum forced holes: ${sum(after)}` : "";
    lines.push(`forced alignments: ${forced.length}${left}`);
  }
  const rest = size % cacheline;
  if (rest !== 0) lines.push(`last cacheline: ${rest} bytes`);
  return lines.map((line) => `/* ${line} */`);
}
