import type { ImportReceipt } from "@chatty/store";
import type { ErrorReport } from "./error-report.ts";
import { count, countOf, duration, listing } from "./phrases.ts";
import { oneLine } from "./plain-text.ts";
import type { Style } from "./style.ts";

const shownProblems = 20;

/** A path that was not imported, and left nothing behind. */
export interface ImportFailure {
  path: string;
  error: ErrorReport;
}

/** What an import did, for people: what came in, whether everything is accounted for, what was wrong, what to type next. */
export function renderImports(
  imports: readonly ImportReceipt[],
  failures: readonly ImportFailure[],
  isDryRun: boolean,
  style: Style,
): string {
  const blocks = [
    ...imports.map((receipt) => renderReceipt(receipt, isDryRun, style)),
    ...failures.map((failure) => renderFailure(failure, style)),
  ];
  const [first] = imports;
  if (first !== undefined && !isDryRun) {
    blocks.push(
      [
        style.strong("Next"),
        `  chatty sessions --runtime ${first.runtimeId}   the conversations`,
        `  chatty runtimes select ${first.runtimeId}      work in this runtime`,
      ].join("\n"),
    );
  } else if (first !== undefined) {
    blocks.push("Nothing was changed. The same command without --dry-run imports it.");
  }
  return `${blocks.join("\n\n")}\n`;
}

function renderReceipt(receipt: ImportReceipt, isDryRun: boolean, style: Style): string {
  const { conversations, attachments, nodes } = receipt;
  const verb = receipt.alreadyImported ? "Already imported" : isDryRun ? "Would import" : "Imported";
  const lines = [
    `${style.strong(`${verb} ${oneLine(receipt.path)}`)} ${style.faint(`into ${receipt.runtimeId}, ${duration(receipt.durationMs)}`)}`,
    `  ${countOf(conversations.seen, "conversation")}, ${countOf(nodes.stored + nodes.flagged, "message")}, ${balance(receipt, style)}${missing(attachments)}`,
  ];
  const changes = changeWords(conversations);
  if (changes.length > 0) lines.push(`  ${listing(changes)}`);
  if (nodes.skipped > 0)
    lines.push(`  ${countOf(nodes.skipped, "node")} not kept; each is listed with its reason`);
  const constructs = receipt.constructsToRegister ?? [];
  if (constructs.length > 0) {
    const names = constructs.slice(0, 5).map((construct) => oneLine(construct.name ?? construct.sourceId));
    const rest = constructs.length > 5 ? [`${constructs.length - 5} more`] : [];
    lines.push(`  Custom GPTs found: ${listing([...names, ...rest])}`);
  }
  lines.push(...problemLines(receipt, style));
  return lines.join("\n");
}

function balance(receipt: ImportReceipt, style: Style): string {
  return receipt.balanced
    ? style.good("every node accounted for")
    : style.bad(`the count does not balance (${count(receipt.nodes.seen)} nodes seen)`);
}

function missing(attachments: ImportReceipt["attachments"]): string {
  if (attachments.referenced === 0) return "";
  if (attachments.missing === 0) return `; ${countOf(attachments.found, "file")} with them`;
  const verb = attachments.missing === 1 ? "was" : "were";
  return `; ${countOf(attachments.missing, "picture or file", "pictures and files")} ${verb} not in the export`;
}

function changeWords(conversations: ImportReceipt["conversations"]): string[] {
  const words: [number, string][] = [
    [conversations.new, "new"],
    [conversations.grown, "grown"],
    [conversations.edited, "edited"],
    [conversations.unchanged, "unchanged"],
    [conversations.gone, "gone from the source and kept here"],
    [conversations.failed, "not readable and kept as they are"],
  ];
  return words.filter(([value]) => value > 0).map(([value, word]) => `${count(value)} ${word}`);
}

function problemLines(receipt: ImportReceipt, style: Style): string[] {
  const { problems } = receipt;
  if (problems.length === 0) return [];
  const lines = [`  ${style.bad(countOf(problems.length, "problem"))}`];
  for (const { code, message, where } of problems.slice(0, shownProblems)) {
    const places = Object.entries(where ?? {}).map(([key, value]) => `${key} ${oneLine(String(value))}`);
    const place = places.length === 0 ? "" : style.faint(` (${places.join(", ")})`);
    lines.push(`    ${style.accent(code)}  ${oneLine(message)}${place}`);
  }
  if (problems.length > shownProblems) {
    lines.push(
      `    … and ${count(problems.length - shownProblems)} more: import it again with --json to see all`,
    );
  }
  return lines;
}

function renderFailure(failure: ImportFailure, style: Style): string {
  return [
    `${style.bad("Failed")} ${style.strong(oneLine(failure.path))} ${style.faint(`(${failure.error.code})`)}`,
    `  ${oneLine(failure.error.message)}`,
    `  ${style.strong("Hint")}: ${oneLine(failure.error.hint)}`,
  ].join("\n");
}
