import type { ExpectedAside, ExpectedConversation, ExpectedMessage } from "./expected.ts";
import { expectedFromChatgpt } from "./expected-chatgpt.ts";
import { expectedFromClaude } from "./expected-claude.ts";
import { comparable, field, parseJson } from "./source-json.ts";

export interface ShownPart {
  kind: string;
  text?: string;
  summary?: string;
  language?: string;
  name?: string;
  callId?: string;
  input?: unknown;
  pointer?: string;
  fileId?: string;
  extractedText?: string;
  missing?: boolean;
  url?: string;
  type?: string;
  raw?: unknown;
}

export interface ShownMessage {
  id: string;
  parentId: string | null;
  role: string;
  content: string;
  timestamp?: number;
  timestampSource: string;
  model?: string;
  author?: string;
  hidden: boolean;
  parts: ShownPart[];
  sourceId?: string;
}

/** What `chatty show SESSION --json` prints, as far as the contract fixes it. */
export interface ShownConversation {
  session: { sessionId: string; title: string; source?: string; sourceId?: string };
  activePath: string[];
  messages: ShownMessage[];
}

export interface Defect {
  code: string;
  node?: string;
  message: string;
}

type Report = (code: string, message: string, node?: string) => void;

const textKinds = new Set(["text", "thinking", "code", "tool_result", "error"]);

/** What has to come out of the bytes of one conversation, whichever of the two vendors wrote it. */
export function expectedFromSource(raw: string): ExpectedConversation {
  return field(parseJson(raw), "chat_messages") === undefined
    ? expectedFromChatgpt(raw)
    : expectedFromClaude(raw);
}

/** Compares what is shown with the bytes it came from. An empty list means that nothing is lost or invented. */
export function checkConversation(raw: string, shown: ShownConversation): Defect[] {
  return compareConversation(expectedFromSource(raw), shown);
}

export function compareConversation(expected: ExpectedConversation, shown: ShownConversation): Defect[] {
  const defects: Defect[] = [];
  const report: Report = (code, message, node) => {
    defects.push({ code, message, ...(node === undefined ? {} : { node }) });
  };
  const keyOfId = checkIdentity(expected, shown, report);
  const byKey = new Map(shown.messages.map((message) => [message.sourceId, message]));
  for (const message of expected.messages) {
    const found = byKey.get(message.key);
    if (found === undefined) report("missing-node", "is not shown", message.key);
    else compareMessage(message, found, keyOfId, report);
  }
  checkCycleCuts(shown, report);
  checkOrder(expected, shown, report);
  checkActivePath(expected, shown, keyOfId, report);
  return defects;
}

function checkIdentity(
  expected: ExpectedConversation,
  shown: ShownConversation,
  report: Report,
): Map<string, string> {
  const { session } = shown;
  differ(report, "source", undefined, expected.source, session.source);
  if (expected.sourceId !== undefined) {
    differ(report, "source-id", undefined, expected.sourceId, session.sourceId);
  }
  if (expected.title !== undefined && expected.title !== "") {
    differ(report, "title", undefined, expected.title, session.title);
  }
  const keys = new Set(expected.messages.map((message) => message.key));
  const seenKeys = new Set<string>();
  const keyOfId = new Map<string, string>();
  for (const { id, sourceId } of shown.messages) {
    if (sourceId === undefined || !keys.has(sourceId)) {
      report("invented-message", `message ${id} has no counterpart in the source`, sourceId);
    } else if (seenKeys.has(sourceId)) report("duplicate-node", "is shown more than once", sourceId);
    if (keyOfId.has(id)) report("duplicate-id", `two messages have the id ${id}`, sourceId);
    seenKeys.add(sourceId ?? id);
    keyOfId.set(id, sourceId ?? id);
  }
  return keyOfId;
}

