import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readFacts } from "./source-facts.ts";
import type { SourceFacts } from "./source-facts.ts";

/** The part of a package.json that the rules look at. */
export interface Manifest {
  name: string;
  version: string;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  /** Subpath (`.`, `./testing`) to the path it points at; every condition of a conditional export is one more target. */
  exports: Map<string, string[]> | undefined;
}

/** A checkout, or a made-up one: paths with forward slashes from the root. The checkers never touch the disk. */
export interface Tree {
  /** Facts of every source file under packages/, scripts/ and test/. */
  sources: ReadonlyMap<string, SourceFacts>;
  /** Folder name under packages/ to its manifest. */
  packages: ReadonlyMap<string, Manifest>;
  root: Manifest;
  /** Path of a style sheet to the packages that it imports. */
  styleImports: ReadonlyMap<string, readonly string[]>;
}

/** What a checker found. `line` is 1-based; 0 when the whole file is meant. */
export interface Violation {
  rule: string;
  path: string;
  line: number;
  /** The offending line or thing, as it stands. */
  text: string;
  /** What to change. */
  remedy: string;
}

export const checkoutRoot = dirname(dirname(import.meta.dirname));

/** Reads the checkout this file lies in. */
export function readCheckout(): Tree {
  const patterns = [
    "packages/*/{src/**/*.{ts,tsx,css},vite.config.ts}",
    "packages/*/package.json",
    "package.json",
  ];
  const more = ["scripts/**/*.{ts,mjs}", "test/**/*.{ts,tsx,mjs}"];
  const files: Record<string, string> = {};
  for (const found of globSync([...patterns, ...more], { cwd: checkoutRoot }).sort()) {
    files[found.replaceAll("\\", "/")] = readFileSync(join(checkoutRoot, found), "utf8");
  }
  return treeFrom(files);
}

/** Makes a tree of texts by path; a manifest that is missing is an empty one. */
export function treeFrom(files: Readonly<Record<string, string>>): Tree {
  const sources = new Map<string, SourceFacts>();
  const packages = new Map<string, Manifest>();
  const styleImports = new Map<string, string[]>();
  for (const [path, text] of Object.entries(files)) {
    const folder = /^packages\/([^/]+)\//.exec(path)?.[1];
    if (folder !== undefined && !packages.has(folder)) {
      packages.set(folder, manifestFrom(files[`packages/${folder}/package.json`] ?? "{}"));
    }
    if (/\.(?:ts|tsx|mjs)$/.test(path)) sources.set(path, readFacts(path, text));
    if (path.endsWith(".css")) {
      const named = [...text.matchAll(/@import\s+(?:url\()?["']([^."'][^"']*)["']/g)];
      styleImports.set(
        path,
        named.map(([, name = ""]) => name),
      );
    }
  }
  return { sources, packages, styleImports, root: manifestFrom(files["package.json"] ?? "{}") };
}

export function formatViolations(violations: readonly Violation[]): string {
  return violations
    .map(({ rule, path, line, text, remedy }) => {
      const place = line === 0 ? path : `${path}:${line}`;
      return `${place}  [${rule}]\n    ${text.trim()}\n    ${remedy}`;
    })
    .join("\n");
}

/** True when the path fits one of the patterns: `**` any depth, `*` any text without a slash. */
export function fitsAny(path: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
    const expression = escaped.replace(/\*\*|\*/g, (stars) => (stars === "**" ? ".*" : "[^/]*"));
    return new RegExp(`^${expression}$`).test(path);
  });
}

export function isTest(path: string): boolean {
  return path.startsWith("test/") || /\.test\.tsx?$/.test(path) || path.endsWith("/vite.config.ts");
}

/** Folder name under packages/, or undefined for scripts and tests across packages. */
export function packageOf(path: string): string | undefined {
  return /^packages\/([^/]+)\//.exec(path)?.[1];
}

function manifestFrom(text: string): Manifest {
  const parsed = JSON.parse(text) as Partial<Record<keyof Manifest, unknown>>;
  return {
    name: typeof parsed.name === "string" ? parsed.name : "",
    version: typeof parsed.version === "string" ? parsed.version : "",
    dependencies: (parsed.dependencies ?? {}) as Record<string, string>,
    devDependencies: (parsed.devDependencies ?? {}) as Record<string, string>,
    exports: parsed.exports === undefined ? undefined : exportsFrom(parsed.exports),
  };
}

function exportsFrom(value: unknown): Map<string, string[]> {
  const entries: [string, unknown][] =
    typeof value === "object" && value !== null ? Object.entries(value) : [[".", value]];
  return new Map(entries.map(([subpath, target]) => [subpath, targetsOf(target)]));
}

function targetsOf(target: unknown): string[] {
  if (typeof target === "string") return [target];
  if (typeof target === "object" && target !== null) return Object.values(target).flatMap(targetsOf);
  return [];
}
