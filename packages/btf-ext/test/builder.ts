import { parseBtf } from "@core/btf";
import type { ByteOrder } from "@core/bytes";

// .BTF.ext laid out by hand, as struct btf_ext_header and btf_ext_info_sec of libbpf_internal.h have it.

/** A section's name, or the string offset of one, and the words of each record. */
interface SectionPlan {
  readonly name: string | number;
  readonly records: readonly (readonly number[])[];
  /** Instead of the number of records. */
  readonly count?: number;
}

interface PartPlan {
  /** In bytes. */
  readonly recordSize: number;
  readonly sections: readonly SectionPlan[];
}

type PartName = "funcInfo" | "lineInfo" | "coreRelos";

export interface ExtPlan extends Partial<Record<PartName, PartPlan>> {
  readonly order?: ByteOrder;
  /** Bytes; what is no field becomes `filler`. */
  readonly headerLength?: number;
  readonly filler?: number;
  /** The parts in the order of their bytes. */
  readonly arrangement?: readonly PartName[];
  /** Bytes between the parts, and behind them. */
  readonly gap?: number;
  /** Words of the header to be overwritten, by their offset in bytes. */
  readonly words?: Readonly<Record<number, number>>;
  /** The same for single bytes. */
  readonly bytes?: Readonly<Record<number, number>>;
}

/** Offset of a part's offset in the header; its length follows. */
export const PART_AT: Readonly<Record<PartName, number>> = { funcInfo: 8, lineInfo: 16, coreRelos: 24 };

const STRINGS = "\0.text\0tp/one\0src.c\0return 0;\x000:1\0";
export const offsetOf = (text: string): number => STRINGS.indexOf(`\0${text}\0`) + 1;

/** BTF of which only the strings matter. */
export function btfOf(strings: string | Uint8Array = STRINGS) {
  const content = typeof strings === "string" ? new TextEncoder().encode(strings) : strings;
  const bytes = new Uint8Array(24 + content.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xeb9f, true);
  view.setUint32(4, 24, true);
  view.setUint32(20, content.length, true);
  bytes.set(content, 24);
  return parseBtf(bytes);
}

function wordsOf({ recordSize, sections }: PartPlan): number[] {
  const padded = (record: readonly number[]) =>
    Array.from({ length: recordSize / 4 }, (_, i) => record[i] ?? 0xabababab);
  return [
    recordSize,
    ...sections.flatMap(({ name, records, count = records.length }) => [
      typeof name === "number" ? name : offsetOf(name),
      count,
      ...records.flatMap(padded),
    ]),
  ];
}

export function extBytes(plan: ExtPlan): Uint8Array<ArrayBuffer> {
  const { order = "little", headerLength = 32, filler = 0, gap = 0 } = plan;
  const arrangement = plan.arrangement ?? ["funcInfo", "lineInfo", "coreRelos"];
  const little = order === "little";
  const parts = arrangement.flatMap((name) => {
    const part = plan[name];
    return part === undefined ? [] : [{ name, words: wordsOf(part) }];
  });
  const content = parts.reduce((length, { words }) => length + words.length * 4 + gap, 0);
  const bytes = new Uint8Array(headerLength + content).fill(0xcd);
  const view = new DataView(bytes.buffer);
  bytes.fill(0, 0, Math.min(headerLength, 32)).fill(filler, 32, Math.max(headerLength, 32));
  view.setUint16(0, 0xeb9f, little);
  view.setUint8(2, 1);
  view.setUint32(4, headerLength, little);
  let at = 0;
  for (const { name, words } of parts) {
    if (PART_AT[name] + 8 <= headerLength) {
      view.setUint32(PART_AT[name], at, little);
      view.setUint32(PART_AT[name] + 4, words.length * 4, little);
    }
    for (const word of words) {
      view.setUint32(headerLength + at, word, little);
      at += 4;
    }
    at += gap;
  }
  for (const [offset, word] of Object.entries(plan.words ?? {})) view.setUint32(Number(offset), word, little);
  for (const [offset, byte] of Object.entries(plan.bytes ?? {})) view.setUint8(Number(offset), byte);
  return bytes;
}

/** All three parts, of two sections, as compilers write them; and what is in them. */
export const SAMPLE = {
  funcInfo: {
    recordSize: 8,
    sections: [
      { name: ".text", records: [[0, 7]] },
      {
        name: "tp/one",
        records: [
          [0, 8],
          [64, 9],
        ],
      },
    ],
  },
  lineInfo: {
    recordSize: 16,
    sections: [
      { name: ".text", records: [[0, offsetOf("src.c"), offsetOf("return 0;"), (12 << 10) | 3]] },
      { name: "tp/one", records: [[0xfffffff8, 1, 2, 0xffffffff]] },
    ],
  },
  coreRelos: {
    recordSize: 16,
    sections: [
      {
        name: "tp/one",
        records: [
          [16, 3, offsetOf("0:1"), 0],
          [0xfffffff0, 0xfffffff1, 0xfffffff2, 0xfffffff3],
        ],
      },
    ],
  },
} as const satisfies ExtPlan;

export const SAMPLE_SECTIONS = {
  funcInfo: [
    { name: ".text", records: [{ insnOff: 0, typeId: 7 }] },
    {
      name: "tp/one",
      records: [
        { insnOff: 0, typeId: 8 },
        { insnOff: 64, typeId: 9 },
      ],
    },
  ],
  lineInfo: [
    {
      name: ".text",
      records: [
        { insnOff: 0, fileNameOff: offsetOf("src.c"), lineOff: offsetOf("return 0;"), line: 12, column: 3 },
      ],
    },
    {
      name: "tp/one",
      records: [{ insnOff: 0xfffffff8, fileNameOff: 1, lineOff: 2, line: 0x3fffff, column: 0x3ff }],
    },
  ],
  coreRelos: [
    {
      name: "tp/one",
      records: [
        { insnOff: 16, typeId: 3, accessStrOff: offsetOf("0:1"), kind: 0 },
        { insnOff: 0xfffffff0, typeId: 0xfffffff1, accessStrOff: 0xfffffff2, kind: 0xfffffff3 },
      ],
    },
  ],
} as const;
