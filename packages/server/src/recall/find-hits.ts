import type {
  MessageId,
  RuntimeId,
  SearchAnswer,
  SearchFilters,
  SearchHit,
  SearchRequest,
  SessionId,
} from "@chatty/model";
import { fuseRankings, rarity } from "@chatty/runtimes";
import type { Ranking, RecallQuestion } from "@chatty/runtimes";

/** A message that was found, and its places among all that were. */
export interface FoundHit {
  sessionId: SessionId;
  messageId: MessageId;
  runtimeId: RuntimeId;
  /** 0 is the best; undefined where it was not found so. */
  placeByMeaning: number | undefined;
  placeByWords: number | undefined;
  /** A stretch of it around what was found. */
  snippet: string;
  why: Set<string>;
}

export interface FindHitsOptions {
  search: (request: SearchRequest) => Promise<SearchAnswer>;
  /** Messages in the index, for judging how rare a word is. */
  messages: () => Promise<number>;
  questions: readonly RecallQuestion[];
  runtimeIds: readonly RuntimeId[];
  /** Resolves when the time is over; what has not come by then does not count. */
  timeIsOver: Promise<void>;
}

/** Hits that are taken of each question; by the meaning of the message itself twice as many. */
const hitsByMeaning = 200;
const hitsByWords = 60;

/**
 * Asks all questions at once and joins what came in time. Only messages of people and models on the path that is shown, in the
 * runtimes that are allowed, not in archived conversations, and not hidden.
 */
export async function findHits(options: FindHitsOptions): Promise<FoundHit[]> {
  const { search, questions, runtimeIds, timeIsOver } = options;
  if (runtimeIds.length === 0 || questions.length === 0) return [];
  const answers: (SearchAnswer | undefined)[] = questions.map(() => undefined);
  let all = 0;
  const asked = questions.map(async (question, index) => {
    const request = requestOf(question, runtimeIds);
    const answer = await search(request);
    answers[index] = answer;
    if (index > 0 || answer.next === undefined || answer.mode === "text") return;
    // The sense of a question is told by many before the one that answers it.
    const more = await search({ ...request, after: answer.next });
    answers[index] = { ...answer, hits: [...answer.hits, ...more.hits] };
  });
  const counted = options.messages().then((count) => (all = count));
  await Promise.race([Promise.allSettled([...asked, counted]), timeIsOver]);
  // From here on what comes late is not looked at any more.
  const met = new Map<MessageId, FoundHit>();
  const rankings: Record<RecallQuestion["by"], Ranking<MessageId>[]> = { meaning: [], words: [] };
  for (const [index, question] of questions.entries()) {
    const answer = answers[index];
    if (answer === undefined) continue;
    const hits = answer.hits.filter(isMessageHit);
    // Without vectors a question by meaning is answered by its words.
    const by = answer.mode === "text" ? "words" : question.by;
    for (const hit of hits) meet(met, hit, by === "meaning" ? "meaning" : question.label);
    rankings[by].push({
      keys: hits.map(({ messageId }) => messageId),
      weight: weightOf(question, answer, all),
    });
  }
  for (const by of ["meaning", "words"] as const) {
    let place = 0;
    for (const messageId of fuseRankings(rankings[by]).keys()) {
      const hit = met.get(messageId);
      if (hit !== undefined) hit[by === "meaning" ? "placeByMeaning" : "placeByWords"] = place;
      place += 1;
    }
  }
  return [...met.values()];
}

function requestOf(question: RecallQuestion, runtimeIds: readonly RuntimeId[]): SearchRequest {
  const filters: SearchFilters = {
    runtimes: [...runtimeIds],
    roles: ["user", "assistant"],
    in: ["text", "title"],
    is: ["active"],
    not: { is: ["archived", "hidden"] },
    ...(question.from === undefined ? {} : { from: question.from }),
    ...(question.to === undefined ? {} : { to: question.to }),
  };
  return {
    query: question.query,
    mode: question.by === "meaning" ? "semantic" : "text",
    limit: question.by === "meaning" ? hitsByMeaning : hitsByWords,
    filters,
  };
}

type MessageHit = SearchHit & { messageId: MessageId };

function isMessageHit(hit: SearchHit): hit is MessageHit {
  return hit.messageId !== null && hit.onActivePath;
}

function weightOf(question: RecallQuestion, answer: SearchAnswer, all: number): number {
  const found = Math.max(answer.total ?? 0, answer.hits.length);
  return question.isSingle ? question.weight * rarity(found, all) : question.weight;
}

function meet(met: Map<MessageId, FoundHit>, hit: MessageHit, why: string | undefined): void {
  const { sessionId, messageId, runtimeId, snippet } = hit;
  const known = met.get(messageId);
  const reasons = why === undefined ? [] : [why];
  if (known === undefined) {
    const places = { placeByMeaning: undefined, placeByWords: undefined };
    met.set(messageId, { sessionId, messageId, runtimeId, ...places, snippet, why: new Set(reasons) });
    return;
  }
  for (const reason of reasons) known.why.add(reason);
}
