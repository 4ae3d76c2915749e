export {
  answersOf,
  answersPath,
  type BtfFile,
  type Corpus,
  findCorpus,
  kernelsOf,
  modulesOf,
  type ObjectAnswer,
  type ObjectFile,
  objectsOf,
  type RelocationAnswer,
  readBytes,
} from "./corpus.js";
