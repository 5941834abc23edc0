import type { Receipt } from "@chatty/server/api";
import { formatAmount, formatCount } from "../../ui/format.ts";

/** One kind of problem with everything it was found at. */
export interface ProblemGroup {
  code: string;
  /** The code in words. */
  title: string;
  problems: Receipt["problems"];
}

/** The receipt as a sentence or two: how much came, whether everything is accounted for, and what is not here. */
export function receiptSentence(receipt: Receipt): string {
  const { conversations, attachments, nodes } = receipt;
  if (receipt.alreadyImported) return "This export was here already. Nothing changed.";
  const amount = formatAmount(conversations.seen, "conversation");
  const messages =
    receipt.messages === undefined
      ? formatAmount(nodes.seen, "node")
      : formatAmount(receipt.messages, "message");
  const balance = receipt.balanced
    ? "every node accounted for"
    : `${formatAmount(Math.abs(nodes.seen - nodes.stored - nodes.flagged - nodes.skipped), "node")} not accounted for`;
  const rest: string[] = [];
  if (nodes.skipped > 0) rest.push(`${formatAmount(nodes.skipped, "node")} could not be read`);
  if (conversations.failed > 0) {
    rest.push(`${formatAmount(conversations.failed, "conversation")} could not be read`);
  }
  if (attachments.missing > 0) {
    const were = attachments.missing === 1 ? "was" : "were";
    rest.push(`${formatAmount(attachments.missing, "file")} ${were} not in the export`);
  }
  const first = `${amount}, ${messages}, ${balance}`;
  return rest.length === 0 ? `${first}.` : `${first}; ${joined(rest)}.`;
}

/** What is new since an earlier export; undefined for the first import of a runtime. */
export function changesSentence(receipt: Receipt): string | undefined {
  const { conversations } = receipt;
  if (receipt.alreadyImported) return undefined;
  if (conversations.new + conversations.failed === conversations.seen && conversations.gone === 0)
    return undefined;
  const parts: string[] = [];
  if (conversations.new > 0) parts.push(`${formatCount(conversations.new)} new`);
  if (conversations.grown > 0) parts.push(`${formatCount(conversations.grown)} grew`);
  if (conversations.edited > 0) parts.push(`${formatCount(conversations.edited)} edited`);
  if (conversations.unchanged > 0) parts.push(`${formatCount(conversations.unchanged)} unchanged`);
  if (conversations.gone > 0) {
    const are = conversations.gone === 1 ? "is" : "are";
    parts.push(`${formatCount(conversations.gone)} ${are} no longer in the export and kept here`);
  }
  return `Since the last export: ${joined(parts)}.`;
}

/** Problems by kind, the most frequent first. None is left out. */
export function groupProblems(problems: Receipt["problems"]): ProblemGroup[] {
  const groups = new Map<string, ProblemGroup>();
  for (const problem of problems) {
    const known = groups.get(problem.code);
    if (known === undefined) {
      groups.set(problem.code, { code: problem.code, title: codeInWords(problem.code), problems: [problem] });
    } else {
      known.problems.push(problem);
    }
  }
  return [...groups.values()].toSorted((a, b) => b.problems.length - a.problems.length);
}

/** Where in the export it was, as a line of text; empty when it is not known. */
export function placeInWords(where: Receipt["problems"][number]["where"]): string {
  if (where === undefined) return "";
  const parts: string[] = [];
  if (where.member !== undefined) parts.push(where.member);
  if (where.offset !== undefined) parts.push(`byte ${formatCount(where.offset)}`);
  if (where.conversation !== undefined) parts.push(`conversation ${where.conversation}`);
  if (where.node !== undefined) parts.push(`node ${where.node}`);
  return parts.join(", ");
}

function codeInWords(code: string): string {
  const words = code.toLowerCase().replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function joined(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join("");
  return `${parts.slice(0, -1).join(", ")} and ${parts.at(-1) ?? ""}`;
}
