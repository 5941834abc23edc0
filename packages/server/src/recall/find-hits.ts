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

/** A message that was found, with what all questions say of it. */
export interface FusedHit {
  sessionId: SessionId;
  messageId: MessageId;
  runtimeId: RuntimeId;
  score: number;
  /** Of the answer in which it stood first. */
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

/** Hits that are taken of each question. */
const hitsEach = 30;

/**
 * Asks all questions at once and joins what came in time. Only messages of people and models on the path that is shown, in the
 * runtimes that are allowed, not in archived conversations, and not hidden.
 */
export async function findHits(options: FindHitsOptions): Promise<FusedHit[]> {
  const { search, questions, runtimeIds, timeIsOver } = options;
  if (runtimeIds.length === 0) return [];
  const answers: (SearchAnswer | undefined)[] = questions.map(() => undefined);
  let all = 0;
  const asked = questions.map(async (question, index) => {
    answers[index] = await search(requestOf(question, runtimeIds));
  });
  const counted = options.messages().then((count) => (all = count));
  await Promise.race([Promise.allSettled([...asked, counted]), timeIsOver]);
  const met = new Map<MessageId, FusedHit>();
  const rankings = questions.flatMap((question, index): Ranking<MessageId>[] => {
    // From here on what comes late is not looked at any more.
    const answer = answers[index];
    if (answer === undefined) return [];
    const hits = answer.hits.filter(isMessageHit);
    for (const hit of hits) meet(met, hit, question);
    return [{ keys: hits.map(({ messageId }) => messageId), weight: weightOf(question, answer, all) }];
  });
  const fused: FusedHit[] = [];
  for (const [messageId, score] of fuseRankings(rankings)) {
    const hit = met.get(messageId);
    if (hit !== undefined) fused.push({ ...hit, score });
  }
  return fused;
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
    limit: hitsEach,
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

function meet(met: Map<MessageId, FusedHit>, hit: MessageHit, question: RecallQuestion): void {
  const { sessionId, messageId, runtimeId, snippet } = hit;
  const known = met.get(messageId);
  const why = question.by === "meaning" ? "meaning" : question.query.replaceAll(/["*]/g, "");
  if (known === undefined) {
    met.set(messageId, { sessionId, messageId, runtimeId, score: 0, snippet, why: new Set([why]) });
    return;
  }
  known.why.add(why);
}
