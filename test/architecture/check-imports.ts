import { builtinModules } from "node:module";
import { dirname, join } from "node:path/posix";
import { computedImportsAllowedIn, packageRules, restrictedModules } from "./rules.ts";
import type { ImportFact, SourceFacts } from "./source-facts.ts";
import { fitsAny, isTest, packageOf } from "./tree.ts";
import type { Tree, Violation } from "./tree.ts";

/** Direction between packages, no way around an entry point, and Node modules only where they belong. */
export function checkImports(tree: Tree): Violation[] {
  const violations: Violation[] = [];
  for (const source of tree.sources.values()) {
    const folder = packageOf(source.path);
    for (const fact of source.imports) {
      if (folder === undefined) violations.push(...checkImportOutsidePackages(tree, source, fact));
      else violations.push(...checkImportInPackage(tree, source, fact, folder));
    }
  }
  return violations;
}

/** The package's folder name when the specifier names a package of this workspace. */
export function workspacePackageOf(specifier: string): { folder: string; subpath: string } | undefined {
  const match = /^@chatty\/([^/]+)(\/.*)?$/.exec(specifier);
  return match?.[1] === undefined ? undefined : { folder: match[1], subpath: `.${match[2] ?? ""}` };
}

function checkImportInPackage(
  tree: Tree,
  source: SourceFacts,
  fact: ImportFact,
  folder: string,
): Violation[] {
  const { specifier } = fact;
  const at = placed(source, fact);
  const rule = packageRules[folder];
  if (rule === undefined) {
    return [at("package-table", `Add packages/${folder} to packageRules in test/architecture/rules.ts.`)];
  }
  if (specifier === undefined) {
    return isTest(source.path) || fitsAny(source.path, computedImportsAllowedIn)
      ? []
      : [at("computed-import", "Import a fixed name, so that it can be seen what is imported.")];
  }
  if (specifier.startsWith(".")) return checkRelativeImport(tree, source, fact, folder);
  const workspace = workspacePackageOf(specifier);
  if (workspace !== undefined) {
    const violations = checkEntryPoint(tree, source, fact, workspace);
    if (workspace.folder === folder) {
      violations.push(
        at("own-package", "Import the file itself by a relative path, not through the own package."),
      );
    } else if (!rule.mayImport.includes(workspace.folder)) {
      const typesAllowed = rule.typesOnlyFrom?.includes(workspace.folder) === true;
      if (!typesAllowed || !fact.isTypeOnly) {
        const may = rule.mayImport.length === 0 ? "no other package" : rule.mayImport.join(", ");
        const types = typesAllowed ? ` (and types from ${workspace.folder})` : "";
        violations.push(
          at(
            "direction",
            `packages/${folder} may import ${may}${types}. Move what both need into model, or let cli or server compose them.`,
          ),
        );
      }
    }
    return violations;
  }
  return checkModule(source, fact, specifier, rule.isPure === true && !isTest(source.path));
}

function checkModule(source: SourceFacts, fact: ImportFact, specifier: string, isPure: boolean): Violation[] {
  const at = placed(source, fact);
  if (isPure) return [at("pure-package", "This package imports nothing at all; it must run in a browser.")];
  if (lacksNodePrefix(specifier)) return [at("node-prefix", `Write "node:${specifier}".`)];
  if (isTest(source.path)) return [];
  return restrictedModules
    .filter((rule) => rule.names.includes(specifier) && !fitsAny(source.path, rule.allowedIn))
    .map((rule) => at(rule.rule, rule.remedy));
}

function checkRelativeImport(tree: Tree, source: SourceFacts, fact: ImportFact, folder: string): Violation[] {
  const at = placed(source, fact);
  const target = join(dirname(source.path), fact.specifier ?? "");
  // The manifest lies beside src and dist alike, so this import holds in the checkout and in what ships.
  if (target === `packages/${folder}/package.json`) return [];
  if (!target.startsWith(`packages/${folder}/src/`)) {
    return [
      at("inner-file", "Never reach into another folder of the repository: import the package by its name."),
    ];
  }
  if (target === `packages/${folder}/src/index.ts`) {
    return [at("own-index", "Import the file that declares it. index.ts is for those outside.")];
  }
  if (/\.(?:ts|tsx)$/.test(target) && !tree.sources.has(target)) {
    return [at("missing-file", `There is no ${target}.`)];
  }
  if (/\.test\.tsx?$/.test(target)) {
    return [at("test-imported", "Move what is shared out of the test file into one named after it.")];
  }
  return [];
}

