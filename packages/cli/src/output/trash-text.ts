import type { AuditEntry, TrashEntry } from "@chatty/store";
import { count, countOf, instant } from "./phrases.ts";
import { oneLine } from "./plain-text.ts";
import type { Style } from "./style.ts";
import { renderTable } from "./table.ts";

const kinds: Readonly<Record<AuditEntry["kind"], string>> = {
  session_purged: "conversation purged",
  runtime_purged: "runtime purged",
  user_erased: "account erased",
};

/** What is in the trash, and how to bring it back. */
export function renderTrash(entries: readonly TrashEntry[], style: Style): string {
  if (entries.length === 0) return `${style.hint("The trash is empty.")}\n`;
  const table = renderTable(
    [
      { title: "ID", paint: style.accent },
      { title: "TITLE", flexible: true, paint: style.strong },
      { title: "KIND", givesWay: 2 },
      {
        title: "MESSAGES",
        align: "right",
        givesWay: 3,
        shorten: (text) => (text === "MESSAGES" ? "MSGS" : text),
      },
      { title: "DELETED (UTC)", givesWay: 1, shorten: (text) => text.slice(0, 10).trim() },
      { title: "KEPT UNTIL", shorten: (text) => text.slice(0, 10).trim() },
    ],
    entries.map((entry) => [
      entry.sessionId ?? entry.runtimeId,
      oneLine(entry.title),
      entry.kind === "runtime" ? "runtime" : entry.imported ? "imported" : "conversation",
      count(entry.messageCount),
      instant(entry.deletedAt),
      entry.until === undefined ? "for ever" : instant(entry.until),
    ]),
    style,
  );
  const hint = "`chatty sessions restore ID` and `chatty runtimes restore ID` bring things back whole.";
  return `${table}\n${style.hint(hint)}\n`;
}

/** What an emptying of the trash purged. */
export function renderEmptied(entries: readonly TrashEntry[], style: Style): string {
  const told =
    entries.length === 0
      ? "Nothing in the trash is old enough."
      : `${countOf(entries.length, "thing")} removed for good.`;
  return `${style.hint(told)}\n`;
}

/** What was removed for good, by id. */
export function renderAudit(entries: readonly AuditEntry[], style: Style): string {
  if (entries.length === 0) return `${style.hint("Nothing was ever removed for good.")}\n`;
  return renderTable(
    [{ title: "WHEN (UTC)" }, { title: "WHAT" }, { title: "ID", paint: style.accent }, { title: "WHY" }],
    entries.map((entry) => [
      instant(entry.at),
      kinds[entry.kind],
      entry.sessionId ?? entry.runtimeId ?? entry.userId,
      entry.reason === "asked" ? "asked for" : "rested long enough",
    ]),
    style,
  );
}
