// `pnpm verdicts`: writes docs/verdicts.md.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { findCorpus } from "@core/corpus";
import { compare } from "./agreement.js";
import { formatDocument } from "./document.js";
import { truths } from "./truths.js";

const PATH = resolve(import.meta.dirname, "../../../docs/verdicts.md");

const corpus = findCorpus();
if (corpus === undefined) throw new Error("no corpus: `pnpm corpus` builds one");
const compared = truths(corpus).map((truth) => ({ name: truth.name, comparisons: compare(truth) }));
if (compared.length === 0) throw new Error("the corpus has no kernel's verdicts");
mkdirSync(dirname(PATH), { recursive: true });
writeFileSync(PATH, formatDocument(compared));
console.log(`wrote ${PATH}`);
