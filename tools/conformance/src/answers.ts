// `pnpm answers`: writes libbpf's answers for the corpus that `pnpm corpus` built, or compares with a corpus's.

import { parseArgs } from "node:util";
import {
  answersOf,
  answersPath,
  type BtfFile,
  type Corpus,
  findCorpus,
  kernelsOf,
  objectsOf,
} from "@core/corpus";
import { writeWhole } from "@core/corpus/archive";
import { differencesOf } from "./compare.js";
import { findHarness, type Harness, type HarnessAnswer, runHarnessAll } from "./harness.js";

const USAGE = `usage: pnpm answers [--compare]

Asks libbpf about every object of the corpus against every kernel, and writes what it says into the corpus.

  --compare   hold it against the answers that are there, and write nothing`;

const MAX_SHOWN = 20;
const say = (text: string) => console.log(text);

async function ask(harness: Harness, corpus: Corpus, kernel: BtfFile): Promise<readonly HarnessAnswer[]> {
  const objects = objectsOf(corpus);
  if (objects.length === 0) throw new Error(`no objects in ${corpus.path}`);
  const nameOf = new Map(objects.map(({ path, name }) => [path, name]));
  const answers = await runHarnessAll(harness, [...nameOf.keys()], kernel.path);
  return answers
    .filter(({ relos }) => relos.length > 0)
    .map((answer) => ({ ...answer, object: nameOf.get(answer.object) ?? answer.object }));
}

function compare(corpus: Corpus, kernel: BtfFile, answers: readonly HarnessAnswer[]): number {
  const byName = new Map(answers.map((answer) => [answer.object, answer]));
  let relocations = 0;
  const differences = [...answersOf(corpus, kernel.name)].flatMap((expected) => {
    relocations += expected.relos.length;
    const nothing = { object: expected.object, rc: 0, relos: [], sections: {} };
    return differencesOf(expected, byName.get(expected.object) ?? nothing);
  });
  say(`${kernel.name}: ${differences.length} differences in ${relocations} relocations`);
  for (const { object, at, field, expected, actual } of differences.slice(0, MAX_SHOWN)) {
    say(`  ${object} ${at}: ${field} is ${expected} there, ${actual} here`);
  }
  return differences.length;
}

function write(corpus: Corpus, kernel: BtfFile, answers: readonly HarnessAnswer[]): void {
  const lines = answers.map(({ code, ...answer }) => `${JSON.stringify(answer)}\n`);
  writeWhole(answersPath(corpus, kernel.name), lines.join(""));
  const relocations = answers.reduce((sum, { relos }) => sum + relos.length, 0);
  say(`${kernel.name}: ${relocations} relocations in ${answers.length} objects`);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { compare: { type: "boolean", default: false }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) {
    say(USAGE);
    return 0;
  }
  const harness = findHarness();
  const corpus = findCorpus();
  if (harness === undefined || corpus === undefined) {
    console.error(`answers: ${harness ? "pnpm corpus" : "pnpm harness"} has to run first`);
    return 1;
  }
  say(`libbpf ${harness.info.libbpf} of ${harness.info.source}, ${corpus.path}`);
  let differences = 0;
  for (const kernel of kernelsOf(corpus)) {
    const answers = await ask(harness, corpus, kernel);
    if (values.compare) differences += compare(corpus, kernel, answers);
    else write(corpus, kernel, answers);
  }
  return differences > 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof Error)) throw error;
  console.error(`answers: ${error.message}`);
  process.exitCode = error instanceof TypeError ? 2 : 1;
}
