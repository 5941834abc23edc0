import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const root = dirname(import.meta.dirname);
const web = join(root, "packages", "web");
const built = join(web, "dist", "index.html");
const stamp = join(web, "dist", ".built-from");

/** Everything that the page is built from; another version of a tool or a library changes the lock file. */
const sources = [
  "package-lock.json",
  "packages/web/{index.html,package.json,tsconfig.json,vite.config.ts}",
  "packages/web/{src,public}/**/*",
  "packages/model/src/**/*.ts",
  "packages/server/src/api/**/*.ts",
];

/**
 * Builds the page into packages/web/dist unless that was made from these very sources.
 * @returns true when it was built anew.
 * @throws {Error} with what the build printed
 */
export function buildWeb(): boolean {
  const wanted = fingerprint();
  if (existsSync(built) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return false;
  const vite = join(root, "node_modules", "vite", "bin", "vite.js");
  const done = spawnSync(process.execPath, [vite, "build", "--logLevel", "warn"], {
    cwd: web,
    encoding: "utf8",
    env: { ...process.env, NODE_ENV: "production" },
  });
  if (done.status !== 0) throw new Error(`The page could not be built:\n${done.stdout}${done.stderr}`);
  writeFileSync(stamp, wanted);
  return true;
}

function fingerprint(): string {
  const hash = createHash("sha256");
  for (const path of globSync(sources, { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()) {
    hash.update(`${path.slice(root.length)}\n`).update(readFileSync(path));
  }
  return hash.digest("hex");
}

if (import.meta.main) console.log(buildWeb() ? "The page was built." : "The page is up to date.");
