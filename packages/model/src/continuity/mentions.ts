import type { TextRange } from "../search/types.ts";

/** A conversation that a text names without doubt, if there is one of that name. */
export interface Mention {
  /** `source`: the provider's own id, as in its addresses. */
  kind: "session" | "slug" | "source";
  value: string;
  /** Lower-case key of the provider, for `source`. */
  provider?: string;
  range: TextRange;
}

const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

/** Addresses under which providers show a conversation; the id is the last part. */
const addresses: readonly { provider: string; expression: RegExp }[] = [
  {
    provider: "chatgpt",
    expression: new RegExp(`(?:chatgpt|chat\\.openai)\\.com/(?:g/[\\w-]+/)?c/(${uuid})`, "gi"),
  },
  { provider: "claude", expression: new RegExp(`claude\\.ai/chat/(${uuid})`, "gi") },
  { provider: "gemini", expression: /gemini\.google\.com\/app\/([0-9a-f]{16})/gi },
];
const slug = /(?<![\w-])([a-z0-9][a-z0-9-]*-\d{3,}_chat_with_[a-z0-9][a-z0-9-]*-\d{3,})(?![\w-])/gi;
const bareId = new RegExp(`(?<![\\w-])(${uuid})(?![\\w-])`, "gi");

/** Text beyond this is not looked through. UTF-16 units. */
const mostLooked = 200_000;

/**
 * Finds ids, slugs and addresses of conversations in a text, in their order. That something looks like an id does not make it one: who
 * asks looks it up.
 */
export function findMentions(text: string): Mention[] {
  const looked = text.slice(0, mostLooked);
  const found: Mention[] = [];
  const take = (mention: Mention): void => {
    const isInside = found.some(({ range }) => mention.range[0] >= range[0] && mention.range[1] <= range[1]);
    if (!isInside) found.push(mention);
  };
  for (const { provider, expression } of addresses) {
    for (const match of looked.matchAll(expression)) {
      take({ kind: "source", provider, value: (match[1] ?? "").toLowerCase(), range: rangeOf(match) });
    }
  }
  for (const match of looked.matchAll(slug)) {
    take({ kind: "slug", value: (match[1] ?? "").toLowerCase(), range: rangeOf(match) });
  }
  for (const match of looked.matchAll(bareId)) {
    take({ kind: "session", value: (match[1] ?? "").toLowerCase(), range: rangeOf(match) });
  }
  return found.sort((left, right) => left.range[0] - right.range[0]);
}

function rangeOf(match: RegExpExecArray): TextRange {
  return [match.index, match.index + match[0].length];
}
