export { InsnError, type InsnErrorCode } from "./error.js";
export { formatInsn } from "./format.js";
export { INSN_SIZE, type Insn, insnAt, insnLengthAt, isLdimm64 } from "./insn.js";
export { fallsThrough, jumpDistance } from "./jump.js";
export { type Patch, type PatchOutcome, POISON_IMM, patchInsn } from "./patch.js";
export { formatRejection, type InsnForm, type Ldimm64Flaw, type Rejection } from "./rejection.js";
