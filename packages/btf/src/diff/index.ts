export { type DiffOptions, diffBtf } from "./diff.js";
export { formatDiff } from "./format.js";

export type {
  BtfDiff,
  CompositeChange,
  DatasecChange,
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
  PlacedVar,
  PlainChange,
  TypeChange,
  TypedefChange,
  VarChange,
} from "./types.js";
