import { ChattyError } from "../errors.ts";
import type { Role } from "../message.ts";
import type { LedgerEntry } from "./ledger-entry.ts";
import type { EvidenceType } from "./timeline-event.ts";

const head = "-- MULTIRUNTIME CONTINUITY LEDGER ENTRY";
/** Characters of a message that the text form has; the whole of it is in the JSON form. */
const mostCharacters = 100;
const cut = "...";

/** What the text form has of an entry; times, the kinds of references and long texts are in the JSON form. */
export type LedgerTextEntry = Pick<
  LedgerEntry,
  | "date"
  | "sessionId"
  | "sessionTitle"
  | "runtimeId"
  | "constructId"
  | "runtimeContext"
  | "confidence"
  | "keyTopics"
  | "notes"
  | "vibe"
  | "emoji"
> & {
  messages: { sequence: number; role: Role; content: string; isCut: boolean }[];
  continuityHooks: {
    previousRuntime?: string;
    nextRuntime?: string;
    linkedSessions: string[];
    crossRuntimeReferences: string[];
  };
  evidenceSources: { type: EvidenceType; source: string }[];
};

/**
 * An entry in the text form of specification 003, "SQL Ledger Format": its lines and no others. Three dots stand only where text was cut.
 * Text is escaped as in JSON, so that every line stays one line and reads back.
 */
export function formatLedgerText(entry: LedgerEntry): string {
  const { runtimeContext: context, continuityHooks: hooks } = entry;
  const lines = [
    head,
    `Date: ${entry.date}`,
    `SessionID: ${quoted(entry.sessionId)}`,
    `SessionTitle: ${quoted(entry.sessionTitle)}`,
    `RuntimeID: ${quoted(entry.runtimeId)}`,
    `ConstructID: ${quoted(entry.constructId)}`,
    "",
    "RuntimeContext:",
    `- ActiveRuntime: ${quoted(context.activeRuntime)}`,
    `- RuntimeMode: ${quoted(context.runtimeMode)}`,
    `- Provider: ${quoted(context.provider)}`,
    `- IsImported: ${context.isImported}`,
    "",
    "Messages:",
    ...entry.messages.map(({ sequence, role, content }) => `- [${sequence}] ${role}: ${shortened(content)}`),
    "",
    "ContinuityHooks:",
    ...(hooks.previousRuntime === undefined ? [] : [`- PreviousRuntime: ${quoted(hooks.previousRuntime)}`]),
    ...(hooks.nextRuntime === undefined ? [] : [`- NextRuntime: ${quoted(hooks.nextRuntime)}`]),
    `- LinkedSessions: [${hooks.linkedSessions.map(quoted).join(", ")}]`,
    ...(hooks.crossRuntimeReferences.length === 0
      ? []
      : [
          `- CrossRuntimeReferences: [${hooks.crossRuntimeReferences
            .map(({ sessionId, runtimeId }) => quoted(`${sessionId}@${runtimeId}`))
            .join(", ")}]`,
        ]),
    "",
    "KeyTopics:",
    ...entry.keyTopics.map((topic) => `- ${escaped(topic)}`),
    "",
    ...(entry.notes.length === 0 ? [] : ["Notes:", ...entry.notes.map((note) => `- ${escaped(note)}`), ""]),
    `Confidence: ${decimal(entry.confidence)}`,
    "EvidenceSources:",
    ...entry.evidenceSources.map(({ type, source }) => `- ${type}: ${escaped(source)}`),
    "",
    `Vibe: ${quoted(entry.vibe)}${entry.emoji === undefined ? "" : ` | Emoji(s): ${entry.emoji.join(" ")}`}`,
  ];
  return `${lines.join("\n")}\n`;
}

/** All entries of a ledger in their order, with an empty line between two. */
export function formatLedgerTexts(entries: readonly LedgerEntry[]): string {
  return entries.map(formatLedgerText).join("\n");
}

/** Reads what {@link formatLedgerTexts} wrote. @throws {ChattyError} LEDGER_UNREADABLE, with the line */
export function parseLedgerTexts(text: string): LedgerTextEntry[] {
  const lines = text.split("\n");
  const entries: LedgerTextEntry[] = [];
  const reader = { at: 0 };
  for (;;) {
    while (lines[reader.at] === "") reader.at += 1;
    if (reader.at >= lines.length) return entries;
    entries.push(parseEntry(lines, reader));
  }
}

