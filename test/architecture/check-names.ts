import { bannedWords, namesFixedBySpecification } from "./rules.ts";
import type { Tree, Violation } from "./tree.ts";

/** Every file and folder is named after the one thing inside. */
export function checkNames(tree: Tree): Violation[] {
  return [...tree.sources.keys()].flatMap((path) => {
    const segments = path.split("/");
    const file = segments.at(-1) ?? "";
    const stem = file.replace(/(?:\.test|\.d)?\.[a-z]+$/, "");
    const violations: Violation[] = [];
    const add = (rule: string, remedy: string): void => {
      violations.push({ rule, path, line: 0, text: path, remedy });
    };
    const isFixed = namesFixedBySpecification.includes(stem) || file === "vite.config.ts";
    for (const segment of [...segments.slice(0, -1), stem]) {
      const word = segment.split(/[-._]/).find((part) => bannedWords.includes(part.toLowerCase()));
      if (word !== undefined && !isFixed) {
        add(
          "empty-name",
          `"${word}" says nothing. Name it after the thing inside; if it has no noun, it has no home yet.`,
        );
      }
    }
    if (stem === "index" && !/^packages\/[^/]+\/src\/index\.ts$/.test(path)) {
      add("inner-index", "Only packages/*/src/index.ts may exist. Import the files themselves.");
    }
    const isKebab = /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(stem);
    const isReact =
      path.startsWith("packages/web/") && /^(?:[A-Z][A-Za-z0-9]*|use[A-Z][A-Za-z0-9]*)$/.test(stem);
    if (!isKebab && !isReact && !isFixed)
      add("file-name", "File names are kebab-case (in packages/web, components are PascalCase).");
    for (const segment of segments.slice(0, -1)) {
      if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(segment)) add("file-name", "Folder names are kebab-case.");
    }
    return violations;
  });
}
