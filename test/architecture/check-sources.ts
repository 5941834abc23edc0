import {
  defaultExportsAllowedIn,
  lineLimits,
  nodeGlobals,
  packageRules,
  restrictedGlobals,
  restrictedProcessMembers,
} from "./rules.ts";
import type { PlaceRule } from "./rules.ts";
import type { SourceFacts } from "./source-facts.ts";
import { fitsAny, isTest, packageOf } from "./tree.ts";
import type { Tree, Violation } from "./tree.ts";

/** What may be written in a file: globals, exports, syntax, comments, length and the names of tests. */
export function checkSources(tree: Tree): Violation[] {
  return [...tree.sources.values()].flatMap((source) => [
    ...checkSyntax(source),
    ...checkPlaces(source),
    ...checkExportForms(source),
    ...checkComments(source),
    ...checkLength(source),
    ...checkTests(source),
  ]);
}

/** Files over the length that should make one think of splitting, longest first. */
export function longFiles(tree: Tree): string[] {
  return [...tree.sources.values()]
    .filter((source) => source.lines.length > lineLimits.report)
    .sort((one, other) => other.lines.length - one.lines.length)
    .map((source) => `${source.path}: ${source.lines.length} lines`);
}

function checkSyntax(source: SourceFacts): Violation[] {
  const violations = source.bannedSyntax.map(({ name, line }) => {
    const remedies: Record<string, string> = {
      enum: "Write a union of string literals.",
      namespace: "Write a file.",
      any: "Write the type, or `unknown` and look before use.",
    };
    return violation(source, line, name, remedies[name] ?? "");
  });
  if (source.syntaxError !== undefined) violations.push(violation(source, 0, "syntax", source.syntaxError));
  return violations;
}

function checkPlaces(source: SourceFacts): Violation[] {
  const folder = packageOf(source.path);
  if (folder === undefined || isTest(source.path)) return [];
  const isPure = packageRules[folder]?.isPure === true;
  const violations = [
    ...misplaced(source, restrictedProcessMembers, source.processMembers),
    ...misplaced(source, restrictedGlobals, source.globals),
  ];
  for (const { name, line } of source.globals) {
    if (isPure && nodeGlobals.includes(name)) {
      violations.push(violation(source, line, "pure-package", `A browser has no ${name}. Do without it.`));
    }
  }
  for (const { name, line } of source.processMembers) {
    if (name === "(computed)") {
      violations.push(
        violation(source, line, "computed-member", "Name the member of process that you need."),
      );
    }
  }
  return violations;
}

function misplaced(
  source: SourceFacts,
  rules: readonly PlaceRule[],
  mentions: readonly { name: string; line: number }[],
): Violation[] {
  return rules.flatMap((rule) =>
    fitsAny(source.path, rule.allowedIn)
      ? []
      : mentions
          .filter(({ name }) => rule.names.includes(name))
          .map(({ line }) => violation(source, line, rule.rule, rule.remedy)),
  );
}

function checkExportForms(source: SourceFacts): Violation[] {
  const violations: Violation[] = [];
  for (const { name, line } of source.exported) {
    if (name === "default" && !defaultExportsAllowedIn.includes(source.path)) {
      violations.push(violation(source, line, "default-export", "Export it by its name."));
    }
  }
  for (const line of source.exportsAll) {
    violations.push(
      violation(source, line, "export-all", "List the names: what is public is decided by hand."),
    );
  }
  return violations;
}

function checkComments(source: SourceFacts): Violation[] {
  return source.comments.flatMap(({ text, line }) => {
    if (/\b(?:TODO|FIXME|XXX)\b/.test(text)) {
      const remedy = "Do it, or state the limitation as a fact in the comment of what has it.";
      return [violation(source, line, "unfinished", remedy)];
    }
    const suppression =
      /\b(?:oxlint-disable|eslint-disable|@ts-ignore|@ts-nocheck|oxfmt-ignore|prettier-ignore)/;
    if (suppression.test(text) || (/@ts-expect-error/.test(text) && !isTest(source.path))) {
      return [violation(source, line, "suppression", "Mend what the tool found instead of silencing it.")];
    }
    return [];
  });
}

function checkLength(source: SourceFacts): Violation[] {
  if (source.lines.length <= lineLimits.fail) return [];
  const remedy = `It has ${source.lines.length} lines; split it by what it is about (limit ${lineLimits.fail}).`;
  return [violation(source, 0, "file-length", remedy)];
}

function checkTests(source: SourceFacts): Violation[] {
  if (!isTest(source.path)) return [];
  const violations = source.focusedTests.map((line) =>
    violation(source, line, "focused-test", "Take `.only` away, or the other tests do not run."),
  );
  for (const { name, line } of source.testNames) {
    if (name === undefined) continue;
    const isSentence = name.trim().split(/\s+/).length >= 3;
    if (!isSentence || /^(?:should|test|works|it)\b/i.test(name) || /[.!]$/.test(name)) {
      const remedy =
        "Name the behaviour in a sentence of three words or more, without `should` and without a full stop: `keeps a line it cannot parse`.";
      violations.push(violation(source, line, "test-name", remedy));
    }
  }
  return violations;
}

function violation(source: SourceFacts, line: number, rule: string, remedy: string): Violation {
  return { rule, path: source.path, line, text: source.lines[line - 1] ?? source.path, remedy };
}
