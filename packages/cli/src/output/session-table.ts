import type { SessionPage, SessionView } from "@chatty/store";
import { count, instant } from "./phrases.ts";
import { oneLine } from "./plain-text.ts";
import type { Style } from "./style.ts";
import { renderTable } from "./table.ts";

export function renderSessions(page: SessionPage, style: Style): string {
  if (page.sessions.length === 0) {
    return "No conversations here. `chatty sessions new` begins one, `chatty import export.zip` takes some in.\n";
  }
  const table = renderTable(
    [
      { title: "SESSION", paint: style.accent },
      { title: "TITLE", flexible: true, paint: style.strong },
      { title: "RUNTIME" },
      { title: "MESSAGES", align: "right" },
      { title: "LATEST (UTC)" },
      { title: "" },
    ],
    page.sessions.map((session) => [
      session.sessionId,
      session.title,
      session.runtimeId,
      count(session.messageCount),
      instant(session.updatedAt ?? session.createdAt),
      marks(session),
    ]),
    style,
  );
  const more = page.next === undefined ? "" : `\nMore: the same command with --after ${page.next}\n`;
  return `${table}${more}`;
}

/** What was done to a session, in one sentence, with its id. */
export function renderSessionAct(session: SessionView, told: string): string {
  return `${told}: ${oneLine(session.title)} (${session.sessionId})\n`;
}

function marks(session: SessionView): string {
  const words: string[] = [];
  if (session.home) words.push("home");
  if (session.starred) words.push("starred");
  if (session.archived) words.push("archived");
  if (session.imported) words.push("imported");
  return words.join(", ");
}
