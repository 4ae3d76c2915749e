export { type FormatLayoutOptions, formatLayout } from "./format.js";
export { type LayoutOptions, layoutOf } from "./layout.js";
export {
  alignLayouts,
  formatSideBySide,
  type LayoutRow,
  type LayoutSide,
  type SideBySideOptions,
} from "./side-by-side.js";
export type { Hole, Layout, LayoutMember } from "./types.js";
