import { packageOf } from "./tree.ts";
import type { Tree } from "./tree.ts";

/**
 * What each package offers to others, as text by package folder: one block per entry point, one name per line, sorted.
 * Types are marked, because taking one away breaks other things than taking a value away.
 */
export function apiSurfaces(tree: Tree): Map<string, string> {
  const surfaces = new Map<string, string>();
  for (const [folder, manifest] of tree.packages) {
    const blocks = [...(manifest.exports ?? [])].flatMap(([subpath, targets]) =>
      targets.map((target) => {
        const path = `packages/${folder}/${target.replace(/^\.\//, "")}`;
        const source = tree.sources.get(path);
        if (source === undefined || packageOf(path) !== folder) return `${subpath}\n  (no such file)\n`;
        const names = source.exported.map(({ name, isType }) => `  ${isType ? "type " : ""}${name}\n`);
        return `${manifest.name}${subpath.slice(1)}\n${names.sort(byName).join("")}`;
      }),
    );
    surfaces.set(folder, blocks.join("\n"));
  }
  return surfaces;
}

function byName(one: string, other: string): number {
  const bare = (line: string): string => line.replace("type ", "");
  return bare(one) < bare(other) ? -1 : 1;
}
