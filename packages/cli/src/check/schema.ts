import { readFileSync } from "node:fs";
import { printable } from "@core/bytes";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { CommandError, Exit } from "../common/exit.js";

const SCHEMAS = { report: "check-report", allow: "check-allow" } as const;

/** @throws CommandError that names the file. */
export function parseJson(path: string, text: string): unknown {
  if (text === "") throw new CommandError(Exit.input, `${printable(path)}: is empty`);
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? printable(error.message) : "";
    throw new CommandError(Exit.input, `${printable(path)}: no JSON (${message})`, error);
  }
}

type SchemaName = keyof typeof SCHEMAS;

const validators = new Map<SchemaName, ValidateFunction>();

/** Compiled when it is needed first: that takes longer than most uses of it. */
function validatorOf(schema: SchemaName): ValidateFunction {
  const known = validators.get(schema);
  if (known !== undefined) return known;
  const file = new URL(`../../schema/${SCHEMAS[schema]}.schema.json`, import.meta.url);
  const compiled = new Ajv2020({ allowUnionTypes: true }).compile(JSON.parse(readFileSync(file, "utf8")));
  validators.set(schema, compiled);
  return compiled;
}

/**
 * What a file has, when that is what its published schema says, which `T` repeats.
 *
 * @throws CommandError that names the file, the place in it, and what is wrong there.
 */
export function validate<T>(path: string, data: unknown, schema: SchemaName): T {
  const isValid: ValidateFunction<T> = validatorOf(schema) as ValidateFunction<T>;
  if (isValid(data)) return data;
  const [first] = isValid.errors ?? [];
  const place = first?.instancePath ? `at ${printable(first.instancePath)}: ` : "";
  const unknown: unknown = first?.params["additionalProperty"];
  const message =
    typeof unknown === "string"
      ? `there is no property named ${unknown}`
      : (first?.message ?? "not of the form");
  throw new CommandError(Exit.input, `${printable(path)}: ${place}${printable(message)}`);
}