function compareMessage(
  expected: ExpectedMessage,
  shown: ShownMessage,
  keyOfId: ReadonlyMap<string, string>,
  report: Report,
): void {
  const node = expected.key;
  differ(report, "role", node, expected.role, shown.role);
  differ(report, "hidden", node, expected.hidden, shown.hidden);
  if (expected.model !== false) differ(report, "model", node, expected.model, shown.model);
  if (expected.authors !== undefined && !expected.authors.includes(shown.author)) {
    report("author", `expected ${list(expected.authors)}, got ${quote(shown.author)}`, node);
  }
  const parent =
    shown.parentId === null ? null : (keyOfId.get(shown.parentId) ?? `unknown ${shown.parentId}`);
  if (!expected.parents.includes(parent)) {
    report("parent", `expected ${list(expected.parents)}, got ${quote(parent)}`, node);
  }
  compareTime(expected, shown, report);
  const content = expected.texts.map((part) => part.text).join("\n");
  differ(report, "content", node, content, shown.content);
  compareTexts(expected, shown, report);
  compareAsides(expected, shown, report);
}

function compareTime(expected: ExpectedMessage, shown: ShownMessage, report: Report): void {
  if (expected.time === undefined) {
    if (shown.timestamp !== undefined) report("time", `invented time ${shown.timestamp}`, expected.key);
    if (shown.timestampSource === "message") report("time", "claims a time of its own", expected.key);
    return;
  }
  const { timestamp } = shown;
  if (timestamp === undefined || Math.abs(timestamp - expected.time) > 1 || !Number.isInteger(timestamp)) {
    report("time", `expected ${expected.time}, got ${quote(timestamp)}`, expected.key);
  }
  differ(report, "time", expected.key, "message", shown.timestampSource);
}

function compareTexts(expected: ExpectedMessage, shown: ShownMessage, report: Report): void {
  const parts = shown.parts.filter((part) => textKinds.has(part.kind) && part.text !== undefined);
  if (parts.length === 0 && expected.mayBeEmpty === true) return;
  if (parts.length !== expected.texts.length) {
    report(
      "parts",
      `expected ${expected.texts.length} parts with text, got ${parts.length}: ${list(parts.map((part) => part.kind))}`,
      expected.key,
    );
    return;
  }
  for (const [index, wanted] of expected.texts.entries()) {
    const part = parts[index];
    differ(report, "parts", expected.key, wanted.kind, part?.kind);
    differ(report, "parts", expected.key, wanted.text, part?.text);
    if (wanted.language !== undefined) differ(report, "parts", expected.key, wanted.language, part?.language);
    if (wanted.callId !== undefined) differ(report, "parts", expected.key, wanted.callId, part?.callId);
    for (const summary of wanted.summaries ?? []) {
      if (!(part?.summary ?? "").includes(summary)) {
        report("parts", `lost the summary ${quote(summary)}, got ${quote(part?.summary)}`, expected.key);
      }
    }
  }
}

function compareAsides(expected: ExpectedMessage, shown: ShownMessage, report: Report): void {
  for (const aside of expected.asides) {
    if (!shown.parts.some((part) => matchesAside(aside, part))) {
      report("parts", `lost the ${aside.kind} part ${JSON.stringify(aside).slice(0, 200)}`, expected.key);
    }
  }
  for (const kind of ["citation", "tool_call", "opaque"]) {
    const wanted = expected.asides.filter((aside) => aside.kind === kind).length;
    const found = shown.parts.filter((part) => part.kind === kind).length;
    if (found < wanted || (kind !== "citation" && found > wanted)) {
      report("parts", `expected ${wanted} parts of the kind ${kind}, got ${found}`, expected.key);
    }
  }
}