function parseEntry(lines: readonly string[], reader: { at: number }): LedgerTextEntry {
  const next = (): string => {
    const line = lines[reader.at];
    if (line === undefined) throw unreadable(reader.at, "it ends in the middle of an entry");
    reader.at += 1;
    return line;
  };
  const expect = (line: string): void => {
    if (next() !== line) throw unreadable(reader.at - 1, `it should be ${JSON.stringify(line)}`);
  };
  const value = (name: string): string => {
    const line = next();
    if (!line.startsWith(`${name}: `)) throw unreadable(reader.at - 1, `it should begin with ${name}:`);
    return line.slice(name.length + 2);
  };
  const optional = (name: string): string | undefined =>
    lines[reader.at]?.startsWith(`${name}: `) === true ? value(name) : undefined;
  const text = (name: string): string => unquoted(value(name), reader.at - 1);
  const items = (): string[] => {
    const found: string[] = [];
    while (lines[reader.at]?.startsWith("- ") === true) found.push(next().slice(2));
    return found;
  };
  expect(head);
  const date = value("Date");
  const [sessionId, sessionTitle] = [text("SessionID"), text("SessionTitle")];
  const [runtimeId, constructId] = [text("RuntimeID"), text("ConstructID")];
  expect("");
  expect("RuntimeContext:");
  const activeRuntime = text("- ActiveRuntime");
  const mode = text("- RuntimeMode");
  if (mode !== "synth" && mode !== "lin") throw unreadable(reader.at - 1, "the mode is synth or lin");
  const provider = text("- Provider");
  const isImported = value("- IsImported") === "true";
  expect("");
  expect("Messages:");
  const messages = items().map((item) => messageOf(item, reader.at));
  expect("");
  expect("ContinuityHooks:");
  const previous = optional("- PreviousRuntime");
  const following = optional("- NextRuntime");
  const linkedSessions = textsOf(value("- LinkedSessions"), reader.at - 1);
  const references = optional("- CrossRuntimeReferences");
  expect("");
  expect("KeyTopics:");
  const keyTopics = items().map(unescaped);
  expect("");
  const hasNotes = lines[reader.at] === "Notes:";
  if (hasNotes) next();
  const notes = hasNotes ? items().map(unescaped) : [];
  if (hasNotes) expect("");
  const confidence = Number(value("Confidence"));
  if (!(confidence >= 0 && confidence <= 1)) throw unreadable(reader.at - 1, "a confidence is from 0 to 1");
  expect("EvidenceSources:");
  const evidenceSources = items().map((item) => evidenceOf(item, reader.at));
  expect("");
  const [vibe = "", emoji] = value("Vibe").split(" | Emoji(s): ");
  return {
    date,
    sessionId,
    sessionTitle,
    runtimeId,
    constructId,
    runtimeContext: { activeRuntime, runtimeMode: mode, provider, isImported },
    messages,
    continuityHooks: {
      ...(previous === undefined ? {} : { previousRuntime: unquoted(previous, reader.at) }),
      ...(following === undefined ? {} : { nextRuntime: unquoted(following, reader.at) }),
      linkedSessions,
      crossRuntimeReferences: references === undefined ? [] : textsOf(references, reader.at),
    },
    keyTopics,
    notes,
    confidence,
    evidenceSources,
    vibe: unquoted(vibe, reader.at - 1),
    ...(emoji === undefined ? {} : { emoji: emoji.split(" ") }),
  };
}

const messageLine = /^\[(\d+)\] (user|assistant|system|tool): (.*)$/s;

function messageOf(item: string, line: number): LedgerTextEntry["messages"][number] {
  const [, sequence = "", role = "", shown = ""] = messageLine.exec(item) ?? [];
  if (sequence === "") throw unreadable(line, "a message is `- [number] role: text`");
  // Dots that the text itself ends in are written with an escape.
  const isCut = shown.endsWith(cut);
  const content = unescaped(isCut ? shown.slice(0, -cut.length) : shown);
  return { sequence: Number(sequence), role: role as Role, content, isCut };
}

function evidenceOf(item: string, line: number): LedgerTextEntry["evidenceSources"][number] {
  const [, type = "", source = ""] = /^(file|database|metadata|user_action): (.*)$/s.exec(item) ?? [];
  if (type === "") throw unreadable(line, "evidence is `- type: source`");
  return { type: type as EvidenceType, source: unescaped(source) };
}

function unreadable(line: number, why: string): ChattyError {
  return new ChattyError("LEDGER_UNREADABLE", `Line ${line + 1} of the ledger cannot be read: ${why}.`, {
    hint: "`chatty ledger DAY --write` writes it again.",
  });
}

/** `1.0`, `0.75`: as the specification writes it. */
function decimal(confidence: number): string {
  return Number.isInteger(confidence) ? confidence.toFixed(1) : String(confidence);
}

function shortened(content: string): string {
  const shown = [...graphemes(content, mostCharacters)].join("");
  if (shown.length < content.length) return `${escaped(shown)}${cut}`;
  const whole = escaped(content);
  return whole.endsWith(cut) ? `${whole.slice(0, -1)}\\u002e` : whole;
}

/** The first characters of a text as a person counts them: none is cut in two. */
function* graphemes(text: string, most: number): Generator<string> {
  // A character can be long; what is looked at stays bounded.
  const segments = segmenter.segment(text.slice(0, most * 32));
  let count = 0;
  for (const { segment } of segments) {
    if (count === most) return;
    count += 1;
    yield segment;
  }
}

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(/[\u007f-\u009f\u2028\u2029]/g, escapeOf);
}

function unquoted(text: string, line: number): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "string") return value;
  } catch {
    // Told below, as for anything else that is no text.
  }
  throw unreadable(line, "a text in quotes was expected");
}

function textsOf(text: string, line: number): string[] {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value;
  } catch {
    // Told below, as for anything else that is no list.
  }
  throw unreadable(line, "a list of texts was expected");
}

/** As in JSON, but quotes stay as they are. */
function escaped(text: string): string {
  return quoted(text).slice(1, -1).replaceAll('\\"', '"');
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(u[0-9a-f]{4}|.)/gi, (whole, code: string) => {
    if (code.length > 1) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return simpleEscapes[code] ?? whole;
  });
}

const simpleEscapes: Readonly<Record<string, string>> = {
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

function escapeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
