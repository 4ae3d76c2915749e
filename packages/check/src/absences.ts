import type { Relocation } from "@core/relocate";
import { subjectOf } from "./explain/access.js";
import type { Finding } from "./finding.js";
import type { Absences, ReasonCode } from "./verdict.js";

/** Takes down what a kernel lacks of what one object asks it for. */
export interface AbsenceLog {
  /** Something that CO-RE found nothing for, guarded or not. */
  readonly addRelocation: (relocation: Relocation) => void;
  /** Something else that is not there, or of which that cannot be told. Other findings are passed over. */
  readonly addFinding: (finding: Finding) => void;
  readonly list: () => Absences;
}

/** Reasons that say that their subject is not there, or where they are `unknown`, that it may not be. */
const ABOUT_ABSENCE: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  "attach-target-missing",
  "module-unknown",
  "struct-ops-member-missing",
  "ksym-missing",
  "ksym-unknown",
  "kfunc-missing",
  "kconfig-missing",
  "kconfig-unknown",
  "helper-unsupported",
  "insn-unsupported",
  "prog-type-unsupported",
  "attach-type-unsupported",
  "map-unsupported",
]);

export function absenceLog(): AbsenceLog {
  const absent = new Set<string>();
  const untold = new Set<string>();
  return {
    addRelocation({ resolution }) {
      const verdict = resolution?.verdict.kind;
      if (resolution && (verdict === "poison" || verdict === "absent"))
        absent.add(subjectOf(resolution.local));
    },
    addFinding({ code, verdict, subject, implied = [] }) {
      if (!ABOUT_ABSENCE.has(code)) return;
      for (const one of [subject, ...implied]) (verdict === "fails" ? absent : untold).add(one);
    },
    list: () => ({
      absent: [...absent].sort(),
      untold: [...untold].filter((subject) => !absent.has(subject)).sort(),
    }),
  };
}
