import { formatEntry } from "./allow.js";
import { formatKernels, headlineOf } from "./causes-text.js";
import type { Cause, Digest } from "./digest.js";
import { workflowCommand } from "./escape.js";
import type { Policy } from "./policy.js";
import { plural } from "./words.js";

/** Annotations of GitHub Actions, one for each cause, at the first of its lines. */
export function* githubReport(
  { objects, kernels, causes }: Digest,
  { allow }: Policy,
): Generator<string, void> {
  for (const { path, error } of [...objects, ...kernels]) {
    if (error !== null) yield workflowCommand("error", { title: "Not read" }, `${path}: ${error}`);
  }
  for (const cause of causes) yield annotationOf(cause);
  for (const entry of allow?.expired ?? []) {
    yield workflowCommand(
      "warning",
      { file: allow?.path },
      `expired on ${entry.expires}: ${formatEntry(entry)}`,
    );
  }
}

function annotationOf(cause: Cause): string {
  const { verdict, message, hints, places, objects } = cause;
  const { source } = places.find((place) => place.source !== null) ?? { source: null };
  const at =
    source === null || source.line < 1
      ? {}
      : { file: source.file, line: source.line, col: source.column || undefined };
  const programs = new Set(places.map(({ object, program }) => `${object}\0${program}`)).size;
  const lines = [
    `${formatKernels(cause)}: ${plural(objects.length, "object")}, ${plural(programs, "program")}`,
    message,
    ...hints,
  ];
  const command = verdict === "fails" ? "error" : "warning";
  return workflowCommand(command, { ...at, title: headlineOf(cause) }, lines.join("\n"));
}
