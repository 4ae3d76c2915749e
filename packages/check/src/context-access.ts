import {
  type Btf,
  kindOf,
  ownSizeOf,
  paramTypeOf,
  referredTypeOf,
  skipModifiers,
  type TypeId,
  vlenOf,
} from "@core/btf";
import type { ContextRead } from "./context-reads.js";
import type { Finding, Place } from "./finding.js";
import type { KernelType } from "./kernel.js";
import type { ProgramSection } from "./section.js";

interface PlacedFinding {
  readonly finding: Finding;
  readonly place: Place;
}

const ARGUMENT_SIZE = 8;

/** Attach types whose programs find the return value behind the arguments; that of a void function is none. */
const RETURN_VALUE: ReadonlySet<string | undefined> = new Set([
  "BPF_TRACE_FEXIT",
  "BPF_TRACE_FSESSION",
  "BPF_MODIFY_RETURN",
]);

/**
 * Loads from the context of a program that its target has no arguments for (kernel: btf_ctx_access).
 * @param target what the program attaches to
 */
export function checkContextReads(
  section: ProgramSection,
  target: KernelType | undefined,
  reads: readonly ContextRead[],
): readonly PlacedFinding[] {
  const values = valuesOf(section, target);
  if (values === undefined) return [];
  const name = section.target ?? "";
  const subject = `arguments of ${name}`;
  return reads.flatMap(({ place, offset }): PlacedFinding[] => {
    if (offset === undefined) {
      const message = `which argument of ${name} is read is computed, and cannot be told: it has ${count(values)}`;
      return [
        {
          finding: { code: "context-access", verdict: "unknown", message, subject },
          place,
        },
      ];
    }
    const index = Math.floor(offset / ARGUMENT_SIZE);
    if (index < values) return [];
    const message = `func '${name}' doesn't have ${index + 1}-th argument: it has ${count(values)} here, and byte ${offset} of the context is read`;
    const hints = [
      "look at its prototype on the kernels that count, and read what is there on each by a program of its own (bpf_program__set_autoload)",
    ];
    return [
      {
        finding: { code: "context-access", verdict: "fails", message, subject, hints },
        place,
      },
    ];
  });
}

const count = (values: number): string => `${values} argument${values === 1 ? "" : "s"}`;

/** A raw tracepoint's arguments are numbers, and the kernel only looks that there are not too many: MAX_BPF_FUNC_ARGS. */
const MAX_RAW_ARGUMENTS = 12;
const isRawTracepoint = (type: string): boolean =>
  type === "raw_tracepoint" || type === "raw_tracepoint_writable";

/** Program types whose context is an array of arguments. */
export const hasArguments = ({ type, attachesByBtf }: ProgramSection): boolean =>
  attachesByBtf || type === "struct_ops" || isRawTracepoint(type);

/** Number of values in the context; `undefined` where the target is no function, or has any number of arguments. */
function valuesOf({ attachType, type }: ProgramSection, target: KernelType | undefined): number | undefined {
  if (isRawTracepoint(type)) return MAX_RAW_ARGUMENTS;
  if (target === undefined) return undefined;
  const { btf, id } = target;
  const proto = prototypeOf(btf, id);
  if (proto === undefined) return undefined;
  const vlen = vlenOf(btf, proto);
  let slots = 0;
  for (let i = 0; i < vlen; i++) {
    const param = paramTypeOf(btf, proto, i);
    if (param === 0) return undefined;
    slots += slotsOf(btf, param);
  }
  // The first parameter of a tracepoint's typedef is the data that it was registered with.
  if (attachType === "BPF_TRACE_RAW_TP") return slots - 1;
  const isReturned = RETURN_VALUE.has(attachType) && referredTypeOf(btf, proto) !== 0;
  return slots + (isReturned || type === "lsm" ? 1 : 0);
}

/** Structs may be handed over by value. */
function slotsOf(btf: Btf, param: TypeId): number {
  const type = skipModifiers(btf, param);
  const kind = kindOf(btf, type);
  return kind === "struct" || kind === "union" ? Math.ceil(ownSizeOf(btf, type) / ARGUMENT_SIZE) : 1;
}

/** Of a function, or of the pointer to one that a typedef is for. */
function prototypeOf(btf: Btf, id: TypeId): TypeId | undefined {
  const behind = kindOf(btf, id) === "func" ? referredTypeOf(btf, id) : skipModifiers(btf, id);
  const proto = kindOf(btf, behind) === "ptr" ? skipModifiers(btf, referredTypeOf(btf, behind)) : behind;
  return kindOf(btf, proto) === "func_proto" ? proto : undefined;
}
