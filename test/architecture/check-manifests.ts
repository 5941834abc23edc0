import { builtinModules } from "node:module";
import { workspacePackageOf } from "./check-imports.ts";
import { toolDependencies } from "./rules.ts";
import { isTest, packageOf } from "./tree.ts";
import type { Manifest, Tree, Violation } from "./tree.ts";

/** What a package declares is what it uses, in both directions, and everything it offers exists. */
export function checkManifests(tree: Tree): Violation[] {
  const violations: Violation[] = [];
  for (const [folder, manifest] of tree.packages) {
    const path = `packages/${folder}/package.json`;
    violations.push(...checkExports(tree, folder, manifest, path));
    violations.push(...checkDependencies(tree, folder, manifest, path));
  }
  violations.push(...checkRootDependencies(tree));
  return violations;
}

function checkExports(tree: Tree, folder: string, manifest: Manifest, path: string): Violation[] {
  if (manifest.exports === undefined || manifest.exports.size === 0) {
    return [
      {
        rule: "exports",
        path,
        line: 0,
        text: "no exports",
        remedy: 'Add "exports", so that only what is meant can be imported.',
      },
    ];
  }
  return [...manifest.exports].flatMap(([subpath, targets]) =>
    targets
      .filter((target) => !tree.sources.has(`packages/${folder}/${target.replace(/^\.\//, "")}`))
      .map((target) => ({
        rule: "exports",
        path,
        line: 0,
        text: `"${subpath}": "${target}"`,
        remedy: "Point it at a file that exists, or take the entry away.",
      })),
  );
}

function checkDependencies(tree: Tree, folder: string, manifest: Manifest, path: string): Violation[] {
  const violations: Violation[] = [];
  const shipped = usedPackages(tree, (file) => packageOf(file) === folder && !isTest(file));
  const tested = usedPackages(tree, (file) => packageOf(file) === folder);
  for (const [name, place] of shipped) {
    if (name in manifest.dependencies) continue;
    const remedy = `Declare "${name}" in the dependencies of ${path}.`;
    violations.push({ rule: "undeclared-dependency", path: place, line: 0, text: name, remedy });
  }
  for (const [name, place] of tested) {
    const declared = [manifest.dependencies, manifest.devDependencies, tree.root.devDependencies];
    if (shipped.has(name) || declared.some((list) => name in list)) continue;
    const remedy = `Declare "${name}" in the devDependencies of ${path} or of the root.`;
    violations.push({ rule: "undeclared-dependency", path: place, line: 0, text: name, remedy });
  }
  for (const [name, range] of Object.entries(manifest.dependencies)) {
    if (!shipped.has(name)) {
      const remedy = "Nothing that ships imports it. Take it out.";
      violations.push({ rule: "unused-dependency", path, line: 0, text: `"${name}"`, remedy });
    }
    const workspace = workspacePackageOf(name);
    const expected = workspace === undefined ? undefined : tree.packages.get(workspace.folder)?.version;
    if (workspace !== undefined && range !== expected) {
      const remedy = `All packages move together: write "${expected ?? "the version of that package"}".`;
      violations.push({ rule: "lockstep", path, line: 0, text: `"${name}": "${range}"`, remedy });
    } else if (workspace === undefined && !/^\d+\.\d+\.\d+/.test(range)) {
      const remedy = "Pin the exact version.";
      violations.push({ rule: "pinned-dependency", path, line: 0, text: `"${name}": "${range}"`, remedy });
    }
  }
  for (const name of Object.keys(manifest.devDependencies)) {
    const typed = /^@types\/(.+)$/.exec(name)?.[1];
    if (tested.has(typed ?? name) || toolDependencies.includes(name)) continue;
    const remedy = "No test of this package imports it. Take it out.";
    violations.push({ rule: "unused-dependency", path, line: 0, text: `"${name}"`, remedy });
  }
  return violations;
}

function checkRootDependencies(tree: Tree): Violation[] {
  const used = usedPackages(tree, () => true);
  const outside = usedPackages(tree, (file) => packageOf(file) === undefined);
  const path = "package.json";
  const violations: Violation[] = [];
  for (const [name, range] of Object.entries(tree.root.devDependencies)) {
    const typed = /^@types\/(.+)$/.exec(name)?.[1];
    if (!toolDependencies.includes(name) && !used.has(typed ?? name)) {
      const remedy = "Nothing imports it. Take it out, or name it in toolDependencies if a tool runs it.";
      violations.push({ rule: "unused-dependency", path, line: 0, text: `"${name}"`, remedy });
    }
    if (!/^\d+\.\d+\.\d+/.test(range)) {
      const remedy = "Pin the exact version.";
      violations.push({ rule: "pinned-dependency", path, line: 0, text: `"${name}": "${range}"`, remedy });
    }
  }
  for (const [name, place] of outside) {
    if (workspacePackageOf(name) !== undefined || name in tree.root.devDependencies) continue;
    const remedy = `Declare "${name}" in the devDependencies of the root.`;
    violations.push({ rule: "undeclared-dependency", path: place, line: 0, text: name, remedy });
  }
  return violations;
}

/** Package names imported by the files that `wanted` picks, each with one file that does. */
function usedPackages(tree: Tree, wanted: (path: string) => boolean): Map<string, string> {
  const used = new Map<string, string>();
  for (const source of tree.sources.values()) {
    if (!wanted(source.path)) continue;
    for (const { specifier } of source.imports) {
      if (specifier === undefined || /^(?:\.|node:)/.test(specifier)) continue;
      if (builtinModules.includes(specifier)) continue;
      const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
      const own = packageOf(source.path);
      if (name !== `@chatty/${own ?? ""}`) used.set(name, used.get(name) ?? source.path);
    }
  }
  for (const [path, names] of tree.styleImports) {
    if (!wanted(path)) continue;
    for (const name of names) used.set(/^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name, path);
  }
  return used;
}
