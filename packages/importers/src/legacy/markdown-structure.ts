import { familyOfForm, matchHead, strictFamilies, weakFamilies } from "./markdown-heads.ts";
import type { HeadFamily, MarkdownHead } from "./markdown-heads.ts";
import { parseLongDay } from "./legacy-times.ts";
import type { CalendarDay } from "./legacy-times.ts";
import type { TextLine } from "./text-lines.ts";

/** A line that begins a message. */
export interface HeadLine {
  /** Index of the line. */
  line: number;
  head: MarkdownHead;
}

/** What the lines below the head of a file are. */
export interface MarkdownStructure {
  family?: HeadFamily;
  heads: HeadLine[];
  /** Headings of days by their line. */
  days: Map<number, CalendarDay>;
  /** Lines that look like beginnings and stand inside a block of code: they are text. */
  quoted: number[];
}

/** Who may speak in forms that only have a name. */
export interface SpeakerNames {
  isUser(name: string): boolean;
  isKnown(name: string): boolean;
}

/**
 * Finds the lines that begin messages. Forms with a time come first, and where there is one of them nothing else begins a message:
 * rules, headings and `X said:` are then text. A beginning follows an empty line, a rule or a heading, and stands in no block of code
 * that is closed behind it.
 * @param from index of the first line behind the head of the file.
 */
export function findStructure(
  lines: readonly TextLine[],
  from: number,
  names: SpeakerNames,
): MarkdownStructure {
  const strict = candidatesOf(lines, from, strictFamilies);
  const [first] = strict;
  if (first !== undefined) {
    const family = familyOfForm[first.head.form];
    const ofFamily = strict.filter(({ head }) => familyOfForm[head.form] === family);
    return finish(lines, from, family, ofFamily);
  }
  for (const family of weakFamilies) {
    const all = candidatesOf(lines, from, [family]);
    const accepted = speakersOf(all, family, names);
    const heads = all.filter(({ head }) => accepted.has(head.speaker.toLowerCase()));
    // One name alone proves nothing: two must speak, or the person.
    if (heads.some(({ head }) => names.isUser(head.speaker))) {
      return finish(lines, from, family, heads);
    }
  }
  return { heads: [], days: new Map(), quoted: [] };
}

function finish(
  lines: readonly TextLine[],
  from: number,
  family: HeadFamily,
  candidates: readonly HeadLine[],
): MarkdownStructure {
  const heads = outsideCode(lines, candidates);
  const accepted = new Set(heads.map(({ line }) => line));
  const quoted = candidates.filter(({ line }) => !accepted.has(line)).map(({ line }) => line);
  return { family, heads, days: daysOf(lines, from, accepted), quoted };
}

function candidatesOf(lines: readonly TextLine[], from: number, families: readonly HeadFamily[]): HeadLine[] {
  const found: HeadLine[] = [];
  for (let line = from; line < lines.length; line += 1) {
    const head = matchHead(lines[line]?.text ?? "", families);
    if (head !== undefined && mayBegin(lines, line, from, head)) found.push({ line, head });
  }
  return found;
}

function mayBegin(lines: readonly TextLine[], line: number, from: number, { form }: MarkdownHead): boolean {
  if (line === from) return true;
  const before = lines[line - 1]?.text ?? "";
  // Its writer always puts a rule and an empty line above.
  if (form === "server") return before.trim() === "" && ruleAbove(lines, line) !== undefined;
  if (form === "name") return true;
  return before.trim() === "" || before === "---" || before === "-=-=-=-" || dayOf(before) !== undefined;
}

/** Line of the rule above a message of the server's form: rule, empty line, message. */
export function ruleAbove(lines: readonly TextLine[], line: number): number | undefined {
  return lines[line - 2]?.text === "---" && lines[line - 1]?.text.trim() === "" ? line - 2 : undefined;
}

