export { MinimizeError, type MinimizeErrorCode } from "./error.js";
export { minimize } from "./minimize.js";
export type { Minimized, MinimizedModule } from "./write.js";
