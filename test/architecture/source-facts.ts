import { parseSync } from "oxc-parser";

/** An import or re-export, or a dynamic import. `specifier` is undefined when it is not a plain string. */
export interface ImportFact {
  specifier: string | undefined;
  line: number;
  isTypeOnly: boolean;
  isDynamic: boolean;
}

export interface Mention {
  name: string;
  line: number;
}

/** What the rules need to know of one source file, read from its syntax and not from its text. */
export interface SourceFacts {
  path: string;
  lines: readonly string[];
  imports: readonly ImportFact[];
  /** Exported names; types are marked. */
  exported: readonly { name: string; isType: boolean; line: number }[];
  /** Lines with `export * from`. */
  exportsAll: readonly number[];
  /** Names used as values. Scopes are not resolved: a local called `console` counts, and should have another name. */
  globals: readonly Mention[];
  /** Members taken from `process`, by access or by destructuring. */
  processMembers: readonly Mention[];
  /** `enum`, `namespace` and `any`. */
  bannedSyntax: readonly Mention[];
  comments: readonly { text: string; line: number }[];
  /** First argument of `test(…)`, `it(…)`, `t.test(…)`; undefined when it is computed. */
  testNames: readonly { name: string | undefined; line: number }[];
  /** `test.only` and the like. */
  focusedTests: readonly number[];
  /** Set when the file cannot be parsed. */
  syntaxError: string | undefined;
}

interface Node {
  type: string;
  start: number;
  end: number;
  [key: string]: unknown;
}

