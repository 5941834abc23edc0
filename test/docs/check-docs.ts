import { dirname, join, normalize } from "node:path/posix";

/** Text files of a checkout by path with forward slashes, and its npm scripts. */
export interface DocumentTree {
  texts: ReadonlyMap<string, string>;
  /** Names of scripts by the package that has them; the root's under the empty name. */
  npmScripts: ReadonlyMap<string, readonly string[]>;
  /** True for a file or folder of the checkout. */
  exists(path: string): boolean;
}

export interface DocumentFault {
  path: string;
  line: number;
  text: string;
  remedy: string;
}

interface Forbidden {
  pattern: RegExp;
  remedy: string;
}

// Written with character classes, so that this file does not hold what it looks for.
const forbiddenEverywhere: readonly Forbidden[] = [
  {
    pattern: /(?<![\w.~-])\/(?:wor[k]|roo[t])\/[\w.]/,
    remedy: "No absolute path of one machine: write it relative to the checkout or the data home.",
  },
  { pattern: /far[m]-[a-z]/i, remedy: "The project speaks of itself alone." },
  { pattern: /\.librar[y]\b/, remedy: "The project speaks of itself alone." },
  { pattern: /shared\/hook[s]/, remedy: "The project speaks of itself alone." },
  { pattern: /registr[y]\.[a-z0-9-]+\.[a-z]/i, remedy: "Name no package host; npm knows its own." },
];

const forbiddenInDocuments: readonly Forbidden[] = [
  { pattern: /\/(?:home|Users)\/[a-z]/, remedy: "Write ~ for a person's home folder." },
  { pattern: /[A-Z]:\\Users\\[a-z]/i, remedy: "Write %LOCALAPPDATA% or the like." },
  { pattern: /\b(?:TODO|FIXME|TBD)\b/, remedy: "State what is missing as a fact." },
  { pattern: /\bissue #?\d+/i, remedy: "Documents tell what is, not where it was discussed." },
];

/** Everything a reader can be led astray by: dead links, paths that are gone, commands that do not exist. */
export function checkDocuments(tree: DocumentTree): DocumentFault[] {
  const faults: DocumentFault[] = [];
  for (const [path, text] of tree.texts) {
    const isDocument = path.endsWith(".md");
    for (const [index, line] of text.split("\n").entries()) {
      const add = (remedy: string): void => {
        faults.push({ path, line: index + 1, text: line, remedy });
      };
      const rules = isDocument ? [...forbiddenEverywhere, ...forbiddenInDocuments] : forbiddenEverywhere;
      for (const { pattern, remedy } of rules) if (pattern.test(line)) add(remedy);
      if (!isDocument) continue;
      for (const remedy of [
        ...linkFaults(tree, path, line),
        ...pathFaults(tree, line),
        ...commandFaults(tree, line),
      ]) {
        add(remedy);
      }
    }
  }
  return faults;
}

export function formatFaults(faults: readonly DocumentFault[]): string {
  return faults
    .map(({ path, line, text, remedy }) => `${path}:${line}\n    ${text.trim()}\n    ${remedy}`)
    .join("\n");
}

/** Code blocks fenced as `ts` that stand right after `<!-- check -->`. */
export function checkedExamples(text: string): string[] {
  return [...text.matchAll(/<!-- check -->\s*\n```ts\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");
}

function linkFaults(tree: DocumentTree, path: string, line: string): string[] {
  return [...line.matchAll(/\]\(([^)\s]+)\)/g)].flatMap((match) => {
    const target = match[1] ?? "";
    if (/^[a-z]+:/i.test(target)) return [];
    const [file = "", anchor] = target.split("#");
    const resolved = file === "" ? path : normalize(join(dirname(path), file));
    if (resolved.startsWith("..") || !tree.exists(resolved.replace(/\/$/, ""))) {
      return [`The link leads to ${resolved}, which does not exist.`];
    }
    const text = tree.texts.get(resolved);
    if (anchor === undefined || text === undefined || !resolved.endsWith(".md")) return [];
    return headingAnchors(text).includes(anchor) ? [] : [`${resolved} has no heading #${anchor}.`];
  });
}

function headingAnchors(text: string): string[] {
  return [...text.matchAll(/^#{1,6} +(.*)$/gm)].map((match) =>
    (match[1] ?? "")
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .trim()
      .replace(/ /g, "-"),
  );
}

function pathFaults(tree: DocumentTree, line: string): string[] {
  return [...line.matchAll(/`((?:packages|docs|test|scripts)\/[^`\s]*)`/g)].flatMap((match) => {
    const named = match[1] ?? "";
    // A pattern or a placeholder names no single file; what stands before it must exist.
    const fixed = named.split(/[*{<]/)[0] ?? "";
    const path = fixed === named ? named.replace(/\/$/, "") : fixed.slice(0, fixed.lastIndexOf("/"));
    return tree.exists(path) ? [] : [`There is no ${path}.`];
  });
}

function commandFaults(tree: DocumentTree, line: string): string[] {
  const pattern =
    /\bnpm (?:run (?:--silent |-s )?([a-z][\w:-]*)|(start|test)\b)(?: (?:-w|--workspace)[ =]([@\w/-]+))?/g;
  return [...line.matchAll(pattern)].flatMap(([, named, short, workspace = ""]) => {
    const script = named ?? short ?? "";
    if (tree.npmScripts.get(workspace)?.includes(script) === true) return [];
    return [`${workspace === "" ? "package.json" : workspace} has no script "${script}".`];
  });
}
