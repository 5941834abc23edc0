import type { Embedder, MessageId, SessionId } from "@chatty/model";
import type { AttributeTable } from "../search/attribute-table.ts";
import { documentFilters } from "../search/session-filter.ts";
import type { MeaningAnswer, MeaningHit, MeaningQuestion } from "./meaning-port.ts";
import type { SearchView } from "./search-view.ts";
import { parseDocumentId } from "./texts-to-embed.ts";
import type { TextsToEmbed } from "./texts-to-embed.ts";
import type { VectorDatabase } from "./vector-database.ts";
import { approximateVectors } from "./vector-set.ts";
import type { NearChunk, VectorSet } from "./vector-set.ts";
import type { ScoreSpread } from "./nearest-rows.ts";

/** A set that is asked, with the embedder whose vectors it has. */
export interface AskedSet {
  /** Of the set in the database. */
  number: number;
  embedder: Embedder;
  set: VectorSet;
}

/** Deviations below this are of sets in which nothing is like anything. */
const leastDeviation = 0.01;
/** Chunks that are looked at for each hit that is wanted: a long message has many near ones. */
const chunksPerHit = 3;
const mostChunks = 4_096;

interface SetAnswer {
  model: string;
  hits: MeaningHit[];
  spread: ScoreSpread;
}

/** Asks every set and puts their answers together. Without sets or vectors there are no hits. */
export async function findByMeaning(
  question: MeaningQuestion,
  sets: readonly AskedSet[],
  { database, view }: { database: VectorDatabase; view: SearchView },
): Promise<Omit<MeaningAnswer, "isComplete">> {
  const answers: SetAnswer[] = [];
  for (const asked of sets) {
    if (asked.set.size === 0) continue;
    const vector = await vectorOf(question, asked, database);
    if (vector === undefined) continue;
    const hits = view.look((table, texts) => hitsOf({ question, asked, vector, database, table, texts }));
    answers.push({ model: asked.set.kind.model, hits: hits ?? [], spread: asked.set.spread() });
  }
  const [first, ...others] = answers;
  if (first === undefined) return { hits: [], models: [] };
  return {
    hits: others.length === 0 ? first.hits : joined(answers).slice(0, question.limit),
    models: answers.map(({ model }) => model),
  };
}

async function vectorOf(
  { text, vector, like }: MeaningQuestion,
  { number, embedder, set }: AskedSet,
  database: VectorDatabase,
): Promise<Float32Array | undefined> {
  if (vector !== undefined) return vector.length === set.kind.dimensions ? vector : undefined;
  if (text !== undefined) return (await embedder.embed([text], "query"))[0];
  if (like === undefined) return undefined;
  const session = database.session(number, like.sessionId);
  const document = session && database.documentOfSession(session.number, like.messageId);
  return document && middleOf(approximateVectors(document, set.kind.dimensions));
}

/** The direction in which all of them lie together. */
function middleOf(vectors: readonly Float32Array[]): Float32Array | undefined {
  const sum = new Float32Array(vectors[0]?.length ?? 0);
  for (const vector of vectors)
    for (const [axis, value] of vector.entries()) sum[axis] = (sum[axis] ?? 0) + value;
  const length = Math.sqrt(sum.reduce((total, value) => total + value * value, 0));
  return length === 0 ? undefined : sum.map((value) => value / length);
}

interface Asking {
  question: MeaningQuestion;
  asked: AskedSet;
  vector: Float32Array;
  database: VectorDatabase;
  table: AttributeTable;
  texts: TextsToEmbed;
}

function hitsOf(asking: Asking): MeaningHit[] {
  const { question, asked, vector, table } = asking;
  const filter = documentFilters(table, [question.filters].flat(), question.visibility);
  const rows = {
    stamp: table.epoch,
    positionOf: (doc: number) => table.positionOf(doc),
    allows: (position: number) => filter.allows(position),
  };
  for (let wanted = Math.max(question.limit * chunksPerHit, 20); ; wanted *= 4) {
    const limit = Math.min(wanted, mostChunks);
    const chunks = asked.set.find({ vector, limit, filter: rows });
    const hits = messagesOf(chunks, asking);
    if (hits.length >= question.limit || chunks.length < limit || limit === mostChunks) {
      return hits.slice(0, question.limit);
    }
  }
}

interface FoundMessage {
  hit: MeaningHit;
  /** Its number in the index of words; a higher one is newer. */
  doc: number;
}

/** Each message once, by its nearest passage; among equals the newest first. */
function messagesOf(chunks: readonly NearChunk[], { question, database, texts }: Asking): MeaningHit[] {
  const found = new Map<string, FoundMessage>();
  for (const { document: number, chunk, score } of chunks) {
    if (found.size >= question.limit) break;
    const document = database.foundDocument(number);
    if (document === undefined) continue;
    const { sessionId } = document;
    const { messageId, field } = parseDocumentId(document.documentId);
    const key = `${sessionId} ${messageId}`;
    const isItself = question.like?.messageId === messageId && question.like.sessionId === sessionId;
    if (found.has(key) || isItself) continue;
    // The number may be another message's by now: then this one is found again when that was noticed.
    const now = texts.messageOf(document.doc);
    if (now?.messageId !== messageId || now.sessionId !== sessionId) continue;
    const hit = {
      sessionId: sessionId as SessionId,
      messageId: messageId as MessageId,
      score,
      field,
      from: document.ranges[chunk * 2] ?? 0,
      to: document.ranges[chunk * 2 + 1] ?? 0,
    };
    found.set(key, { hit, doc: document.doc });
  }
  return [...found.values()]
    .sort((left, right) => right.hit.score - left.hit.score || right.doc - left.doc)
    .map(({ hit }) => hit);
}

/**
 * Puts answers of models together of which the first is the better one and the other has what it has not come to. Cosines of two models
 * mean different things: each counts by how far it stands out among all of its model. What both found, the first one judges.
 */
function joined(answers: readonly SetAnswer[]): MeaningHit[] {
  const found = new Map<string, MeaningHit>();
  for (const { hits, spread } of answers) {
    for (const hit of hits) {
      const key = `${hit.sessionId} ${hit.messageId}`;
      if (found.has(key)) continue;
      const score = (hit.score - spread.mean) / Math.max(spread.deviation, leastDeviation);
      found.set(key, { ...hit, score });
    }
  }
  return [...found.values()].sort((left, right) => right.score - left.score);
}
