export type { Surroundings } from "./common/commands.js";
export type { Output } from "./common/output.js";
export { tuneEngine } from "./engine.js";
export { main } from "./main.js";
