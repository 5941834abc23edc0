// Plain JavaScript for whatever Node the machine has (20 or newer): it makes a fresh clone ready and then hands over to the pinned Node 24.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const modules = join(root, "node_modules");
const stampPath = join(modules, ".chatty-install");
const pinnedNode = join(modules, "node", "bin", process.platform === "win32" ? "node.exe" : "node");
const pinnedMajor = 24;

/** Installs what the lock file names unless it is there already. Throws an Error whose message is for people. */
export function installIfNeeded() {
  const wanted = fingerprint();
  const stamp = existsSync(stampPath) ? readFileSync(stampPath, "utf8") : "";
  if (stamp === wanted && pinnedNodeVersion() !== undefined) return;
  if (!matchesLock()) runNpmInstall();
  const version = pinnedNodeVersion();
  if (version === undefined || Number(version.split(".")[0]) !== pinnedMajor) {
    throw new Error(
      `The npm package "node" should have brought Node ${pinnedMajor} to ${pinnedNode}, ` +
        `but ${version === undefined ? "nothing there runs" : `Node ${version} is there`}. ` +
        'If npm is set to run no install scripts ("ignore-scripts"), run: npm rebuild node --ignore-scripts=false',
    );
  }
  writeFileSync(stampPath, fingerprint());
}

/** Runs a script of this checkout under the pinned Node with the same terminal, and ends this process as that one ends. */
export function handOver(script, scriptArguments) {
  const child = spawn(pinnedNode, [join(root, script), ...scriptArguments], {
    cwd: root,
    stdio: "inherit",
    env: process.env,
  });
  // The terminal sends Ctrl-C to both processes: the child decides how to end, and this one waits for it. A second one would cut it short.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("error", (error) => {
    console.error(`Cannot start ${pinnedNode}: ${error.message}`);
    process.exitCode = 1;
  });
  child.on("close", (code, signal) => {
    process.exitCode = code ?? (signal === "SIGINT" ? 130 : 1);
  });
}

function fingerprint() {
  const hash = createHash("sha256");
  hash.update(`${process.platform} ${process.arch}\n`);
  for (const path of ["package-lock.json", "package.json", ...workspaceManifests()]) {
    const absolute = join(root, path);
    if (!existsSync(absolute)) continue;
    hash.update(`${path}\n`);
    hash.update(path.endsWith("lock.json") ? readFileSync(absolute) : dependencyPart(absolute));
  }
  return hash.digest("hex");
}

/** Only what an installation depends on, so that a new script or description installs nothing again. */
function dependencyPart(path) {
  const manifest = JSON.parse(readFileSync(path, "utf8"));
  const { name, version, bin, workspaces, dependencies, devDependencies, optionalDependencies, overrides } =
    manifest;
  return JSON.stringify([
    name,
    version,
    bin,
    workspaces,
    dependencies,
    devDependencies,
    optionalDependencies,
    overrides,
  ]);
}

function workspaceManifests() {
  return readdirSync(join(root, "packages"))
    .sort()
    .map((name) => `packages/${name}/package.json`)
    .filter((path) => existsSync(join(root, path)));
}

/** True when npm's own record of node_modules holds everything that the lock file asks for, in the same versions. */
function matchesLock() {
  const lock = readJson(join(root, "package-lock.json"));
  const installed = readJson(join(modules, ".package-lock.json"));
  if (lock === undefined || installed === undefined || pinnedNodeVersion() === undefined) return false;
  return Object.entries(lock.packages).every(([path, entry]) => {
    if (!path.startsWith("node_modules/")) return true;
    const present = installed.packages[path];
    if (present === undefined) return entry.optional === true;
    return present.version === entry.version && existsSync(join(root, path));
  });
}

function readJson(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

function pinnedNodeVersion() {
  if (!existsSync(pinnedNode)) return undefined;
  const answer = spawnSync(pinnedNode, ["--version"], { encoding: "utf8" });
  return answer.status === 0 ? answer.stdout.trim().replace(/^v/, "") : undefined;
}

function runNpmInstall() {
  const command = existsSync(join(root, "package-lock.json")) ? "ci" : "install";
  console.error(`Installing what Chatty needs (npm ${command}); this happens once and after changes.`);
  // Development dependencies hold Node itself, so they are wanted even where NODE_ENV says production.
  const npmArguments = [command, "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  const npmScript = process.env.npm_execpath;
  const options = { cwd: root, stdio: ["ignore", 2, 2], env: process.env };
  // npm runs under the Node that started it, not under the one inside node_modules, which it is about to replace.
  const done =
    npmScript !== undefined && /\.[cm]?js$/.test(npmScript)
      ? spawnSync(process.env.npm_node_execpath ?? process.execPath, [npmScript, ...npmArguments], options)
      : spawnSync("npm", npmArguments, { ...options, shell: process.platform === "win32" });
  if (done.error !== undefined) throw new Error(`npm cannot be started: ${done.error.message}`);
  if (done.status !== 0) {
    throw new Error(`npm ${command} failed (its message is above). Nothing was started.`);
  }
}
