// A package's public surface: the declarations that its exports lead to, without comments, sorted by name.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const DECLARATION =
  /^(?:export )?(?:declare )?(?:abstract class|class|function|const|let|interface|type|namespace) ([\w$]+)/;
const LINK = /^(export|import)(?: type)? \{([^}]*)\}(?: from "([^"]+)")?/;
const STAR = /^export \* from "([^"]+)"/;
const INLINE_IMPORT = /import\("(\.[^"]+)"\)\.([\w$]+)/g;
// Literals come first so that what looks like a comment inside one stays.
const COMMENT = /("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;

/**
 * A name as one file knows it.
 *
 * @typedef {{ name: string, file: string }} Source
 */

/**
 * A declaration file: the text that it declares under each name (overloads together), the names that it has
 * from other files, and what it exports.
 *
 * @typedef {{ declared: Map<string, string>, linked: Map<string, Source>, exported: Source[] }} Module
 */

/** @type {(folder: string) => { name: string, text: string }} */
export function surfaceOfPackage(folder) {
  const { name, exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const entries = Object.entries(exports).filter(([, target]) => target.types !== undefined);
  const text = entries
    .map(([subpath, { types }]) => `// ${join(name, subpath)}\n\n${surfaceOf(join(folder, types))}`)
    .join("\n");
  return { name, text };
}

/** The surface of a declaration file as tsc writes them. @type {(entry: string) => string} */
export function surfaceOf(entry) {
  /** @type {Map<string, Module>} */
  const modules = new Map();
  /** @type {(file: string) => Module} */
  const read = (file) => {
    const module = modules.get(file) ?? parseModule(file, readFileSync(file, "utf8"), read);
    modules.set(file, module);
    return module;
  };

  /** @type {Map<string, { name: string, text: string }>} */
  const found = new Map();
  /** @type {Source[]} */
  const pending = [];
  /** @type {(source: Source, publicName?: string) => void} */
  const add = ({ name, file }, publicName) => {
    const { declared, linked } = read(file);
    const link = linked.get(name);
    if (link !== undefined) return add(link, publicName);
    const text = declared.get(name);
    if (text === undefined || found.has(`${file} ${name}`)) return;
    const prefix =
      publicName === undefined ? "" : publicName === name ? "export " : `export as ${publicName}: `;
    found.set(`${file} ${name}`, { name, text: prefix + text });
    pending.push({ name, file });
  };

  for (const source of read(entry).exported) add(source, source.name);
  for (const { name, file } of pending) {
    const text = read(file).declared.get(name) ?? "";
    for (const [word] of text.matchAll(/[\w$]+/g)) add({ name: word, file });
    for (const [, path = "", word = ""] of text.matchAll(INLINE_IMPORT)) {
      add({ name: word, file: declarationFile(file, path) });
    }
  }
  return [...found.values()]
    .sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)))
    .map(({ text }) => `${text}\n`)
    .join("\n");
}

/** @type {(file: string, text: string, read: (file: string) => Module) => Module} */
function parseModule(file, text, read) {
  /** @type {Module} */
  const module = { declared: new Map(), linked: new Map(), exported: [] };
  for (const statement of statementsOf(text)) {
    const [, name] = DECLARATION.exec(statement) ?? [];
    const [, keyword, specifiers = "", path] = LINK.exec(statement) ?? [];
    const [, star] = STAR.exec(statement) ?? [];
    if (name !== undefined) {
      const before = module.declared.get(name);
      const declaration = statement.replace(/^(export )?(declare )?/, "");
      module.declared.set(name, before === undefined ? declaration : `${before}\n${declaration}`);
      if (statement.startsWith("export ")) module.exported.push({ name, file });
    } else if (star !== undefined) {
      module.exported.push(...read(declarationFile(file, star)).exported);
    } else if (keyword !== undefined) {
      for (const specifier of specifiers.split(",")) {
        link(module, file, specifier.trim().replace(/^type /, ""), keyword === "export", path);
      }
    } else {
      throw new Error(`${file}: not understood: ${statement}`);
    }
  }
  return module;
}

/** @type {(module: Module, file: string, specifier: string, isExport: boolean, path: string | undefined) => void} */
function link(module, file, specifier, isExport, path) {
  const [name = "", alias = name] = specifier.split(" as ");
  if (name === "") return;
  if (isExport) module.exported.push({ name: alias, file });
  if (path?.startsWith(".")) module.linked.set(alias, { name, file: declarationFile(file, path) });
  else if (path === undefined && alias !== name) module.linked.set(alias, { name, file });
  else if (path !== undefined && isExport) module.declared.set(alias, `{ ${specifier} } from "${path}";`);
}

/** Top-level statements. tsc starts each at the margin, and continues none there but with a closing bracket. @type {(text: string) => string[]} */
function statementsOf(text) {
  return text
    .replace(COMMENT, "$1")
    .replace(/[ \t]+$/gm, "")
    .replace(/\n\n+/g, "\n")
    .split(/\n(?=[a-z@])/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "" && statement !== "export {};");
}

/** @type {(from: string, path: string) => string} */
function declarationFile(from, path) {
  return join(dirname(from), path.replace(/\.js$/, ".d.ts"));
}
