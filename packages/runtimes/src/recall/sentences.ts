/** A sentence and where it begins, UTF-16 units. */
export interface Sentence {
  text: string;
  at: number;
}

/** What is no prose: fenced code, quotes, tables, headings' marks and bare addresses. */
const noProse = /^(?:\s{4,}|\s*(?:>|\||```|~~~|---|===))/u;

/** Sentences of the prose of a text in Markdown, in order; code, quotes and tables are passed over. */
export function sentencesOf(text: string): Sentence[] {
  const sentences: Sentence[] = [];
  let at = 0;
  let fence: string | undefined;
  for (const line of text.split("\n")) {
    const mark = /^\s*(```+|~~~+)/u.exec(line)?.[1];
    if (mark !== undefined) fence = fence === undefined ? mark.slice(0, 3) : undefined;
    else if (fence === undefined && !noProse.test(line)) sentences.push(...inLine(line, at));
    at += line.length + 1;
  }
  return sentences;
}

function* inLine(line: string, at: number): Generator<Sentence> {
  const lead = /^\s*(?:#{1,6}\s+|[-*+•]\s+|\d{1,3}[.)]\s+)?/u.exec(line)?.[0].length ?? 0;
  const body = line.slice(lead);
  let from = 0;
  // A dot ends a sentence only before a blank and a capital, a digit or a mark: "e.g. this", "3.5" and "chatty.db" go on.
  const ends = /[。！？]+|[.!?…]+["”’)\]]*(?=\s+["“„‘([*]*[\p{Lu}\p{Lo}\p{N}])|[.!?…]+["”’)\]]*\s*$/gu;
  for (const end of body.matchAll(ends)) {
    const to = end.index + end[0].length;
    const sentence = sentenceFrom(body, from, to, at + lead);
    if (sentence !== undefined) yield sentence;
    from = to;
  }
  const rest = sentenceFrom(body, from, body.length, at + lead);
  if (rest !== undefined) yield rest;
}

function sentenceFrom(body: string, from: number, to: number, at: number): Sentence | undefined {
  const raw = body.slice(from, to);
  const text = raw.trim();
  if (text === "" || /^\S*:\/\/\S*$/u.test(text)) return undefined;
  return { text, at: at + from + raw.indexOf(text) };
}
