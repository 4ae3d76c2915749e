/** A kernel to fetch. */
export interface KernelSource {
  /** What `--only` selects it by. */
  readonly label: string;
  readonly arch: string;
  /** The package that always depends on the newest kernel. */
  readonly metapackage: string;
  /** The suites to look in; the first that has it is taken. */
  readonly suites: readonly string[];
  readonly modules: readonly string[];
}

/** A package whose programs embed BPF objects, or which ships them as files. */
export interface ObjectSource {
  readonly label: string;
  readonly arch: string;
  readonly package: string;
  readonly suites: readonly string[];
}

/** Varied in size, and in how much of vmlinux they repeat. */
const MODULES = [
  "bridge",
  "btrfs",
  "dm-mod",
  "fuse",
  "kvm",
  "kvm-amd",
  "nf_conntrack",
  "nf_nat",
  "nf_tables",
  "nfs",
  "nfsd",
  "openvswitch",
  "overlay",
  "sunrpc",
  "tun",
  "veth",
  "virtio_net",
  "vxlan",
  "wireguard",
  "xfs",
];

/** From the oldest that the archive serves to the newest; s390x is big-endian. */
export const KERNELS: readonly KernelSource[] = [
  {
    label: "5.10-amd64",
    arch: "amd64",
    metapackage: "linux-image-cloud-amd64",
    suites: ["bullseye-security", "bullseye"],
    modules: [],
  },
  {
    label: "6.1-amd64",
    arch: "amd64",
    metapackage: "linux-image-cloud-amd64",
    suites: ["bookworm-security", "bookworm"],
    modules: MODULES,
  },
  {
    label: "6.1-arm64",
    arch: "arm64",
    metapackage: "linux-image-cloud-arm64",
    suites: ["bookworm-security", "bookworm"],
    modules: [],
  },
  {
    label: "6.12-amd64",
    arch: "amd64",
    metapackage: "linux-image-cloud-amd64",
    suites: ["trixie-security", "trixie"],
    modules: [],
  },
  {
    label: "6.12-s390x",
    arch: "s390x",
    metapackage: "linux-image-s390x",
    suites: ["trixie-security", "trixie"],
    modules: [],
  },
  {
    label: "newest-amd64",
    arch: "amd64",
    metapackage: "linux-image-cloud-amd64",
    suites: ["trixie-backports", "sid"],
    modules: MODULES,
  },
];

const SID = ["sid", "trixie"];

/** Old and new compilers, C and Rust loaders, tracing, networking, input devices, sched_ext. */
export const OBJECTS: readonly ObjectSource[] = [
  { label: "libbpf-tools-bookworm", arch: "amd64", package: "libbpf-tools", suites: ["bookworm"] },
  { label: "libbpf-tools-trixie", arch: "amd64", package: "libbpf-tools", suites: ["trixie"] },
  { label: "libbpf-tools-newest", arch: "arm64", package: "libbpf-tools", suites: SID },
  { label: "pwru", arch: "amd64", package: "pwru", suites: SID },
  { label: "bpftop", arch: "amd64", package: "bpftop", suites: SID },
  { label: "libbpftune0", arch: "amd64", package: "libbpftune0", suites: SID },
  { label: "mimic", arch: "amd64", package: "mimic", suites: SID },
  { label: "rsched", arch: "amd64", package: "rsched", suites: SID },
  { label: "systemd", arch: "amd64", package: "libsystemd-shared", suites: SID },
  { label: "udev-hid-bpf", arch: "amd64", package: "udev-hid-bpf", suites: SID },
  { label: "xdp-tools", arch: "amd64", package: "xdp-tools", suites: SID },
];
