import type { LedgerEntry } from "./ledger-entry.ts";

/** `reports/runtime_activity_{date}.json` of specification 003. */
export interface RuntimeActivityReport {
  date: string;
  runtimes: {
    runtimeId: string;
    messages: number;
    sessions: number;
    /** ISO 8601 in UTC; absent where nobody knows. */
    first?: string;
    last?: string;
    byRole: Record<string, number>;
  }[];
}

/** How active each runtime was on a day, the most active first. */
export function runtimeActivity(date: string, entries: readonly LedgerEntry[]): RuntimeActivityReport {
  const runtimes = new Map<string, RuntimeActivityReport["runtimes"][number] & { ids: Set<string> }>();
  for (const { runtimeId, sessionId, messages } of entries) {
    const known = runtimes.get(runtimeId) ?? {
      runtimeId,
      messages: 0,
      sessions: 0,
      byRole: {},
      ids: new Set(),
    };
    runtimes.set(runtimeId, known);
    known.ids.add(sessionId);
    known.sessions = known.ids.size;
    for (const { role, timestamp } of messages) {
      known.messages += 1;
      known.byRole[role] = (known.byRole[role] ?? 0) + 1;
      if (timestamp === "") continue;
      if (known.first === undefined || timestamp < known.first) known.first = timestamp;
      if (known.last === undefined || timestamp > known.last) known.last = timestamp;
    }
  }
  const list = [...runtimes.values()].map(({ ids: _ids, ...report }) => report);
  list.sort((left, right) => right.messages - left.messages || (left.runtimeId < right.runtimeId ? -1 : 1));
  return { date, runtimes: list };
}

/** `reports/daily_summary_{date}.md` of specification 003: a day as a person reads it. */
export function dailySummary(date: string, entries: readonly LedgerEntry[]): string {
  const { runtimes } = runtimeActivity(date, entries);
  const total = runtimes.reduce((sum, { messages }) => sum + messages, 0);
  const sessions = new Set(entries.map(({ sessionId }) => sessionId)).size;
  const lines = [
    `# ${date}`,
    "",
    entries.length === 0
      ? "Nothing was said on this day."
      : `${count(total, "message")} in ${count(sessions, "conversation")} under ${count(runtimes.length, "runtime")}.`,
  ];
  if (runtimes.length > 0) {
    lines.push("", "| Runtime | Messages | Conversations |", "| --- | ---: | ---: |");
    for (const { runtimeId, messages, sessions: own } of runtimes) {
      lines.push(`| ${plain(runtimeId)} | ${messages} | ${own} |`);
    }
  }
  for (const entry of entries) {
    const time = entry.timestamp === "" ? "no time" : `${entry.timestamp.slice(11, 16)} UTC`;
    const first = entry.messages.find(({ role }) => role === "user") ?? entry.messages[0];
    lines.push(
      "",
      `## ${plain(entry.sessionTitle === "" ? "Untitled" : entry.sessionTitle)}`,
      "",
      `${time} · ${plain(entry.runtimeId)} · ${count(entry.messages.length, "message")} · ${entry.vibe}${entry.emoji === undefined ? "" : ` ${entry.emoji.join(" ")}`} · confidence ${entry.confidence}`,
      "",
      `Topics: ${entry.keyTopics.map(plain).join(", ")}`,
    );
    if (first !== undefined && first.content.trim() !== "")
      lines.push("", `> ${plain(shortened(first.content))}`);
  }
  return `${lines.join("\n")}\n`;
}

const mostCharacters = 200;

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  if (line.length <= mostCharacters) return line;
  const end = /[\ud800-\udbff]$/.test(line.slice(0, mostCharacters)) ? mostCharacters - 1 : mostCharacters;
  return `${line.slice(0, end)}…`;
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}

/** On one line, and nothing of it is structure. */
function plain(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll(/[\\`*_{}[\]<>#|~]/g, "\\$&");
}