/** Parses one file. Never throws for bad syntax: the compiler reports that better. */
export function readFacts(path: string, text: string): SourceFacts {
  const parsed = parseSync(path, text);
  const lineOf = lineFinder(text);
  const imports: ImportFact[] = [];
  const exported: { name: string; isType: boolean; line: number }[] = [];
  const exportsAll: number[] = [];

  for (const statement of parsed.module.staticImports) {
    imports.push({
      specifier: statement.moduleRequest.value,
      line: lineOf(statement.start),
      isTypeOnly: statement.entries.length > 0 && statement.entries.every((entry) => entry.isType),
      isDynamic: false,
    });
  }
  for (const statement of parsed.module.staticExports) {
    const from = statement.entries.find((entry) => entry.moduleRequest !== null)?.moduleRequest;
    if (from) {
      const isTypeOnly = statement.entries.every((entry) => entry.isType);
      imports.push({ specifier: from.value, line: lineOf(statement.start), isTypeOnly, isDynamic: false });
    }
    for (const entry of statement.entries) {
      const line = lineOf(entry.start);
      if (entry.exportName.kind === "Default") exported.push({ name: "default", isType: false, line });
      else if (entry.exportName.name !== null) {
        exported.push({ name: entry.exportName.name, isType: entry.isType, line });
      } else exportsAll.push(line);
    }
  }
  for (const statement of parsed.module.dynamicImports) {
    const written = text.slice(statement.moduleRequest.start, statement.moduleRequest.end);
    const specifier = /^(["'`])([^"'`$]*)\1$/.exec(written)?.[2];
    imports.push({ specifier, line: lineOf(statement.start), isTypeOnly: false, isDynamic: true });
  }

  const mentions = readMentions(parsed.program as unknown as Node, lineOf, imports);
  return {
    path,
    lines: text.replace(/\n$/, "").split("\n"),
    imports,
    exported,
    exportsAll,
    ...mentions,
    comments: parsed.comments.map((comment) => ({ text: comment.value, line: lineOf(comment.start) })),
    syntaxError: parsed.errors[0]?.message,
  };
}

type Mentions = Pick<
  SourceFacts,
  "globals" | "processMembers" | "bannedSyntax" | "testNames" | "focusedTests"
>;

function readMentions(
  program: Node,
  lineOf: (offset: number) => number,
  typeImports: ImportFact[],
): Mentions {
  const globals: Mention[] = [];
  const processMembers: Mention[] = [];
  const bannedSyntax: Mention[] = [];
  const testNames: { name: string | undefined; line: number }[] = [];
  const focusedTests: number[] = [];

  const visit = (node: Node, parent: Node | undefined, key: string): void => {
    const line = lineOf(node.start);
    switch (node.type) {
      case "Identifier":
        if (isReference(parent, key)) globals.push({ name: String(node["name"]), line });
        break;
      case "MemberExpression": {
        if (isProcess(node["object"])) {
          processMembers.push({ name: memberName(node) ?? "(computed)", line });
        } else if (isNamed(node["object"], "globalThis")) {
          globals.push({ name: memberName(node) ?? "(computed)", line });
        }
        break;
      }
      case "VariableDeclarator": {
        if (isProcess(node["init"])) {
          const names = patternNames(node["id"]);
          for (const name of names) processMembers.push({ name, line });
        }
        break;
      }
      case "TSImportType": {
        const source = node["source"];
        const specifier = isNode(source) && typeof source["value"] === "string" ? source["value"] : undefined;
        typeImports.push({ specifier, line, isTypeOnly: true, isDynamic: false });
        break;
      }
      case "TSAnyKeyword":
        bannedSyntax.push({ name: "any", line });
        break;
      case "TSEnumDeclaration":
        bannedSyntax.push({ name: "enum", line });
        break;
      case "TSModuleDeclaration":
        if (node["kind"] === "namespace") bannedSyntax.push({ name: "namespace", line });
        break;
      case "CallExpression":
        readTestCall(node, line, testNames, focusedTests);
        break;
      default:
        break;
    }
    for (const [childKey, child] of childrenOf(node)) visit(child, node, childKey);
  };
  visit(program, undefined, "");
  return { globals, processMembers, bannedSyntax, testNames, focusedTests };
}

function readTestCall(
  node: Node,
  line: number,
  testNames: { name: string | undefined; line: number }[],
  focusedTests: number[],
): void {
  const callee = node["callee"];
  if (!isNode(callee)) return;
  const isMember = callee.type === "MemberExpression";
  const name = isMember ? memberName(callee) : callee["name"];
  const owner = isMember && isNode(callee["object"]) ? callee["object"]["name"] : undefined;
  if (name === "only" && ["test", "it", "describe", "suite"].includes(String(owner))) focusedTests.push(line);
  const isTest = isMember ? name === "test" && owner === "t" : name === "test" || name === "it";
  const first = (node["arguments"] as unknown[])[0];
  if (!isTest || !isNode(first)) return;
  const text = first.type === "Literal" ? first["value"] : wholeTemplate(first);
  testNames.push({ name: typeof text === "string" ? text : undefined, line });
}

/** The text of a template without expressions; a computed name is not judged. */
function wholeTemplate(node: Node): string | undefined {
  if (node.type !== "TemplateLiteral") return undefined;
  const quasis = node["quasis"] as { value: { cooked: string } }[];
  return quasis.length === 1 ? quasis[0]?.value.cooked : undefined;
}

/** True where an identifier stands for a value: not a property's name, not a label, not a declared name. */
function isReference(parent: Node | undefined, key: string): boolean {
  if (parent === undefined) return false;
  if (parent.type === "MemberExpression") return key === "object" || parent["computed"] === true;
  if (parent.type === "Property") return key === "value" || parent["computed"] === true;
  if (
    parent.type.startsWith("TS") &&
    parent.type !== "TSAsExpression" &&
    parent.type !== "TSNonNullExpression"
  ) {
    return parent.type === "TSSatisfiesExpression" || parent.type === "TSTypeAssertion";
  }
  if (/^(?:Import|Export).*Specifier$/.test(parent.type)) return false;
  if (
    /^(?:MethodDefinition|PropertyDefinition|LabeledStatement|BreakStatement|ContinueStatement)$/.test(
      parent.type,
    )
  ) {
    return key === "value";
  }
  if (parent.type === "VariableDeclarator") return key === "init";
  if (/Function|Class/.test(parent.type)) return key === "superClass" || key === "body";
  return true;
}

function isProcess(value: unknown): boolean {
  if (!isNode(value)) return false;
  if (isNamed(value, "process")) return true;
  return (
    value.type === "MemberExpression" &&
    (isNamed(value["object"], "globalThis") || isNamed(value["object"], "global")) &&
    memberName(value) === "process"
  );
}

function memberName(node: Node): string | undefined {
  const property = node["property"];
  if (!isNode(property)) return undefined;
  if (node["computed"] !== true) return String(property["name"]);
  return property.type === "Literal" ? String(property["value"]) : undefined;
}

function patternNames(pattern: unknown): string[] {
  if (!isNode(pattern) || pattern.type !== "ObjectPattern") return [];
  return (pattern["properties"] as unknown[]).flatMap((property) => {
    if (!isNode(property) || !isNode(property["key"])) return [];
    return [String(property["key"]["name"] ?? property["key"]["value"])];
  });
}

function isNamed(value: unknown, name: string): boolean {
  return isNode(value) && value.type === "Identifier" && value["name"] === name;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

function childrenOf(node: Node): [string, Node][] {
  return Object.entries(node).flatMap(([key, value]): [string, Node][] => {
    if (Array.isArray(value)) return value.filter(isNode).map((child) => [key, child]);
    return isNode(value) ? [[key, value]] : [];
  });
}

function lineFinder(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}
