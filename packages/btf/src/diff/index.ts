export { type DiffOptions, diffBtf } from "./diff.js";
export { formatDiff } from "./format.js";

export type {
  BtfDiff,
  CompositeChange,
  EnumChange,
  EnumeratorChange,
  Field,
  FieldChange,
  FieldChangeCode,
  FuncChange,
  NamedType,
  Pair,
  ParamChange,
  PlacedParam,
  PlainChange,
  TypeChange,
  TypedefChange,
} from "./types.js";
