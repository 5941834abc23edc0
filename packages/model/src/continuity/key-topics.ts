import { speechActsOf } from "./speech-acts.ts";
import type { SpeechAct } from "./speech-acts.ts";

/** What was talked of, and from where it is known. */
export interface KeyTopic {
  topic: string;
  why: "speech-act" | "telling-word" | "nothing-stands-out";
}

/** Acts that are topics of a whole conversation; that somebody asked something says little of what it was about. */
const topical: readonly SpeechAct[] = ["Greeting", "Farewell", "Small talk", "Plan", "Decision", "Problem"];

/** What a conversation is called that is about nothing in particular; specification 003's sample. */
export const generalTopic = "General conversation";

/**
 * The key topics of what was said in a conversation on a day: acts of speech that the person's words show, then the telling words, and
 * where no word stands out, that it was a general conversation.
 * @param texts the person's messages, in order.
 * @param tellingWords heaviest first, as people write them.
 */
export function keyTopicsOf(texts: readonly string[], tellingWords: readonly string[], most = 5): KeyTopic[] {
  const acts = new Set(texts.flatMap(speechActsOf));
  const shown = topical.filter((act) => acts.has(act) && !(act === "Small talk" && acts.has("Greeting")));
  const topics: KeyTopic[] = shown.map((topic) => ({ topic, why: "speech-act" }));
  const words = tellingWords.slice(0, Math.max(0, most - topics.length));
  for (const topic of words) topics.push({ topic, why: "telling-word" });
  if (words.length === 0) topics.push({ topic: generalTopic, why: "nothing-stands-out" });
  return topics.slice(0, Math.max(most, 1));
}
