import { spawnSync } from "node:child_process";
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { buildWeb } from "./build-web.ts";

const root = dirname(import.meta.dirname);
/** Those that people install; each is built, staged and packed. */
const packages = ["model", "importers", "store", "runtimes", "server", "cli"];
/** Folder of the command line's package that holds the built page. */
const pageFolder = "page";

interface Manifest {
  name: string;
  version: string;
  description?: string;
  license: string;
  type: string;
  bin?: Record<string, string>;
  exports: Record<string, string>;
  dependencies?: Record<string, string>;
}

/**
 * Makes one tarball per package in `target` and prints their paths, one per line.
 * What ships is JavaScript: Node strips no types from files under node_modules.
 */
function main(target: string): void {
  build();
  buildWeb();
  mkdirSync(target, { recursive: true });
  for (const folder of packages) console.log(pack(stage(folder, target), target));
}

function build(): void {
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const projects = packages.map((folder) => join(root, "packages", folder));
  const done = spawnSync(process.execPath, [compiler, "-b", ...projects], { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`The packages do not compile:\n${done.stdout}${done.stderr}`);
}

/** Puts what ships into a folder of its own and returns that folder. */
function stage(folder: string, target: string): string {
  const source = join(root, "packages", folder);
  const staging = join(target, "staging", folder);
  rmSync(staging, { recursive: true, force: true });
  const manifest = JSON.parse(readFileSync(join(source, "package.json"), "utf8")) as Manifest;
  const bin = Object.entries(manifest.bin ?? {}).map(([name, path]) => [name, built(path)]);
  for (const path of globSync("**/*.{js,d.ts}", { cwd: join(source, "dist") })) {
    if (shipped(source, path)) copyWithoutMap(join(source, "dist", path), join(staging, "dist", path));
  }
  if (folder === "cli") {
    const page = join(root, "packages", "web", "dist");
    cpSync(page, join(staging, pageFolder), {
      recursive: true,
      filter: (path) => !path.endsWith(".built-from"),
    });
  }
  const shippedManifest = {
    name: manifest.name,
    version: manifest.version,
    description: manifest.description,
    license: manifest.license,
    type: manifest.type,
    engines: { node: ">=24" },
    ...(bin.length > 0 ? { bin: Object.fromEntries(bin) as Record<string, string> } : {}),
    exports: builtExports(manifest.exports),
    files: folder === "cli" ? ["dist", pageFolder] : ["dist"],
    dependencies: manifest.dependencies ?? {},
  };
  writeFileSync(join(staging, "package.json"), `${JSON.stringify(shippedManifest, null, 2)}\n`);
  for (const name of ["LICENSE", "README.md"]) {
    const own = join(source, name);
    cpSync(existsSync(own) ? own : join(root, name), join(staging, name));
  }
  return staging;
}

function builtExports(exported: Record<string, string>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(exported).map(([subpath, path]) => [
      subpath,
      { types: built(path).replace(/\.js$/, ".d.ts"), default: built(path) },
    ]),
  );
}

function built(path: string): string {
  return path.replace(/^\.\/src\//, "./dist/").replace(/\.tsx?$/, ".js");
}

/** Tests stay at home, and so does what an earlier build left behind of a source that is gone. */
function shipped(source: string, path: string): boolean {
  const stem = path.replace(/(?:\.d\.ts|\.js)$/, "");
  if (stem.endsWith(".test")) return false;
  return [".ts", ".tsx"].some((ending) => existsSync(join(source, "src", `${stem}${ending}`)));
}

/** The sources are not shipped, so a pointer to their map would lead nowhere. */
function copyWithoutMap(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, readFileSync(from, "utf8").replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n"));
}

function pack(staging: string, target: string): string {
  const words = ["pack", "--json", "--loglevel=error", "--pack-destination", target];
  const done = spawnSync("npm", words, {
    cwd: staging,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (done.status !== 0) throw new Error(`npm pack failed in ${staging}:\n${done.stdout}${done.stderr}`);
  const [made] = Object.values(JSON.parse(done.stdout) as Record<string, { filename: string }>);
  if (made === undefined) throw new Error(`npm pack named no tarball in ${staging}.`);
  return join(target, made.filename);
}

const [target = join(root, "node_modules", ".cache", "packed")] = process.argv.slice(2);
try {
  main(resolve(target));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