function checkImportOutsidePackages(tree: Tree, source: SourceFacts, fact: ImportFact): Violation[] {
  const { specifier } = fact;
  if (specifier === undefined) return [];
  const at = placed(source, fact);
  const workspace = workspacePackageOf(specifier);
  if (workspace !== undefined) return checkEntryPoint(tree, source, fact, workspace);
  if (specifier.startsWith(".") && join(dirname(source.path), specifier).startsWith("packages/")) {
    return [
      at("inner-file", "Tests and scripts use a package through its entry points, as everybody else does."),
    ];
  }
  if (lacksNodePrefix(specifier)) return [at("node-prefix", `Write "node:${specifier}".`)];
  return [];
}

function checkEntryPoint(
  tree: Tree,
  source: SourceFacts,
  fact: ImportFact,
  workspace: { folder: string; subpath: string },
): Violation[] {
  const manifest = tree.packages.get(workspace.folder);
  const at = placed(source, fact);
  if (manifest === undefined) return [at("missing-package", `There is no packages/${workspace.folder}.`)];
  if (manifest.exports?.has(workspace.subpath) === true) return [];
  const offered = [...(manifest.exports?.keys() ?? [])].join(", ");
  return [
    at(
      "inner-file",
      `packages/${workspace.folder} offers ${offered || "nothing"}. Export it there, or do without.`,
    ),
  ];
}

/** Files that import each other in a circle at run time. Types do not count: they are gone before anything runs. */
export function checkFileCycles(tree: Tree): Violation[] {
  const edges = new Map<string, string[]>();
  for (const source of tree.sources.values()) {
    const targets = source.imports
      .filter((fact) => fact.specifier?.startsWith(".") === true && !fact.isTypeOnly)
      .map((fact) => join(dirname(source.path), fact.specifier ?? ""));
    edges.set(source.path, targets);
  }
  return findCycles(edges).map((cycle) => ({
    rule: "file-cycle",
    path: cycle[0] ?? "",
    line: 0,
    text: cycle.join(" → "),
    remedy: "Move what both files need into a third one.",
  }));
}

/**
 * Sibling folders inside one package that depend on each other, types included. Worth knowing, not forbidden. A folder and
 * the one around it do not count: the outer one holds both what the inner ones share and what puts them together.
 */
export function folderCycles(tree: Tree): string[] {
  const edges = new Map<string, string[]>();
  for (const source of tree.sources.values()) {
    const from = dirname(source.path);
    if (packageOf(from) === undefined || isTest(source.path)) continue;
    for (const fact of source.imports) {
      if (fact.specifier?.startsWith(".") !== true) continue;
      const to = dirname(join(from, fact.specifier));
      if (!`${to}/`.startsWith(`${from}/`) && !`${from}/`.startsWith(`${to}/`))
        edges.set(from, [...(edges.get(from) ?? []), to]);
    }
  }
  return findCycles(edges).map((cycle) => cycle.join(" → "));
}

/** One shortest cycle per node that is the smallest of its cycle; every circle is shown at least once. */
function findCycles(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles = new Map<string, string[]>();
  for (const start of edges.keys()) {
    const path = shortestWayBack(edges, start);
    if (path === undefined) continue;
    const key = [...new Set(path)].sort().join("\n");
    if (!cycles.has(key)) cycles.set(key, path);
  }
  return [...cycles.values()];
}

function shortestWayBack(edges: ReadonlyMap<string, readonly string[]>, start: string): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const waiting = [start];
  for (let node = waiting.shift(); node !== undefined; node = waiting.shift()) {
    for (const next of edges.get(node) ?? []) {
      if (next === start) {
        const way = [start];
        for (let at = node; at !== start; at = cameFrom.get(at) ?? start) way.unshift(at);
        return [start, ...way];
      }
      if (!cameFrom.has(next)) {
        cameFrom.set(next, node);
        waiting.push(next);
      }
    }
  }
  return undefined;
}

function lacksNodePrefix(specifier: string): boolean {
  return !specifier.startsWith("node:") && builtinModules.includes(specifier);
}

function placed(source: SourceFacts, fact: ImportFact): (rule: string, remedy: string) => Violation {
  return (rule, remedy) => ({
    rule,
    path: source.path,
    line: fact.line,
    text: source.lines[fact.line - 1] ?? "",
    remedy,
  });
}
