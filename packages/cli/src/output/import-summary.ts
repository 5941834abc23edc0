import type { ImportReceipt } from "@chatty/store";
import type { ErrorReport } from "./error-report.ts";
import { count, countOf, duration, listing } from "./phrases.ts";
import { displayWidth, oneLine } from "./plain-text.ts";
import type { Style } from "./style.ts";

const shownProblems = 20;
/** From so many conversations on, the readable files are not all there when an import ends. */
const manyConversations = 500;

/** A path that was not imported, and left nothing behind. */
export interface ImportFailure {
  path: string;
  error: ErrorReport;
}

/** What imports did, at least one: what came in, whether everything is accounted for, what was wrong, what to type next. */
export function renderImports(imports: readonly ImportReceipt[], isDryRun: boolean, style: Style): string {
  const blocks = imports.map((receipt) => renderReceipt(receipt, isDryRun, style));
  if (isDryRun) blocks.push("Nothing was changed. The same command without --dry-run imports it.");
  else {
    if (imports.some(isLarge)) {
      blocks.push(
        style.hint(
          "Every conversation can be read here now. Its Markdown file is written while Chatty has time; `chatty rebuild views` writes them all now.",
        ),
      );
    }
    blocks.push(nextSteps(imports, style));
  }
  return `${blocks.join("\n\n")}\n`;
}

function isLarge({ alreadyImported, conversations }: ImportReceipt): boolean {
  return (
    !alreadyImported && conversations.new + conversations.grown + conversations.edited > manyConversations
  );
}

function nextSteps(imports: readonly ImportReceipt[], style: Style): string {
  const runtimes = [...new Set(imports.map(({ runtimeId }) => runtimeId))];
  const rows = runtimes.flatMap((runtime): [string, string][] => [
    [`${style.program} sessions --runtime ${runtime}`, "the conversations"],
    [`${style.program} runtimes select ${runtime}`, "work in this runtime"],
  ]);
  const width = Math.max(...rows.map(([command]) => displayWidth(command)));
  const lines = rows.map(
    ([command, says]) => `  ${command}${" ".repeat(width - displayWidth(command))}   ${style.faint(says)}`,
  );
  return [style.strong("Next"), ...lines].join("\n");
}

function renderReceipt(receipt: ImportReceipt, isDryRun: boolean, style: Style): string {
  const { conversations, attachments, nodes } = receipt;
  const verb = receipt.alreadyImported ? "Already imported" : isDryRun ? "Would import" : "Imported";
  const lines = [
    `${style.strong(`${verb} ${oneLine(receipt.path)}`)} ${style.faint(`into ${receipt.runtimeId}, ${duration(receipt.durationMs)}`)}`,
    `  ${countOf(conversations.seen, "conversation")}, ${countOf(messagesOf(receipt), "message")}, ${balance(receipt, style)}${missing(attachments)}`,
  ];
  const changes = changeWords(conversations);
  if (changes.length > 0) lines.push(`  ${listing(changes)}`);
  if (conversations.failed > 0) {
    const one = conversations.failed === 1;
    const told = `${countOf(conversations.failed, "record")} could not be read; ${one ? "it is kept and listed" : "they are kept and listed"}`;
    lines.push(`  ${style.bad(told)}`);
  }
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

/** Older receipts count nodes only, of which some are no message. */
function messagesOf(receipt: ImportReceipt): number {
  return receipt.messages ?? receipt.nodes.stored + receipt.nodes.flagged;
}

function balance(receipt: ImportReceipt, style: Style): string {
  const share = receipt.conversations.failed === 0 ? "" : " of what could be read";
  return receipt.balanced
    ? style.good(`every node${share} accounted for`)
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
  ];
  return words.filter(([value]) => value > 0).map(([value, word]) => `${count(value)} ${word}`);
}

function problemLines(receipt: ImportReceipt, style: Style): string[] {
  const { problems } = receipt;
  if (problems.length === 0) return [];
  const lines = [`  ${style.bad(countOf(problems.length, "problem"))}`];
  for (const { code, message, where } of problems.slice(0, shownProblems)) {
    const places = Object.entries(where ?? {})
      .filter(([, value]) => value !== "")
      .map(([key, value]) => `${key} ${oneLine(String(value))}`);
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
