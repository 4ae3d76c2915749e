/**
 * A kernel's configuration from the text of its file, `/boot/config-<release>` or `/proc/config.gz` unpacked: `CONFIG_HZ` to
 * `250`, `CONFIG_BPF` to `y`. All other lines are passed over (libbpf: bpf_object__process_kconfig_line).
 */
export function kconfigOf(text: string): ReadonlyMap<string, string> {
  const found = text.matchAll(/^(CONFIG_[^=\s]+)=(.+?)\r?$/gm);
  return new Map(Array.from(found, ([, name = "", value = ""]) => [name, value]));
}

/** The names of a kernel's symbols, its modules' included, from the text of `/proc/kallsyms`. */
export const kallsymsOf = (text: string): ReadonlySet<string> =>
  new Set(Array.from(text.matchAll(/^[\da-f]+ [a-z] (\S+)/gim), ([, name = ""]) => name));