/** Names that are accepted: the person's, known ones, and the one that answers the person first. */
function speakersOf(candidates: readonly HeadLine[], family: HeadFamily, names: SpeakerNames): Set<string> {
  const accepted = new Set<string>();
  for (const { head } of candidates) {
    if (names.isUser(head.speaker) || names.isKnown(head.speaker)) accepted.add(head.speaker.toLowerCase());
  }
  // Any sentence may hold a colon.
  if (family === "name") return accepted;
  const hasAnswer = candidates.some(
    ({ head }) => !names.isUser(head.speaker) && accepted.has(head.speaker.toLowerCase()),
  );
  if (hasAnswer) return accepted;
  const asked = candidates.findIndex(({ head }) => names.isUser(head.speaker));
  const answer =
    asked === -1 ? undefined : candidates.slice(asked).find(({ head }) => !names.isUser(head.speaker));
  if (answer !== undefined) accepted.add(answer.head.speaker.toLowerCase());
  return accepted;
}

/**
 * Beginnings that are not inside code. Between two beginnings the marks of blocks are counted: a stretch that leaves a block open is
 * closed by the next stretch that has one mark too many, and what lies between them is code. Where no such stretch follows, the mark was
 * never closed and hides nothing.
 */
function outsideCode(lines: readonly TextLine[], candidates: readonly HeadLine[]): HeadLine[] {
  const kept: HeadLine[] = [];
  const stretches = candidates.map((candidate, index) =>
    fencesOf(lines, candidate, candidates[index + 1]?.line ?? lines.length),
  );
  for (let at = 0; at < candidates.length; at += 1) {
    const candidate = candidates[at];
    if (candidate !== undefined) kept.push(candidate);
    const open = stretches[at]?.open;
    if (open === undefined) continue;
    const closing = stretches.findIndex(
      (stretch, index) => index > at && stretch.first !== undefined && stretch.open !== undefined,
    );
    const closer = stretches[closing]?.first;
    if (closer !== undefined && closes(open, closer)) at = closing;
  }
  return kept;
}

interface Fence {
  mark: string;
  hasInfo: boolean;
}

function fencesOf(
  lines: readonly TextLine[],
  { line: from, head }: HeadLine,
  to: number,
): { first?: Fence; open?: Fence } {
  let first: Fence | undefined;
  let open: Fence | undefined;
  for (let line = from; line < to; line += 1) {
    const whole = lines[line]?.text ?? "";
    // The text of a message may begin behind its head, on the same line.
    const text = line === from ? whole.slice(head.bodyAt) : whole;
    const match = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(text);
    if (match === null) continue;
    const fence = { mark: match[1] ?? "", hasInfo: (match[2] ?? "").trim() !== "" };
    first ??= fence;
    if (open === undefined) open = fence;
    else if (closes(open, fence)) open = undefined;
  }
  return { ...(first === undefined ? {} : { first }), ...(open === undefined ? {} : { open }) };
}

function closes(open: Fence, fence: Fence): boolean {
  return !fence.hasInfo && fence.mark[0] === open.mark[0] && fence.mark.length >= open.mark.length;
}

/** Headings of days: those written as the writer does, with two empty lines above, where the file has any; else looser ones. */
function daysOf(
  lines: readonly TextLine[],
  from: number,
  heads: ReadonlySet<number>,
): Map<number, CalendarDay> {
  const found: { line: number; day: CalendarDay; isStrict: boolean }[] = [];
  let firstText = from;
  while (firstText < lines.length && isBlank(lines, firstText, from)) firstText += 1;
  for (let line = from; line < lines.length; line += 1) {
    const day = dayOf(lines[line]?.text ?? "");
    if (day === undefined || !isBlank(lines, line - 1, from)) continue;
    let next = line + 1;
    while (next < lines.length && isBlank(lines, next, from)) next += 1;
    if (next < lines.length && !heads.has(next)) continue;
    found.push({ line, day, isStrict: line <= firstText || isBlank(lines, line - 2, from) });
  }
  // They are in the order of the file.
  const [firstHead = lines.length] = heads;
  const isStrictFile = found.some(({ line, isStrict }) => isStrict && firstHead < line);
  return new Map(
    found.filter(({ isStrict }) => isStrict || !isStrictFile).map(({ line, day }) => [line, day]),
  );
}

function dayOf(text: string): CalendarDay | undefined {
  const match = /^#{1,3} (.+?)\s*$/.exec(text);
  return match?.[1] === undefined ? undefined : parseLongDay(match[1]);
}

function isBlank(lines: readonly TextLine[], line: number, from: number): boolean {
  return line < from || (lines[line]?.text ?? "").trim() === "";
}
