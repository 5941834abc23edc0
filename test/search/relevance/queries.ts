import type { Corpus, Placed } from "./corpus.ts";
import { seeded } from "./random.ts";
import type { Random } from "./random.ts";

export const queryKinds = ["paraphrase", "words", "name", "code", "date", "typo", "language"] as const;
export type QueryKind = (typeof queryKinds)[number];

export interface JudgedQuery {
  kind: QueryKind;
  text: string;
  /** Of a query in another language. */
  language?: "de" | "fr" | "es" | "zh";
  /** Keys of the messages that answer it. */
  relevant: ReadonlySet<string>;
  /** Weights are chosen by looking at one half; what is claimed is claimed of the other. Both halves are about different facts. */
  half: "tuning" | "held-out";
}

const monthNames = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const empty = new Set(
  "about after again against another because before behind between cannot either except first from have into made more never nobody nothing only other over said same should since that their them then there these they thing this those three until wants when where which while with without would your says goes make take back down high half much than were what will".split(
    " ",
  ),
);

/** All queries over the facts of a corpus, the same for the same seed. */
export function makeQueries(corpus: Corpus, seed = 2): JudgedQuery[] {
  const random = seeded(seed);
  const order = random.shuffled(corpus.facts.map(({ id }) => id));
  const tuned = new Set(order.slice(0, Math.floor(order.length / 2)));
  return corpus.facts.flatMap((placed, index) => {
    const half = tuned.has(placed.id) ? "tuning" : "held-out";
    const { fact, message } = placed;
    const one = new Set([message.key]);
    const queries: Omit<JudgedQuery, "half">[] = [{ kind: "paraphrase", text: fact.ask, relevant: one }];
    if (fact.name !== undefined) queries.push({ kind: "name", text: fact.name, relevant: one });
    if (fact.code !== undefined) queries.push({ kind: "code", text: fact.code, relevant: one });
    for (const language of ["de", "fr", "es", "zh"] as const) {
      const text = fact[language];
      if (text !== undefined) queries.push({ kind: "language", text, language, relevant: one });
    }
    if (index % 2 === 0)
      queries.push({ kind: "words", text: tellingWords(fact.said, random, 3).join(" "), relevant: one });
    if (index % 2 === 1)
      queries.push({
        kind: "typo",
        text: misspelt(tellingWords(fact.said, random, 3), random),
        relevant: one,
      });
    if (index % 2 === 0) queries.push(dateQuery(placed, random));
    return queries.map((query): JudgedQuery => ({ ...query, half }));
  });
}

function dateQuery({ topic, conversation, message }: Placed, random: Random): Omit<JudgedQuery, "half"> {
  const at = new Date(message.at);
  const month = monthNames[at.getUTCMonth()] ?? "";
  const when = `${month} ${String(at.getUTCFullYear())}`;
  const text = random.pick([
    `what did I say about ${topic.about} in ${when}`,
    `${topic.about.replace(/^(?:the|my) /, "")} ${when}`,
    `conversations about ${topic.about} from ${when}`,
  ]);
  return { kind: "date", text, relevant: new Set(conversation.messages.map(({ key }) => key)) };
}

/** The longest words tell the most; some of them, in the order of the text. */
function tellingWords(text: string, random: Random, count: number): string[] {
  const words = (text.match(/\p{L}{5,}/gu) ?? [])
    .map((word) => word.toLowerCase())
    .filter((word) => !empty.has(word));
  const longest = [...new Set(words)].sort((one, other) => other.length - one.length).slice(0, count + 3);
  const chosen = new Set(random.shuffled(longest).slice(0, count));
  return [...new Set(words)].filter((word) => chosen.has(word));
}

/** One slip of the fingers in each word but the first. */
function misspelt(words: readonly string[], random: Random): string {
  return words.map((word, index) => (index === 0 && words.length > 1 ? word : slip(word, random))).join(" ");
}

function slip(word: string, random: Random): string {
  const at = 1 + random.below(word.length - 2);
  const [before, one, two, rest] = [
    word.slice(0, at),
    word.charAt(at),
    word.charAt(at + 1),
    word.slice(at + 2),
  ];
  switch (random.below(4)) {
    case 0:
      return before + (one === two ? "" : two) + one + rest;
    case 1:
      return before + two + rest;
    case 2:
      return before + one + one + two + rest;
    default:
      return before + random.pick(["a", "e", "i", "o", "u"].filter((letter) => letter !== one)) + two + rest;
  }
}
