/**
 * What the stand-in provider does with a request. A request picks it by its model name (`stand-in/busy`, or `busy` alone) or by
 * words in its last user message: `stand-in:busy`, which wins, so that a test can steer one conversation without another model.
 */
export const standInBehaviours = {
  answer: "Answers, in chunks.",
  slow: "Answers with 150 ms between chunks.",
  thinking: "Reasons first (`reasoning_content`), then answers.",
  tools: "Says a sentence and calls the tool `look_up`.",
  "only-tools": "Calls the tool and says nothing.",
  "refused-key": "401, as for a wrong key.",
  "echoed-key": "401 whose body repeats the key it was sent.",
  "no-model": "404, as for an unknown model.",
  busy: "429 with `Retry-After: 7`.",
  "too-long": "400 `context_length_exceeded`.",
  cut: "Breaks the connection after half of the chunks.",
  "cut-at-once": "Breaks the connection after the headers.",
  unfinished: "Ends the stream politely, without a finish chunk.",
  hang: "Accepts the request and never answers.",
  stall: "Sends half of the chunks and then nothing.",
  broken: "500.",
  overloaded: "503.",
  "error-chunk": "Sends half of the chunks and then an error as a chunk.",
  redirect: "307 to `redirectTo` of the options.",
  garbage: "200 with a chunk that is no JSON.",
} as const;

export type StandInBehaviour = keyof typeof standInBehaviours;

/** Picks the behaviour by the last message's words, else by the model's name, else `answer`. */
export function pickBehaviour(model: string, lastText: string): StandInBehaviour {
  const words = [...lastText.matchAll(/stand-in:([a-z-]+)/g)].map(([, word = ""]) => word);
  return [...words, model.replace(/^stand-in\//, "")].find(isBehaviour) ?? "answer";
}

function isBehaviour(word: string): word is StandInBehaviour {
  return Object.hasOwn(standInBehaviours, word);
}
