import type { SearchAnswer, SearchRequest } from "@chatty/model";
import { countWords } from "@chatty/runtimes";
import type { WordCounts } from "@chatty/runtimes";

export interface WordSampleOptions {
  search: (request: SearchRequest) => Promise<SearchAnswer>;
  now: () => number;
}

/** Which words are usual in a person's conversations, by a sample of the newest messages. */
export interface WordSample {
  /** What is known by now; made or made anew in the background when there is nothing or it is old. */
  counts(): WordCounts | undefined;
  /** Resolves when nothing is being made. */
  settle(): Promise<void>;
}

/** Messages of the sample, and milliseconds after which it is made anew. */
const sampleSize = 6000;
const atOnce = 200;
const freshForMs = 60 * 60_000;
/** A sample of fewer messages says nothing of what is usual. */
const fewest = 200;

export function createWordSample({ search, now }: WordSampleOptions): WordSample {
  let known: { counts: WordCounts; at: number } | undefined;
  let making: Promise<void> | undefined;
  const make = async (): Promise<void> => {
    const texts: string[] = [];
    let after: string | undefined;
    do {
      const answer: SearchAnswer = await search({
        query: "",
        sort: "newest",
        mode: "text",
        limit: atOnce,
        filters: { roles: ["user", "assistant"] },
        ...(after === undefined ? {} : { after }),
      });
      for (const { snippet } of answer.hits) texts.push(snippet);
      after = answer.hits.length === 0 ? undefined : answer.next;
    } while (after !== undefined && texts.length < sampleSize);
    if (texts.length >= fewest) known = { counts: countWords(texts), at: now() };
  };
  return {
    counts() {
      if (known === undefined || Math.abs(now() - known.at) > freshForMs) {
        making ??= make()
          .catch(() => {
            // Without a sample every word counts alike; the next message tries again.
          })
          .finally(() => {
            making = undefined;
          });
      }
      return known?.counts;
    },
    async settle() {
      await making;
    },
  };
}
