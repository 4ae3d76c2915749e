#!/usr/bin/env node
import { tuneEngine } from "./engine.js";
import { main } from "./main.js";

tuneEngine();
process.exitCode = await main(process.argv.slice(2));
