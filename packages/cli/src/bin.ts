#!/usr/bin/env node
import { keepCompiledCode } from "./code-cache.js";

keepCompiledCode();
const { main } = await import("./main.js");
const args = process.argv.slice(2);
// To relocate one object takes less time than to get ready for longer work.
if (args[0] !== "relocate") (await import("./engine.js")).tuneEngine();
process.exitCode = await main(args);
