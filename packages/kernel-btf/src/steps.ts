import type { Compression } from "./compression/decoder.js";

/** What a container is. */
export type Format =
  | Compression
  | "deb"
  | "ar"
  | "tar"
  | "ELF"
  | "BTF"
  /** A flat piece of a kernel, found by what is in it. */
  | "image"
  | "bzImage"
  | "EFI zboot image"
  | "arm64 Image"
  | "RISC-V Image"
  | "s390 image"
  | "zImage"
  | "PE image";

/** One step inwards: what the bytes are, an archive's entry by the name that the archive gives it, or a section. */
export type Step = { readonly format: Format } | { readonly entry: string } | { readonly section: string };

/**
 * Steps on one line, outermost first: `deb > data.tar.xz > xz > tar > ./boot/vmlinuz-6.1.0 > bzImage`. Names come from
 * the archive and are not made safe for a terminal here; {@link KernelBtfError} does so with its message.
 */
export function formatSteps(steps: readonly Step[]): string {
  return steps
    .map((step) => ("format" in step ? step.format : "entry" in step ? step.entry : step.section))
    .join(" > ");
}
