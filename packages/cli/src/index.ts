export { main, type Surroundings } from "./main.js";
export type { Output } from "./output.js";
