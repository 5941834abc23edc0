import type {
  LegacyConversation,
  LegacyFormat,
  LegacyMessage,
  LegacyReading,
  LegacySpan,
  Problem,
  SourceTime,
} from "@chatty/model";
import { parseSourceTime } from "@chatty/model";
import { oneNumber, readPlace } from "./legacy-place.ts";
import { clockOnDay, dayToken, parseBracketTime } from "./legacy-times.ts";
import type { CalendarDay } from "./legacy-times.ts";
import type { HeadFamily, MarkdownHead } from "./markdown-heads.ts";
import { readPreamble } from "./markdown-preamble.ts";
import type { MarkdownPreamble } from "./markdown-preamble.ts";
import { findStructure, ruleAbove } from "./markdown-structure.ts";
import type { HeadLine, MarkdownStructure } from "./markdown-structure.ts";
import { authorFrom, Speakers } from "./speakers.ts";
import { bytesOfPrefix, splitTextLines, textBetween } from "./text-lines.ts";
import type { TextLine } from "./text-lines.ts";

const formatOfFamily: Readonly<Record<HeadFamily, LegacyFormat>> = {
  vault: "vault-markdown",
  utc: "utc-markdown",
  html: "html-markdown",
  block: "block-markdown",
  bold: "speaker-markdown",
  said: "speaker-markdown",
  name: "speaker-markdown",
};

/**
 * Reads a transcript that an older program wrote as Markdown or text. Every byte is part of a message, of something recognised, or of
 * a span that is kept and listed.
 * @param path of the file inside its store; says which construct it belongs to where the text does not.
 * @returns undefined when nothing in it is a transcript.
 */
export function readMarkdown(
  path: string,
  bytes: Uint8Array,
  userNames: readonly string[],
): LegacyReading | undefined {
  const lines = splitTextLines(bytes);
  const preamble = readPreamble(lines);
  const place = readPlace(path);
  const construct = constructOf(preamble, place.construct);
  const title = titleOf(preamble);
  const speakers = new Speakers(
    [...userNames, ...headerUser(preamble)],
    [
      construct ?? "",
      place.construct ?? "",
      title?.replace(/^Chat with /i, "") ?? "",
      constructName(preamble),
    ],
  );
  const structure = findStructure(lines, preamble.lines, speakers);
  const isTranscript =
    structure.heads.length > 0 || preamble.hasImportMetadata || isHomeHead(preamble, place.isHome);
  if (!isTranscript) return undefined;
  const body = new MarkdownBody(path, bytes, lines, speakers);
  body.read(preamble, structure);
  const format = formatOf(structure);
  const home = place.isHome || isTrue(preamble.fields["isPrimary"]);
  const imported = importOf(preamble, home, place.isImport);
  const createdAt = createdOf(preamble);
  const sessionId = textField(preamble, "sessionId") ?? textField(preamble, "Session ID");
  const conversation: LegacyConversation = {
    key: [
      imported === undefined ? "" : "import",
      construct ?? "",
      sessionId ?? imported?.conversationId ?? place.below,
    ].join("/"),
    format,
    ...(title === undefined ? {} : { title }),
    ...(construct === undefined ? {} : { construct }),
    home,
    ...(imported === undefined ? {} : { imported }),
    deleted: body.isDeleted,
    ...(createdAt === undefined ? {} : { createdAt }),
    messages: body.messages,
    metadata: Object.keys(preamble.fields).length === 0 ? {} : { header: preamble.fields },
  };
  return { conversations: [conversation], spans: body.spans, problems: body.problems };
}

class MarkdownBody {
  readonly messages: LegacyMessage[] = [];
  readonly spans: LegacySpan[] = [];
  readonly problems: Problem[] = [];
  isDeleted = false;
  readonly #path: string;
  readonly #bytes: Uint8Array;
  readonly #lines: readonly TextLine[];
  readonly #speakers: Speakers;

  constructor(path: string, bytes: Uint8Array, lines: readonly TextLine[], speakers: Speakers) {
    this.#path = path;
    this.#bytes = bytes;
    this.#lines = lines;
    this.#speakers = speakers;
  }

