import { createHash } from "node:crypto";
import { isAbsolute, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { printable } from "@core/bytes";
import { formatExistence, formatExtent, headlineOf, titleOf } from "./causes-text.js";
import type { Cause, Digest, Place } from "./digest.js";
import type { Report } from "./model.js";

const SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";

/** For code scanning: a result for each place in the source where a program does not load, over all kernels. */
export function sarifReport({ tool }: Report, { causes, objects, kernels }: Digest): object {
  const titles = new Map(causes.map((cause) => [cause.code, titleOf({ ...cause, verdict: "fails" })]));
  const codes = [...titles.keys()].toSorted();
  const unread = [...objects, ...kernels].flatMap(({ path, error }) =>
    error === null ? [] : [{ path, error }],
  );
  return {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "bpf-core",
            // What is no semantic version would be no valid one there.
            semanticVersion: tool,
            rules: codes.map((code) => ({
              id: code,
              shortDescription: { text: `Why a program may not load: ${titles.get(code)}` },
            })),
          },
        },
        columnKind: "utf16CodeUnits",
        invocations: [
          {
            executionSuccessful: unread.length === 0,
            toolExecutionNotifications: unread.map(({ path, error }) => ({
              level: "error",
              message: { text: printable(`${path}: ${error}`) },
            })),
          },
        ],
        results: causes.flatMap((cause) =>
          cause.places.map((place) => resultOf(cause, place, codes.indexOf(cause.code))),
        ),
      },
    ],
  };
}

function resultOf(cause: Cause, place: Place, ruleIndex: number): object {
  const { code, verdict, subject, message, hints, checkedOn, existence } = cause;
  const { object, program, section, kernels } = place;
  const name = program === "" ? object : program;
  const sentences = [
    `${name} ${verdict === "fails" ? "does not load" : "may not load"} ${formatExtent({ kernels, checkedOn })}`,
    headlineOf(cause),
    message,
    ...(existence?.there.length ? [`of the checked kernels, ${formatExistence(existence)}`] : []),
    ...hints,
  ];
  return {
    ruleId: code,
    ruleIndex,
    level: verdict === "fails" ? "error" : "warning",
    message: { text: sentences.map(printable).join("\n") },
    locations: [
      {
        physicalLocation: physicalLocation(place),
        logicalLocations: [
          {
            name: printable(name),
            fullyQualifiedName: printable([object, section, program].join(":")),
            kind: "function",
          },
        ],
      },
    ],
    partialFingerprints: { "subject/v1": fingerprint([object, program, code, subject]) },
    properties: { object: printable(object), kernels: kernels.map(printable) },
  };
}

function physicalLocation({ source, object }: Place): object {
  if (source === null) return { artifactLocation: { uri: uriOf(object) } };
  const { file, line, column, text } = source;
  const start = { startLine: line, ...(column >= 1 ? { startColumn: column } : {}) };
  const region = { ...start, snippet: { text: printable(text.trim()) } };
  return { artifactLocation: { uri: uriOf(file) }, ...(line >= 1 ? { region } : {}) };
}

/** Relative to the working folder, where it is below that: so a repository's own files are found in it. */
function uriOf(path: string): string {
  const below = relative("", resolve(path));
  const isBelow = !below.startsWith("..") && !isAbsolute(below);
  const url = pathToFileURL(resolve(path)).href;
  return isBelow ? url.slice(`${pathToFileURL(resolve("")).href}/`.length) : url;
}

const fingerprint = (parts: readonly string[]): string =>
  createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 32);
