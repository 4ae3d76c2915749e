// Debian's archive, asked through apt with a configuration of its own: the system's is read, never changed.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./cache.js";
import { CommandError, run } from "./command.js";

export { cacheFolder, writeWhole } from "./cache.js";
export { CommandError, hasCommand, run } from "./command.js";

/** One suite of the archive for one architecture, with package lists of the last hour. */
export interface Suite {
  /** A codename, with `-backports` or `-security` behind it. */
  readonly name: string;
  /** Debian's name of the architecture, such as `amd64`. */
  readonly arch: string;
  readonly config: string;
}

/** A package as a suite lists it. */
export interface Package {
  readonly suite: Suite;
  readonly name: string;
  readonly version: string;
  /** The names of its first alternatives, without versions. */
  readonly depends: readonly string[];
}

interface Repository {
  readonly uri: string;
  readonly release: string;
}

/** How long package lists are taken to be the archive's. */
const FRESH_MS = 3_600_000;

const SECURITY = /-security$/;
const DEBIAN_SUITE =
  /^(oldoldstable|oldstable|stable|testing|unstable|bullseye|bookworm|trixie|forky|duke|sid)(-security)?$/;

/** Debian's repositories among the configured ones: the main one first, then the one for security updates. */
function configuredRepositories(): readonly Repository[] {
  const lines = run("apt-get", [
    "indextargets",
    "--format",
    "$(REPO_URI) $(RELEASE)",
    "Created-By: Packages",
  ]).toString();
  return lines
    .split("\n")
    .map((line) => line.split(" "))
    .flatMap(([uri, release]) => (uri && release && DEBIAN_SUITE.test(release) ? [{ uri, release }] : []));
}

/** The keyring that the system's sources name for a repository; without one apt's trusted keys are used. */
function keyringOf(uri: string): string | undefined {
  const folder = "/etc/apt/sources.list.d";
  const files = ["/etc/apt/sources.list"]
    .concat(existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [])
    .filter((file) => /\.(list|sources)$/.test(file) && existsSync(file));
  const entries = files.flatMap((file) =>
    readFileSync(file, "utf8").split(file.endsWith(".list") ? "\n" : /\n\s*\n/),
  );
  const entry = entries.find((text) => text.includes(uri.replace(/\/$/, "")) && /signed-by/i.test(text));
  return /signed-by\s*[:=]\s*(\/[^\s\],]+)/i.exec(entry ?? "")?.[1];
}

/** How the system fetches, such as through a proxy. Hooks and everything else of its configuration is left out. */
function acquireOptions(): string {
  return run("apt-config", ["dump"])
    .toString()
    .split("\n")
    .filter((line) => /^Acquire::(?!IndexTargets)/.test(line))
    .join("\n");
}

function apt(config: string, program: string, args: readonly string[], cwd?: string): string {
  const env = { ...process.env, APT_CONFIG: config };
  return run(program, args, cwd === undefined ? { env } : { env, cwd }).toString();
}

/** Debian's name of this machine's architecture. */
export const hostArch = (): string => run("dpkg", ["--print-architecture"]).toString().trim();

/**
 * A suite of the archive that the machine's apt sources name, whether or not they name the suite, with
 * package lists of the last hour.
 *
 * @throws CommandError when there is no apt, no Debian source, or the archive does not serve the suite.
 */
export function openSuite(name: string, arch: string): Suite {
  const repositories = configuredRepositories();
  const repository = repositories.find(({ release }) => SECURITY.test(release) === SECURITY.test(name));
  if (repository === undefined) {
    throw new CommandError(`no apt source of this machine leads to ${name}`);
  }
  const folder = cacheFolder("apt", `${name}-${arch}`);
  for (const path of ["lists/partial", "cache/archives/partial"]) {
    mkdirSync(join(folder, path), { recursive: true });
  }
  const keyring = keyringOf(repository.uri);
  const options = keyring === undefined ? `arch=${arch}` : `arch=${arch} signed-by=${keyring}`;
  writeFileSync(join(folder, "sources.list"), `deb [${options}] ${repository.uri} ${name} main\n`);
  const config = join(folder, "apt.conf");
  writeFileSync(
    config,
    `${acquireOptions()}
Dir::Etc::main "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Etc::sourcelist "${folder}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State::lists "${folder}/lists";
Dir::State::status "/dev/null";
Dir::Cache "${folder}/cache";
APT::Architecture "${arch}";
APT::Architectures { "${arch}"; };
// The folder may lie in a home that apt's own user cannot enter.
APT::Sandbox::User "";
Acquire::Retries "3";
`,
  );
  const updated = join(folder, "updated");
  if (!existsSync(updated) || Date.now() - statSync(updated).mtimeMs > FRESH_MS) {
    apt(config, "apt-get", ["update", "-qq", "--error-on=any"]);
    writeFileSync(updated, "");
  }
  return { name, arch, config };
}

/** A package of a suite; undefined when the suite has none of this name. */
export function findPackage(suite: Suite, name: string): Package | undefined {
  let text: string;
  try {
    text = apt(suite.config, "apt-cache", ["show", "--no-all-versions", name]);
  } catch {
    return undefined;
  }
  const field = (key: string) => new RegExp(`^${key}: (.*)$`, "m").exec(text)?.[1] ?? "";
  const depends = field("Depends")
    .split(",")
    .map((one) => one.trim().split(/[ |(]/)[0] ?? "");
  return { suite, name, version: field("Version"), depends };
}

/** @throws CommandError when the suite has no package of this name. */
export function getPackage(suite: Suite, name: string): Package {
  const found = findPackage(suite, name);
  if (found === undefined) throw new CommandError(`${suite.name} has no ${name} for ${suite.arch}`);
  return found;
}

/** The names of a suite's packages that match an extended regular expression. */
export function namesOfPackages(suite: Suite, pattern: string): readonly string[] {
  return apt(suite.config, "apt-cache", ["search", "--names-only", pattern])
    .split("\n")
    .flatMap((line) => line.split(" - ")[0] || []);
}

/**
 * Downloads a package, which apt checks against the archive's signed hashes, and unpacks it into `folder`.
 *
 * @throws CommandError when it cannot be had, or what was fetched is not what the archive signed.
 */
export function unpack({ suite, name, version }: Package, folder: string): void {
  const download = join(folder, ".deb");
  mkdirSync(download, { recursive: true });
  apt(suite.config, "apt-get", ["download", "-qq", `${name}=${version}`], download);
  for (const file of readdirSync(download)) run("dpkg-deb", ["-x", join(download, file), folder]);
  rmSync(download, { recursive: true });
}
