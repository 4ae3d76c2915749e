// Holds every package's package.json and tsconfig.json against the arrows of layers.json. A package may
// declare what an arrow leads to, over any number of steps, and nothing else. What it does not declare it
// cannot import: pnpm does not link it, `tsc -b` and `turbo boundaries` fail, and so does the linter.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const SCOPE = "@core/";

/** @typedef {{ arrows: Record<string, string[]>, mayUseNode: string[], mayUseNpm: string[] }} Layers */

/** @type {(file: string) => any} */
const readJson = (file) => JSON.parse(readFileSync(file, "utf8"));

/**
 * Every layer that `layer` may use.
 *
 * @type {(layers: Layers, layer: string) => Set<string>}
 */
export function below({ arrows }, layer) {
  const found = new Set(arrows[layer]);
  for (const lower of found) {
    for (const next of arrows[lower] ?? []) found.add(next);
  }
  return found;
}

/**
 * What is wrong with the packages of the workspace at `root`, a sentence each.
 *
 * @type {(root: string, layers: Layers) => string[]}
 */
export function findViolations(root, layers) {
  const packages = readdirSync(join(root, "packages"));
  const drawn = Object.keys(layers.arrows);
  return [
    ...packages
      .filter((name) => !drawn.includes(name))
      .map((name) => `packages/${name} is no layer of layers.json`),
    ...drawn.filter((name) => !packages.includes(name)).map((name) => `${name} of layers.json is no package`),
    ...drawn.filter((name) => below(layers, name).has(name)).map((name) => `${name} is below itself`),
    ...drawn.filter((name) => packages.includes(name)).flatMap((name) => findInPackage(root, layers, name)),
  ];
}

/** @type {(root: string, layers: Layers, layer: string) => string[]} */
function findInPackage(root, layers, layer) {
  const folder = join(root, "packages", layer);
  const manifest = readJson(join(folder, "package.json"));
  const allowed = below(layers, layer);
  const own = Object.keys(manifest.dependencies ?? {});
  const layersOf = (/** @type {string[]} */ names) => names.filter((name) => name.startsWith(SCOPE));
  const forTests = layersOf(Object.keys(manifest.devDependencies ?? {}));
  const wrong = [
    ...own.filter((name) => !name.startsWith(SCOPE) && !layers.mayUseNpm.includes(layer)),
    ...layersOf(own).filter((name) => !allowed.has(name.slice(SCOPE.length))),
    // Private tools are no layers.
    ...forTests.filter(
      (name) => name.slice(SCOPE.length) in layers.arrows && !allowed.has(name.slice(SCOPE.length)),
    ),
  ].map((name) => `package.json depends on ${name}: no arrow leads there`);

  /** @type {(file: string, expectedBase: string, isSubpath: boolean) => void} */
  const checkSettings = (file, expectedBase, isSubpath) => {
    const { extends: base, references = [], ...others } = readJson(join(folder, file));
    const expected = `../../tools/tsconfig/${expectedBase}.json`;
    if (base !== expected) wrong.push(`${file} should extend ${expected}`);
    const paths = references.map((/** @type {{ path: string }} */ { path }) => path);
    if (isSubpath && paths.shift() !== ".") wrong.push(`${file} should refer to the package itself first`);
    // A layer's subpath is built with the layer.
    const referenced = paths.map(
      (/** @type {string} */ path) => `${SCOPE}${path.slice(3).replace(/\/tsconfig\.node\.json$/, "")}`,
    );
    if (referenced.sort().join() !== layersOf(own).sort().join()) {
      wrong.push(`${file} should refer to the layers of package.json: ${layersOf(own).join(", ")}`);
    }
    for (const option of Object.keys(others)) wrong.push(`${file} sets ${option} for itself`);
  };
  checkSettings("tsconfig.json", layers.mayUseNode.includes(layer) ? "node" : "library", false);
  const hasSubpath = existsSync(join(folder, "tsconfig.node.json"));
  const maySubpath = layers.mayUseNode.includes(`${layer}/node`);
  if (hasSubpath && !maySubpath) wrong.push("tsconfig.node.json builds a subpath that may not use Node");
  if (maySubpath && !hasSubpath)
    wrong.push("tsconfig.node.json is missing: nothing builds the subpath /node");
  if (hasSubpath) checkSettings("tsconfig.node.json", "node-subpath", true);
  for (const field of ["peerDependencies", "optionalDependencies", "bundleDependencies", "imports"]) {
    if (field in manifest) wrong.push(`package.json has ${field}: a layer needs none`);
  }
  return wrong.map((sentence) => `packages/${layer}: ${sentence}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const violations = findViolations(
    resolve(import.meta.dirname, "../.."),
    readJson(join(import.meta.dirname, "layers.json")),
  );
  for (const sentence of violations) console.error(sentence);
  process.exitCode = violations.length > 0 ? 1 : 0;
}