function matchesAside(aside: ExpectedAside, part: ShownPart): boolean {
  const sameOrOpen = (wanted: string | undefined, got: string | undefined): boolean =>
    wanted === undefined || wanted === got;
  switch (aside.kind) {
    case "media":
      return (
        aside.kinds.includes(part.kind) &&
        sameOrOpen(aside.pointer, part.pointer) &&
        sameOrOpen(aside.extractedText, part.extractedText) &&
        (aside.fileId === part.fileId || sameOrOpen(aside.name, part.name))
      );
    case "tool_call":
      return (
        part.kind === "tool_call" &&
        part.name === aside.name &&
        sameOrOpen(aside.callId, part.callId) &&
        (aside.input === undefined || comparable(aside.input) === comparable(part.input))
      );
    case "silent_result":
      return part.kind === "tool_result" && part.text === undefined && sameOrOpen(aside.callId, part.callId);
    case "citation":
      return part.kind === "citation" && sameOrOpen(aside.url, part.url);
    case "opaque":
      return (
        part.kind === "opaque" && part.type === aside.type && comparable(part.raw) === comparable(aside.raw)
      );
  }
}

/** What is shown must be a forest: following parents always ends. */
function checkCycleCuts(shown: ShownConversation, report: Report): void {
  const parentOf = new Map(shown.messages.map((message) => [message.id, message.parentId]));
  const ends = new Set<string>();
  for (const { id, sourceId } of shown.messages) {
    const path = new Set<string>();
    let at: string | null | undefined = id;
    while (at !== null && at !== undefined && !ends.has(at) && !path.has(at)) {
      path.add(at);
      at = parentOf.get(at);
    }
    if (at !== null && at !== undefined && path.has(at)) {
      report("parent", "its parents go in a circle", sourceId);
      return;
    }
    for (const walked of path) ends.add(walked);
  }
}

function checkOrder(expected: ExpectedConversation, shown: ShownConversation, report: Report): void {
  const placeOfId = new Map(shown.messages.map((message, index) => [message.id, index]));
  const placeOfKey = new Map(shown.messages.map((message, index) => [message.sourceId, index]));
  for (const [index, message] of shown.messages.entries()) {
    const parent = message.parentId === null ? -1 : (placeOfId.get(message.parentId) ?? -1);
    if (parent >= index) report("order", "is shown before its parent", message.sourceId);
  }
  for (const group of expected.siblings) {
    const shownKeys = group.filter((key) => placeOfKey.has(key));
    for (const [index, key] of shownKeys.entries()) {
      const before = shownKeys[index - 1];
      if (before !== undefined && (placeOfKey.get(before) ?? 0) > (placeOfKey.get(key) ?? 0)) {
        report("order", `is shown before its elder sibling ${before}`, key);
      }
    }
  }
}

function checkActivePath(
  expected: ExpectedConversation,
  shown: ShownConversation,
  keyOfId: ReadonlyMap<string, string>,
  report: Report,
): void {
  const byId = new Map(shown.messages.map((message) => [message.id, message]));
  let above: string | null = null;
  for (const id of shown.activePath) {
    const message = byId.get(id);
    if (message === undefined) report("active-path", `names the unknown message ${id}`);
    else if (message.parentId !== above) report("active-path", "does not follow parents", message.sourceId);
    above = id;
  }
  if (shown.activePath.length === 0 && shown.messages.length > 0) report("active-path", "is empty");
  const last = shown.activePath.at(-1);
  if (expected.leaf !== undefined && last !== undefined) {
    differ(report, "active-path", undefined, expected.leaf, keyOfId.get(last));
  }
}

/** One line per defect, the first twenty. */
export function defectList(defects: readonly Defect[]): string {
  const lines = defects
    .slice(0, 20)
    .map((defect) => `${defect.code} ${defect.node ?? ""}: ${defect.message}`);
  return defects.length > 20 ? [...lines, `… and ${defects.length - 20} more`].join("\n") : lines.join("\n");
}

function differ(report: Report, code: string, node: string | undefined, wanted: unknown, got: unknown): void {
  if (wanted !== got) report(code, `expected ${quote(wanted)}, got ${quote(got)}`, node);
}

function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 160 ? `${text.slice(0, 120)}… (${text.length} characters)` : text;
}

function list(values: readonly unknown[]): string {
  return values.map(quote).join(" or ");
}
