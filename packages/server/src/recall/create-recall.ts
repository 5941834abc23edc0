import { randomBytes } from "node:crypto";
import type { SearchAnswer } from "@chatty/model";
import { createWordSample } from "./word-sample.ts";
import { framePassages, frameTokens, recallQuestions } from "@chatty/runtimes";
import type { UserVault } from "@chatty/store";
import { findHits } from "./find-hits.ts";
import { makePassages } from "./make-passages.ts";
import type { VaultOfPassages } from "./make-passages.ts";
import type { FoundPassage, Recalled, RecallAsk, RecallPort } from "./recall-port.ts";
import { recalledRuntimes, recallState } from "./recall-switch.ts";
import type { RecallSettings, VaultOfSwitch } from "./recall-switch.ts";

export interface RecallOptions {
  user: VaultOfPassages & VaultOfSwitch & Pick<UserVault, "search" | "searchState" | "memory">;
  settings: () => RecallSettings;
  /** Milliseconds after which an answer is made without what has not been found; 500 when absent. */
  boundMs?: number;
  now?: () => number;
  /** Random mark of a frame; for tests. */
  createMark?: () => string;
}

/** Part of the time that the search has, and milliseconds for the conversation that is being read when the time is over. */
const searchingShare = 0.6;
const graceMs = 100;
/** How long the number of messages counts as known. */
const countedForMs = 60_000;

/** Finds what earlier conversations of a user say about a message. */
export function createRecall(options: RecallOptions): RecallPort {
  const { user, settings, boundMs = 500, now = Date.now } = options;
  const createMark = options.createMark ?? (() => randomBytes(12).toString("hex"));
  const words = createWordSample({ search: async (request) => await user.search(request), now });
  let counted: { messages: number; at: number } | undefined;
  const messages = async (): Promise<number> => {
    if (counted === undefined || now() - counted.at > countedForMs) {
      counted = { messages: (await user.searchState()).messages, at: now() };
    }
    return counted.messages;
  };

  const look = async (ask: RecallAsk, at: number): Promise<FoundPassage[]> => {
    // What the search has not said by then is done without, so that there is time left to read what it did say.
    const searching = boundTime(boundMs * searchingShare);
    const reading = boundTime(boundMs);
    const patience = boundTime(boundMs + graceMs);
    try {
      const runtimes = recalledRuntimes(user, settings());
      const hits = await findHits({
        search: (request): Promise<SearchAnswer> => user.search(request),
        messages,
        questions: recallQuestions(ask.turns, at),
        runtimeIds: [...runtimes.keys()],
        timeIsOver: searching.timeIsOver,
      });
      const made = makePassages({
        ...{ user, hits, runtimes, inContext: ask.inContext, counts: words.counts() },
        asked: ask.turns.findLast(({ role }) => role === "user")?.text ?? "",
        maxTokens: ask.maxTokens - frameTokens,
        isOver: reading.isOver,
      });
      // Reading stops between two conversations; one that takes long, as a huge import when it is first looked at, is not waited for.
      return await Promise.race([made, patience.timeIsOver.then(() => [])]);
    } finally {
      for (const bound of [searching, reading, patience]) bound.end();
    }
  };

  return {
    async find(ask) {
      const startedAt = now();
      try {
        if (!recallState(user, settings(), ask.sessionId, ask.isLocal).isOn) return undefined;
        const passages = await look(ask, startedAt);
        if (passages.length === 0) return undefined;
        const framed = framePassages(
          passages.map(({ quoted, ...passage }) => ({ ...passage, pieces: quoted })),
          createMark(),
        );
        return { passages, framed, at: startedAt, tookMs: Math.max(0, now() - startedAt) };
      } catch {
        // Whatever is wrong with the index or a conversation is told where people look for it; the answer goes on without.
        return undefined;
      }
    },

    async prepare() {
      words.counts();
      await words.settle();
    },

    async keep(sessionId, answerId, { passages, at }: Recalled) {
      try {
        await user.memory.addRecall({
          ...{ at, sessionId, answerId },
          passages: passages.map((passage) => ({
            sessionId: passage.sessionId,
            runtimeId: passage.runtimeId,
            messageIds: passage.pieces.map(({ messageId }) => messageId),
            ...(passage.timestamp === undefined ? {} : { timestamp: passage.timestamp }),
            score: Math.round(passage.score * 10_000) / 10_000,
            excerpt: passage.text,
          })),
        });
      } catch {
        // The answer's own record, which is durable by now, says the same; a full disk is told of by the next message.
      }
    },
  };
}

/** A stretch of time that ends by itself, or earlier when nobody waits any more. */
function boundTime(boundMs: number): { isOver: () => boolean; timeIsOver: Promise<void>; end: () => void } {
  let isOver = false;
  let finish: () => void = () => undefined;
  const timeIsOver = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const over = (): void => {
    isOver = true;
    finish();
  };
  const timer = setTimeout(over, boundMs);
  return {
    isOver: () => isOver,
    timeIsOver,
    end: () => {
      clearTimeout(timer);
      over();
    },
  };
}
