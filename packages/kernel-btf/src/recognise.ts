// What bytes are, by their first ones.

import { viewOf } from "@core/bytes";
import { isAr } from "./ar.js";
import { compressionAt } from "./compression/index.js";
import { isBtf } from "./raw.js";
import type { Format } from "./steps.js";
import { isTar } from "./tar.js";

/** How many bytes it takes. */
export const HEAD = 1024;

const has = (bytes: Uint8Array, at: number, ...expected: readonly number[]): boolean =>
  expected.every((byte, i) => bytes[at + i] === byte);

/** What `head`, the first {@link HEAD} bytes or all there are, is the start of. */
export function recognise(head: Uint8Array): Format | undefined {
  if (isBtf(head)) return "BTF";
  if (has(head, 0, 0x7f, 0x45, 0x4c, 0x46)) return "ELF";
  if (isAr(head)) return has(head, 8, ...ascii("debian-binary")) ? "deb" : "ar";
  return compressionAt(head, 0) ?? recogniseImage(head) ?? (isTar(head) ? "tar" : undefined);
}

function recogniseImage(head: Uint8Array): Format | undefined {
  // Documentation/arch/x86/boot.rst
  if (has(head, 0x1fe, 0x55, 0xaa) && has(head, 0x202, ...ascii("HdrS"))) return "bzImage";
  // drivers/firmware/efi/libstub/zboot-header.S
  if (has(head, 0, ...ascii("MZ\0\0zimg"))) return "EFI zboot image";
  // Documentation/arch/arm64/booting.rst and arch/riscv/boot-image-header.rst
  if (has(head, 0x38, ...ascii("ARM\x64"))) return "arm64 Image";
  if (has(head, 0x38, ...ascii("RSC\x05"))) return "RISC-V Image";
  // The first of the channel commands that load it from a reader of cards.
  if (has(head, 8, 2, 0, 0, 0x18, 0x60, 0, 0, 0x50)) return "s390 image";
  // Documentation/arch/arm/booting.rst, in either byte order
  if (has(head, 0x24, 0x18, 0x28, 0x6f, 0x01) || has(head, 0x24, 0x01, 0x6f, 0x28, 0x18)) return "zImage";
  if (has(head, 0, ...ascii("MZ")) && head.length >= 0x40) {
    const at = viewOf(head).getUint32(0x3c, true);
    if (has(head, at, ...ascii("PE\0\0"))) return "PE image";
  }
  return undefined;
}

function ascii(text: string): readonly number[] {
  return Array.from(text, (char) => char.charCodeAt(0));
}
