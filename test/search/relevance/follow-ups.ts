import { corpusNow } from "./corpus.ts";
import type { Corpus, CorpusRuntime } from "./corpus.ts";
import { seeded } from "./random.ts";

/** A conversation that begins later, whose last message needs what was said in an earlier one. */
export interface FollowUp {
  id: string;
  /** Oldest first; the last one is the person's. */
  turns: { role: "user" | "assistant"; text: string }[];
  /** Key of the message that is needed, of its conversation, and the runtime in which it was said. */
  passage: string;
  conversation: string;
  runtime: CorpusRuntime;
  /** Integer milliseconds UTC at which the last message is written. */
  at: number;
}

export const followUpCount = 100;

const greetings = [
  "Hello, a short one today.",
  "Good evening!",
  "I have five minutes before I must leave.",
  "Let us go on, something else came up.",
  "Morning. One question.",
];
const welcomes = ["Of course, go ahead.", "Sure, what is it about?", "Happy to help.", "I'm listening."];

/** A hundred of them, over the facts of a corpus. */
export function makeFollowUps(corpus: Corpus, seed = 3): FollowUp[] {
  const random = seeded(seed);
  return random
    .shuffled(corpus.facts)
    .slice(0, followUpCount)
    .map(({ id, fact, conversation, message }, index) => ({
      id,
      turns: [
        { role: "user", text: fact.lead ?? random.pick(greetings) },
        { role: "assistant", text: random.pick(welcomes) },
        { role: "user", text: fact.follow },
      ],
      passage: message.key,
      conversation: conversation.key,
      runtime: conversation.runtime,
      at: corpusNow + index * 3_600_000,
    }));
}
