import type { SessionPage, SessionView } from "@chatty/store";
import { count, instant } from "./phrases.ts";
import { oneLine } from "./plain-text.ts";
import type { Style } from "./style.ts";
import { renderTable } from "./table.ts";

export function renderSessions(page: SessionPage, style: Style, isDeleted = false): string {
  if (page.sessions.length === 0) {
    const text = isDeleted
      ? "No deleted conversations."
      : "No conversations here. `chatty sessions new` begins one, `chatty import export.zip` takes some in.";
    return `${style.hint(text)}\n`;
  }
  const table = renderTable(
    [
      { title: "SESSION", paint: style.accent },
      { title: "TITLE", flexible: true, paint: style.strong },
      { title: "RUNTIME", givesWay: 4 },
      {
        title: "MESSAGES",
        align: "right",
        givesWay: 2,
        shorten: (text) => (text === "MESSAGES" ? "MSGS" : text),
      },
      {
        title: "LATEST (UTC)",
        givesWay: 3,
        shorten: (text) => (text.startsWith("LATEST") ? "LATEST" : text.slice(0, 10)),
      },
      { title: "", givesWay: 1, shorten: (text) => text.replace(/(?:, )?imported$/, "") },
    ],
    page.sessions.map((session) => [
      session.sessionId,
      titleOf(session),
      session.runtimeId,
      count(session.messageCount),
      instant(session.updatedAt ?? session.createdAt),
      marks(session),
    ]),
    style,
  );
  const notes: string[] = [];
  if (isDeleted) notes.push(style.hint("`chatty sessions restore SESSION` brings one back."));
  if (page.next !== undefined) notes.push(`More: the same command with --after ${page.next}`);
  return notes.length === 0 ? table : `${table}\n${notes.join("\n")}\n`;
}

/** What was done to a session, in one sentence, with its id. */
export function renderSessionAct(session: SessionView, told: string, style: Style): string {
  return `${style.hint(told)}: ${titleOf(session)} (${session.sessionId})\n`;
}

/** The title on one line, and something to call it by where there is none. */
export function titleOf(session: { title: string }): string {
  const title = oneLine(session.title);
  return title === "" ? "Untitled" : title;
}

function marks(session: SessionView): string {
  const words: string[] = [];
  if (session.home) words.push("home");
  if (session.starred) words.push("starred");
  if (session.archived) words.push("archived");
  if (session.imported) words.push("imported");
  return words.join(", ");
}
