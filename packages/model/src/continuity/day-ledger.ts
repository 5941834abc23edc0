import { isoTime } from "./evidence-sources.ts";
import { keyTopicsOf } from "./key-topics.ts";
import type { Ledger, LedgerEntry, LedgerMessage, LedgerReference } from "./ledger-entry.ts";
import type { TimelineEvent } from "./timeline-event.ts";
import { vibeOf } from "./vibe.ts";

/** A message with its words. */
export interface LedgerSource extends TimelineEvent {
  kind: "message";
  sessionId: NonNullable<TimelineEvent["sessionId"]>;
  content: string;
  metadata?: Record<string, unknown>;
}

/** What is known of a conversation beside its messages. */
export interface LedgerSession {
  title: string;
  /** For people, such as `ChatGPT`. */
  provider: string;
  isImported: boolean;
  mode: "synth" | "lin";
  /** Where its words lie, inside the data home. */
  path: string;
  linkedSessions: readonly string[];
  references: readonly LedgerReference[];
  /** Telling words, heaviest first. */
  tellingWords: readonly string[];
  notes?: readonly string[];
}

/** What stands around a stretch of the timeline. */
export interface LedgerSurroundings {
  session(sessionId: string): LedgerSession;
  /** Runtime of the last message before the stretch, and of the first behind it. */
  runtimeBefore?: string | undefined;
  runtimeAfter?: string | undefined;
}

/**
 * The ledger entries of a stretch of the timeline: one for each day, conversation and runtime, in the order of their first messages. The
 * same messages in the same order always give the same entries.
 * @param messages in the order of the timeline; those without a time are under the day `undated`.
 */
export function ledgerEntries(messages: readonly LedgerSource[], around: LedgerSurroundings): LedgerEntry[] {
  const groups = new Map<string, { first: number; last: number; messages: LedgerSource[] }>();
  for (const [index, message] of messages.entries()) {
    const key = [dayOf(message.at), message.sessionId, message.runtimeId].join("\n");
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { first: index, last: index, messages: [message] });
    else {
      group.last = index;
      group.messages.push(message);
    }
  }
  return [...groups.values()].map(({ first, last, messages: own }) => {
    const previous = first === 0 ? around.runtimeBefore : messages[first - 1]?.runtimeId;
    const next = last === messages.length - 1 ? around.runtimeAfter : messages[last + 1]?.runtimeId;
    return entryOf(own, previous, next, around);
  });
}

/** A whole ledger. @param generatedMs integer milliseconds UTC */
export function ledgerOf(
  messages: readonly LedgerSource[],
  entries: readonly LedgerEntry[],
  generatedMs: number,
): Ledger {
  const times = messages.flatMap(({ at }) => at ?? []);
  const [start, end] = [times[0], times.at(-1)];
  return {
    metadata: {
      generated: isoTime(generatedMs),
      totalEvents: messages.length,
      runtimes: [...new Set(messages.map(({ runtimeId }) => runtimeId))],
      sessions: [...new Set(messages.map(({ sessionId }) => sessionId))],
      dateRange: {
        ...(start === undefined ? {} : { start: isoTime(start) }),
        ...(end === undefined ? {} : { end: isoTime(end) }),
      },
    },
    entries: [...entries],
  };
}

/** `YYYY-MM-DD` in UTC, or `undated`. */
export function dayOf(ms: number | undefined): string {
  return ms === undefined ? "undated" : new Date(ms).toISOString().slice(0, 10);
}

function entryOf(
  messages: readonly LedgerSource[],
  previous: string | undefined,
  next: string | undefined,
  around: LedgerSurroundings,
): LedgerEntry {
  const [first] = messages;
  if (first === undefined) throw new TypeError("An entry has at least one message.");
  const { sessionId, runtimeId, constructId } = first;
  const session = around.session(sessionId);
  const said = messages.filter(({ role, hidden }) => role === "user" && hidden !== true);
  const answered = messages.filter(({ role, hidden }) => role === "assistant" && hidden !== true);
  const texts = said.map(({ content }) => content);
  const { vibe, emoji } = vibeOf([...texts, ...answered.map(({ content }) => content)]);
  const topics = keyTopicsOf(texts, session.tellingWords);
  return {
    date: dayOf(first.at),
    timestamp: first.at === undefined ? "" : isoTime(first.at),
    sessionId,
    sessionTitle: session.title,
    runtimeId,
    constructId,
    messages: messages.map(ledgerMessage),
    runtimeContext: {
      activeRuntime: runtimeId,
      runtimeMode: session.mode,
      provider: session.provider,
      isImported: session.isImported,
    },
    continuityHooks: {
      ...(previous === undefined || previous === runtimeId ? {} : { previousRuntime: previous }),
      ...(next === undefined || next === runtimeId ? {} : { nextRuntime: next }),
      linkedSessions: [...session.linkedSessions],
      crossRuntimeReferences: session.references.map((reference) => ({ ...reference })),
    },
    confidence: Math.min(...messages.map(({ confidence }) => confidence)),
    evidenceSources: evidenceSources(messages, session.path),
    keyTopics: topics.map(({ topic }) => topic),
    notes: [...(session.notes ?? [])],
    vibe,
    emoji,
  };
}

function ledgerMessage({ sequence, at, role, content, metadata }: LedgerSource): LedgerMessage {
  return {
    sequence: sequence ?? 0,
    timestamp: at === undefined ? "" : isoTime(at),
    role: role ?? "user",
    content,
    ...(metadata === undefined || Object.keys(metadata).length === 0 ? {} : { metadata }),
  };
}

/** Where the words lie, and each kind of evidence for their times once. */
function evidenceSources(messages: readonly LedgerSource[], path: string): LedgerEntry["evidenceSources"] {
  const found: LedgerEntry["evidenceSources"] = [{ type: "file", source: path }];
  for (const { evidence } of messages) {
    for (const { type, source } of evidence) {
      if (!found.some((each) => each.type === type && each.source === source)) found.push({ type, source });
    }
  }
  return found;
}
