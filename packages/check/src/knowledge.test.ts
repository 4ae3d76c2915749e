import { parseBtf, writeBtf } from "@core/btf";
import { expect, it } from "vitest";
import { openKernel } from "./kernel.js";
import { knowledgeOf } from "./knowledge.js";

const btf = parseBtf(writeBtf([], { order: "little" }));
const version = (major: number, minor: number, patch: number) => BigInt((major << 16) | (minor << 8) | patch);

it.each([
  ["6.12.117+deb13-amd64", version(6, 12, 117)],
  ["7.3.4", version(7, 3, 4)],
  ["4.19.325", version(4, 19, 255)],
  ["6.8", version(6, 8, 0)],
  // Upstream's own and Red Hat's, which are what they say.
  ["6.8.0", version(6, 8, 0)],
  ["5.14.0-427.13.1.el9_4.x86_64", version(5, 14, 0)],
  // Debian's and Ubuntu's, of which libbpf finds out the patch level elsewhere.
  ["5.10.0-46-cloud-amd64", { min: version(5, 10, 0), max: version(5, 10, 255) }],
  ["5.15.0-91-generic", { min: version(5, 15, 0), max: version(5, 15, 255) }],
  ["next", undefined],
  [undefined, undefined],
])("the version of %s", (release, expected) => {
  const { kconfig } = knowledgeOf(openKernel(btf, { release }), undefined, []);
  expect(kconfig?.("LINUX_KERNEL_VERSION")).toEqual(expected);
});
