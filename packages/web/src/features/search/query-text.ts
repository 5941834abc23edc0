import type { FacetKind } from "./search-words.ts";

/** A condition of the question, and the question without it. */
export interface Chip {
  key: string;
  label: string;
  without: string;
}

interface Token {
  text: string;
  from: number;
  to: number;
  key?: string;
  value?: string;
  isNegated?: boolean;
}

const keys = new Set([
  "runtime",
  "from",
  "role",
  "model",
  "has",
  "in",
  "is",
  "before",
  "after",
  "construct",
  "session",
]);

function tokens(q: string): Token[] {
  const found: Token[] = [];
  for (const match of q.matchAll(/(?:[^\s"]*"[^"]*"?|\S)+/g)) {
    const [text] = match;
    const parts = /^(-?)([a-z]+):(.+)$/is.exec(text);
    const key = parts?.[2]?.toLowerCase();
    found.push({
      text,
      from: match.index,
      to: match.index + text.length,
      ...(key !== undefined && keys.has(key)
        ? { key, value: (parts?.[3] ?? "").replaceAll('"', ""), isNegated: parts?.[1] === "-" }
        : {}),
    });
  }
  return found;
}

const word: Record<FacetKind, string> = {
  runtime: "runtime",
  role: "from",
  model: "model",
  has: "has",
  in: "in",
};

export function chipsOf(q: string): Chip[] {
  return tokens(q)
    .filter((token) => token.key !== undefined)
    .map((token) => ({ key: `${token.from}`, label: token.text, without: without(q, token) }));
}

function without(q: string, token: Token): string {
  return `${q.slice(0, token.from).trimEnd()} ${q.slice(token.to).trimStart()}`.trim();
}

export function chosenValues(q: string, kind: FacetKind): string[] {
  return tokens(q).flatMap((token) =>
    token.key === word[kind] && token.isNegated !== true && token.value !== undefined ? [token.value] : [],
  );
}

export function toggled(q: string, kind: FacetKind, value: string): string {
  const there = tokens(q).find((token) => token.key === word[kind] && token.value === value);
  if (there !== undefined) return without(q, there);
  return `${q.trimEnd()} ${word[kind]}:${/\s/.test(value) ? `"${value}"` : value}`.trim();
}

export function rangeOf(q: string): { from: number | undefined; to: number | undefined } {
  let from: number | undefined;
  let to: number | undefined;
  for (const { key, value } of tokens(q)) {
    const time = Date.parse(value ?? "");
    if (Number.isNaN(time)) continue;
    if (key === "after") from = time;
    if (key === "before") to = time;
  }
  return { from, to };
}

export function withRange(q: string, range: { from: number; to: number } | undefined): string {
  let text = q;
  for (const token of tokens(q).reverse()) {
    if (token.key === "after" || token.key === "before") text = without(text, token);
  }
  if (range === undefined) return text;
  const day = (time: number) => new Date(time).toISOString().slice(0, 7);
  return `${text} after:${day(range.from)} before:${day(range.to)}`.trim();
}
