import { expect, it } from "vitest";
import { kallsymsOf, kconfigOf } from "./index.js";

it("reads a kernel's configuration as scripts/kconfig writes it", () => {
  const text =
    '#\n# General setup\n#\nCONFIG_HZ=250\nCONFIG_BPF=y\n# CONFIG_BPFILTER is not set\nCONFIG_DEFAULT_HOSTNAME="a=b c"\n';
  expect([...kconfigOf(text)]).toEqual([
    ["CONFIG_HZ", "250"],
    ["CONFIG_BPF", "y"],
    ["CONFIG_DEFAULT_HOSTNAME", '"a=b c"'],
  ]);
  expect(kconfigOf("CONFIG_A\nCONFIG_B=\n MY_CONFIG_C=y\r\nCONFIG_D=m\r\n")).toEqual(
    new Map([["CONFIG_D", "m"]]),
  );
});

it("reads the names of /proc/kallsyms, whether or not it shows addresses", () => {
  const text =
    "0000000000000000 A fixed_percpu_data\nffffffff81000000 T _text\n" +
    "ffffffffc0201000 t nf_hook\t[nf_tables]\n\nnot a symbol\n";
  expect([...kallsymsOf(text)]).toEqual(["fixed_percpu_data", "_text", "nf_hook"]);
});
