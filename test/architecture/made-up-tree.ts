import { treeFrom } from "./tree.ts";
import type { Tree, Violation } from "./tree.ts";

export type Files = Record<string, string>;

/** A small tree without a fault: five packages, each with an entry point. */
function soundTree(): Files {
  const files: Files = { "package.json": manifest("chatty-workspace", {}) };
  const uses: Record<string, string[]> = {
    model: [],
    importers: ["model"],
    store: ["model"],
    server: ["model", "store"],
    cli: ["model", "store", "importers"],
    web: [],
  };
  for (const [folder, used] of Object.entries(uses)) {
    const dependencies = Object.fromEntries(used.map((name) => [`@chatty/${name}`, "0.1.0"]));
    files[`packages/${folder}/package.json`] = manifest(`@chatty/${folder}`, dependencies);
    const imports = used.map((name) => `import { ${name}Thing } from "@chatty/${name}";\n`).join("");
    const list = used.map((name) => `${name}Thing`).join(", ");
    files[`packages/${folder}/src/index.ts`] = `${imports}export const ${folder}Thing = [${list}];\n`;
  }
  return files;
}

export function manifest(
  name: string,
  dependencies: Record<string, string>,
  exported = "./src/index.ts",
): string {
  return JSON.stringify({ name, version: "0.1.0", exports: { ".": exported }, dependencies });
}

export function withFiles(more: Files): Tree {
  return treeFrom({ ...soundTree(), ...more });
}

/** A rule broken on purpose, and what its checker has to say about it. */
export interface Planted {
  name: string;
  check: (tree: Tree) => Violation[];
  files: Files;
  rule: string;
  /** Path and line that must be named. */
  at: string;
}

export function linesOf(count: number): string {
  return "export {};\n".repeat(count);
}