  read(preamble: MarkdownPreamble, structure: MarkdownStructure): void {
    const { heads, days, quoted } = structure;
    this.#span("structure", 0, this.#offset(preamble.lines));
    const marks = [
      ...heads.map((each) => ({ line: each.line, begins: this.#beginning(each), head: each })),
      ...[...days].map(([line, day]) => ({ line, begins: this.#dayBeginning(line), day })),
    ].sort((left, right) => left.line - right.line);
    const first = marks[0]?.begins ?? this.#bytes.length;
    this.#keep(this.#offset(preamble.lines), first);
    let day: CalendarDay | undefined;
    for (const [index, mark] of marks.entries()) {
      const end = marks[index + 1]?.begins ?? this.#bytes.length;
      if ("day" in mark) {
        day = mark.day;
        this.#span("structure", mark.begins, end);
      } else {
        this.#message(mark.head, mark.begins, end, day, index === marks.length - 1);
      }
    }
    if (quoted.length > 0) {
      const offset = this.#offset(quoted[0] ?? 0);
      const message = `${quoted.length} ${quoted.length === 1 ? "line looks" : "lines look"} like the beginning of a message inside a block of code and stayed text.`;
      this.problems.push({ code: "LEGACY_QUOTED_MESSAGE", message, where: { member: this.#path, offset } });
    }
    if (this.#lines.some(({ isUtf8 }) => !isUtf8)) {
      const message =
        "Some bytes are not valid UTF-8 and are shown as replacement characters; the original is kept.";
      this.problems.push({ code: "TEXT_NOT_UTF8", message, where: { member: this.#path } });
    }
  }

  #message(
    { line, head }: HeadLine,
    begins: number,
    end: number,
    day: CalendarDay | undefined,
    isLast: boolean,
  ): void {
    const content = textBetween(
      this.#bytes,
      this.#textFrom(line, head, end),
      this.#textTo(line, head, end, isLast),
    );
    const key = `m${this.messages.length}`;
    const author = authorFrom(head.speaker);
    const marker = /^CONVERSATION_(?:DELETED|CREATED):/.exec(content)?.[0];
    if (marker !== undefined) this.isDeleted = marker === "CONVERSATION_DELETED:";
    this.messages.push({
      key,
      parentKey: this.messages.at(-1)?.key ?? null,
      role: marker === undefined ? this.#speakers.roleOf(head.speaker, head.role) : "system",
      ...(author === undefined ? {} : { author }),
      content,
      ...timeOf(head, day),
      place: { path: this.#path, from: begins, to: end },
      metadata: { speaker: head.speaker, form: head.form },
    });
  }

  /** Where the text begins: behind the head, or below it and below one empty line. */
  #textFrom(line: number, head: MarkdownHead, end: number): number {
    const at = this.#lines[line];
    if (at === undefined) return end;
    if (!head.isBodyBelow) return at.from + bytesOfPrefix(at, head.bodyAt);
    const next = this.#lines[line + 1];
    const isSeparated = next !== undefined && next.text === "" && next.to < end;
    return Math.min(isSeparated ? next.to : at.to, end);
  }

  /** Behind the text: the writer ends a message with two line ends, the server with none. */
  #textTo(line: number, head: MarkdownHead, end: number, isLast: boolean): number {
    const from = this.#textFrom(line, head, end);
    if (isLast && head.form === "server") return end;
    let to = end;
    for (let count = 0; count < 2 && to > from && this.#bytes[to - 1] === 0x0a; count += 1) {
      to -= 1;
      if (to > from && this.#bytes[to - 1] === 0x0d) to -= 1;
    }
    return to;
  }

  /** Where the stretch of a message begins: at its line, or at the rule above it where the form has one. */
  #beginning({ line, head }: HeadLine): number {
    const rule = head.form === "server" ? ruleAbove(this.#lines, line) : undefined;
    return this.#offset(rule ?? line);
  }

  /** The empty line that the writer puts above a heading belongs to it. */
  #dayBeginning(line: number): number {
    const isDouble = this.#lines[line - 1]?.text === "" && this.#lines[line - 2]?.text === "";
    return this.#offset(isDouble ? line - 1 : line);
  }

  #offset(line: number): number {
    return this.#lines[line]?.from ?? this.#bytes.length;
  }

  #keep(from: number, to: number): void {
    if (textBetween(this.#bytes, from, to).trim() === "") {
      this.#span("structure", from, to);
      return;
    }
    if (to <= from) return;
    this.spans.push({ kind: "kept", path: this.#path, from, to, reason: "text above the first message" });
  }

  #span(kind: "structure", from: number, to: number): void {
    if (to > from) this.spans.push({ kind, path: this.#path, from, to });
  }
}

/** The time that a line states; a day or a zone that it does not state is never supplied. */
function timeOf(
  { stamp, clock }: MarkdownHead,
  day: CalendarDay | undefined,
): Pick<LegacyMessage, "time" | "timeToken" | "timestampSource"> {
  const stamped = stamp === undefined ? undefined : parseBracketTime(stamp);
  if (stamped !== undefined) return { time: stamped, timestampSource: "message" };
  const clocked = clock === undefined || day === undefined ? undefined : clockOnDay(day, clock);
  if (clocked !== undefined) return { time: clocked, timestampSource: "message" };
  const token = [...(day === undefined ? [] : [dayToken(day)]), ...[clock ?? stamp ?? []].flat()].join(" ");
  return token === "" ? { timestampSource: "none" } : { timeToken: token, timestampSource: "none" };
}

function formatOf({ family, heads }: MarkdownStructure): LegacyFormat {
  if (family === undefined) return "empty-home";
  const isServer = heads.length > 0 && heads.every(({ head }) => head.form === "server");
  return isServer ? "server-markdown" : formatOfFamily[family];
}

/** A vendor's conversation: it says so, or it lies where imports were put. A home is native whatever it says. */
function importOf(
  preamble: MarkdownPreamble,
  home: boolean,
  isImportPlace: boolean,
): LegacyConversation["imported"] {
  if (home || (!preamble.hasImportMetadata && !isImportPlace)) return undefined;
  const from =
    textField(preamble, "importedFrom") ?? textField(preamble, "provider") ?? textField(preamble, "source");
  const conversationId = textField(preamble, "conversationId") ?? textField(preamble, "originalSessionId");
  return {
    ...(from === undefined ? {} : { from }),
    ...(conversationId === undefined ? {} : { conversationId }),
  };
}

function titleOf(preamble: MarkdownPreamble): string | undefined {
  return preamble.title ?? textField(preamble, "conversationTitle") ?? textField(preamble, "title");
}

/** Whom the conversation is with: as the folder says it, else as the head does. */
function constructOf(preamble: MarkdownPreamble, folder: string | undefined): string | undefined {
  const named =
    folder ??
    textField(preamble, "connectedConstructId") ??
    textField(preamble, "constructId") ??
    textField(preamble, "instanceId") ??
    textField(preamble, "Construct");
  return named === undefined ? undefined : oneNumber(named);
}

function constructName(preamble: MarkdownPreamble): string {
  return textField(preamble, "Construct") ?? textField(preamble, "constructName") ?? "";
}

function headerUser(preamble: MarkdownPreamble): string[] {
  const user = textField(preamble, "User");
  return user === undefined ? [] : [user.replace(/\s*\(ID: [^)]*\)\s*$/, "")];
}

function isHomeHead(preamble: MarkdownPreamble, isHome: boolean): boolean {
  return isHome && preamble.lines > 0;
}

function createdOf(preamble: MarkdownPreamble): SourceTime | undefined {
  const written = preamble.fields["Created"] ?? preamble.fields["createdAt"] ?? preamble.fields["created_at"];
  return typeof written === "string"
    ? (parseBracketTime(written) ?? parseSourceTime(written))
    : parseSourceTime(written);
}

function textField({ fields }: MarkdownPreamble, key: string): string | undefined {
  const value = fields[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function isTrue(value: unknown): boolean {
  return value === true || value === "true";
}
