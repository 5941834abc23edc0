import { datesIn } from "./dates-in.ts";
import { foldWord, stemOf, tellingWords } from "./telling-words.ts";
import type { TellingWord } from "./telling-words.ts";

/** Something that was said, as far as questions are made of it. */
export interface RecallTurn {
  role: "user" | "assistant";
  text: string;
}

/** One small question to the search. Answers of several are joined by {@link fuseRankings}. */
export interface RecallQuestion {
  /** In the query language, without anything that could be taken for a condition. */
  query: string;
  /** `meaning`: the whole sense of a text. `words`: the words that stand in it. */
  by: "meaning" | "words";
  /** How much its hits count, before it is known how rare its words are. */
  weight: number;
  /** True for a single word: how often it is found tells what it is worth. */
  isSingle: boolean;
  /** What it looks for, in the person's own spelling; absent where it is several things at once. */
  label?: string;
  /** A time that was named; integer milliseconds UTC, `to` exclusive. */
  from?: number;
  to?: number;
}

/** Most questions that are made of one message. */
const mostQuestions = 18;
const mostSingles = 8;
const mostContext = 4;
/** UTF-16 units of a text that its meaning is looked for by. */
const meaningLength = 600;
/** A longer message is a document; what is asked stands at its beginning. */
const askedLength = 8000;
const refersBack =
  /\b(?:it|its|that|this|those|these|they|them|he|she|him|her|there|one|again|das|dies|dessen|davon|daran|dort|er|sie|ihn|noch\s?mal|cela|ca|ça|eso|esto)\b/iu;

/**
 * Makes the questions that find what earlier conversations say about the last message of the person: its sense as a whole; what is
 * quoted in it; names and identifiers; its telling words one by one; a time that it names. Where it is short or refers back ("how much
 * was it again?"), the turns before it lend their words, with less weight.
 * @param turns the end of the conversation, oldest first; the last one of the person is what is answered.
 * @param nowMs integer milliseconds UTC, for "yesterday" and its like.
 */
export function recallQuestions(turns: readonly RecallTurn[], nowMs: number): RecallQuestion[] {
  const asked = (turns.findLast(({ role }) => role === "user")?.text ?? "").trim().slice(0, askedLength);
  if (asked === "") return [];
  const before = turns
    .slice(
      0,
      turns.findLastIndex(({ role }) => role === "user"),
    )
    .slice(-3);
  const own = unique(tellingWords(asked));
  const leansBack = own.length < 3 || refersBack.test(asked);
  const context = leansBack
    ? unique(tellingWords(before.map(({ text }) => text.slice(0, 2000)).join("\n"))).filter(
        ({ folded }) => !own.some((word) => word.folded === folded),
      )
    : [];
  const questions: RecallQuestion[] = [];
  const add = (
    query: string,
    by: RecallQuestion["by"],
    weight: number,
    more: Partial<RecallQuestion> = {},
  ): void => {
    if (query === "" || questions.some((one) => one.query === query && one.from === more.from)) return;
    questions.push({ query, by, weight, isSingle: false, ...more });
  };
  add(plainQuery(asked.slice(0, meaningLength)), "meaning", 2);
  const previous = before.findLast(({ role }) => role === "user")?.text ?? "";
  if (leansBack && tellingWords(previous.slice(-meaningLength)).length > 3)
    add(plainQuery(`${previous.slice(-meaningLength)} ${asked.slice(0, meaningLength)}`), "meaning", 0.8);
  for (const quoted of quotedIn(asked)) add(phrase(quoted), "words", 1.6, { label: quoted });
  for (const name of namesIn(asked)) add(phrase(name), "words", 1.4, { label: name });
  if (own.length > 1) {
    add(joined(own.slice(0, 6), " "), "words", 1.6);
    add(joined(own.slice(0, 12), " OR "), "words", 2);
  }
  for (const word of heaviest(own, mostSingles))
    add(plainStem(word), "words", word.isName ? 1.2 : 1, { isSingle: true, label: word.text });
  for (const word of heaviest(context, mostContext))
    add(plainStem(word), "words", word.isName ? 0.5 : 0.35, { isSingle: true, label: word.text });
  const [time] = datesIn(asked, nowMs);
  if (time !== undefined) {
    const words = own.filter(({ at }) => at + 1 <= time.at || at >= time.end);
    add(plainQuery(asked.slice(0, meaningLength)), "meaning", 1.2, { from: time.from, to: time.to });
    for (const word of heaviest(words, 3))
      add(plainStem(word), "words", 1, { isSingle: true, label: word.text, from: time.from, to: time.to });
  }
  return questions.slice(0, mostQuestions);
}

/** Words alone, so that nothing of what was said is taken for a condition, an exclusion or a phrase. */
export function plainQuery(text: string): string {
  return (text.match(/[\p{L}\p{N}\p{M}]+(?:['’_.-][\p{L}\p{N}\p{M}]+)*/gu) ?? [])
    .map((word) => word.replaceAll(/[.'’_-]+/gu, " "))
    .join(" ")
    .replaceAll(/\b(?:OR|AND|NOT|NEAR)\b/g, (word) => word.toLowerCase());
}

function joined(words: readonly TellingWord[], by: string): string {
  return words.map((word) => plainStem(word)).join(by);
}

/** A stem as a query: a word with marks inside is what its parts say, one behind the other. */
function plainStem(word: TellingWord): string {
  const stem = stemOf(word);
  return stem.endsWith("*") ? stem : phrase(stem).replace(/^"([^ ]*)"$/, "$1");
}

function phrase(text: string): string {
  const words = plainQuery(text);
  return words === "" ? "" : `"${words}"`;
}

/** What stands in quotation marks or as code, 2 to 80 characters of it. */
function quotedIn(text: string): string[] {
  const found = text.matchAll(
    /"([^"\n]{2,80})"|“([^”\n]{2,80})”|„([^“”\n]{2,80})[“”]|«([^»\n]{2,80})»|`([^`\n]{2,80})`/gu,
  );
  return [...found].flatMap((match) => match.slice(1).filter((each) => each !== undefined)).slice(0, 3);
}

/** Runs of words that are written like names. */
function namesIn(text: string): string[] {
  const names: string[] = [];
  let run: TellingWord[] = [];
  const end = (): void => {
    const [first] = run;
    const last = run.at(-1);
    if (first !== undefined && last !== undefined && (run.length > 1 || /[\p{N}_./]/u.test(first.text)))
      names.push(text.slice(first.at, last.at + last.text.length));
    run = [];
  };
  for (const word of tellingWords(text)) {
    const last = run.at(-1);
    const isNext = last !== undefined && /^\s$/u.test(text.slice(last.at + last.text.length, word.at));
    if (!word.isName || !isNext) end();
    if (word.isName) run.push(word);
  }
  end();
  return [...new Set(names)].slice(0, 4);
}

/** Names first, then longer words: without knowing how often a word is used, its length says most about how rare it is. */
function heaviest(words: readonly TellingWord[], most: number): TellingWord[] {
  const weigh = ({ folded, isName }: TellingWord): number => Math.min(folded.length, 12) + (isName ? 6 : 0);
  return [...words].sort((left, right) => weigh(right) - weigh(left)).slice(0, most);
}

function unique(words: readonly TellingWord[]): TellingWord[] {
  const seen = new Set<string>();
  return words.filter(({ folded }) => {
    const key = foldWord(folded);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
