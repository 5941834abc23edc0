import type { DatabaseSync } from "node:sqlite";
import type {
  ConstructId,
  MessageId,
  RuntimeId,
  SearchAnswer,
  SearchField,
  SearchHit,
  SearchRequest,
  SessionId,
} from "@chatty/model";
import { ChattyError } from "@chatty/model";
import { AttributeTable } from "./attribute-table.ts";
import { activeBit, fieldBit, fieldOrder, roleBit, roleOrder, titleBit } from "./document.ts";
import { countFacets } from "./facets.ts";
import { formatCursor, parseCursor } from "./search-cursor.ts";
import { questionOf } from "./question.ts";
import type { Question } from "./question.ts";
import { documentFilter, shownRuntime } from "./session-filter.ts";
import type { DocumentFilter, Visibility } from "./session-filter.ts";

/** A question with what the owner of the lists adds to it. */
export interface EngineRequest {
  request: SearchRequest;
  visibility: Visibility;
  /** Integer milliseconds UTC. */
  now: number;
}

/** Asks for what is like a message. */
export interface SimilarRequest {
  sessionId: SessionId;
  messageId: MessageId;
  limit: number;
  visibility: Visibility;
}

/** An answer but for what only the owner of the lists knows. */
export type EngineAnswer = Omit<SearchAnswer, "pendingSessions" | "tookMs">;

/** Hits that are looked at when words are too common for all of them. */
const hitBound = 30_000;
/** Weights of the fields in the order of the columns. */
const weights = "1.0, 2.0, 0.5, 0.5, 0.6";
/** How much more a document of today counts than a very old one. */
const recencyWeight = 0.25;
const halfLifeMs = 180 * 24 * 60 * 60 * 1000;

interface Scored {
  position: number;
  doc: number;
  score: number;
}

/** Answers questions about one index. Whoever opened the database closes it. */
export class QueryEngine {
  readonly #database: DatabaseSync;
  readonly #table: AttributeTable;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#table = new AttributeTable(database);
  }

  /** @throws {ChattyError} CURSOR_INVALID, LIMIT_INVALID */
  search({ request, visibility, now }: EngineRequest): EngineAnswer {
    const limit = request.limit ?? 20;
    if (!Number.isInteger(limit) || limit < 1 || limit > 200) {
      throw new ChattyError("LIMIT_INVALID", `A search gives between 1 and 200 hits, not ${limit}.`);
    }
    const after = request.after === undefined ? undefined : parseCursor(request.after);
    const question = questionOf(request.query, request.filters ?? {});
    this.#database.exec("BEGIN");
    try {
      this.#table.refresh();
      const filter = documentFilter(this.#table, question.filters, visibility);
      const at = after?.now ?? now;
      const found = this.#find(question, filter, request.sort !== "newest", at);
      const sort = found.isRanked ? "best" : "newest";
      found.hits.sort((left, right) => right.score - left.score || right.doc - left.doc);
      const isBehind = (hit: Scored): boolean =>
        after === undefined || hit.score < after.score || (hit.score === after.score && hit.doc < after.doc);
      const first = found.hits.findIndex(isBehind);
      const page = first === -1 ? [] : found.hits.slice(first, first + limit);
      const last = page.at(-1);
      const isMore = last !== undefined && first + limit < found.hits.length;
      return {
        hits: page.map((hit) => this.#hit(hit, question, visibility)),
        ...(isMore ? { next: formatCursor({ score: last.score, doc: last.doc, now: at }) } : {}),
        total: found.hits.length,
        totalIsExact: found.isComplete,
        sort,
        mode: "text",
        ...(found.isComplete || found.backTo === undefined ? {} : { searchedBackTo: found.backTo }),
        ...(request.facets === true
          ? {
              facets: countFacets(
                this.#table,
                found.hits.map(({ position }) => position),
                visibility,
                found.isComplete,
              ),
            }
          : {}),
        notices: [...question.notices],
      };
    } finally {
      this.#database.exec("COMMIT");
    }
  }

  /** What is like a message, in other conversations: by its telling words. Undefined when it is not in the index. */
  similar({ sessionId, messageId, limit, visibility }: SimilarRequest): EngineAnswer | undefined {
    if (!Number.isInteger(limit) || limit < 1 || limit > 200) {
      throw new ChattyError("LIMIT_INVALID", `A search gives between 1 and 200 hits, not ${limit}.`);
    }
    this.#table.refresh();
    const number = this.#table.numberOf(sessionId);
    const body = this.#database
      .prepare(
        "SELECT b.text FROM docs d JOIN bodies b ON b.doc = d.doc WHERE d.session = ? AND d.message_id = ?",
      )
      .get(number ?? -1, messageId);
    if (body === undefined) return undefined;
    const counts = new Map<string, number>();
    for (const word of String(body["text"]).match(/[\p{L}\p{N}]{3,}/gu) ?? []) {
      const key = word.toLowerCase();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const rare = this.#database.prepare(
      "SELECT count(*) AS n FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT 2000)",
    );
    const telling = [...counts]
      .slice(0, 200)
      .map(([word, count]) => ({ word, df: Number(rare.get(`"${word}"`)?.["n"]), count }))
      .filter(({ df }) => df > 1)
      .map(({ word, df, count }) => ({ word, weight: (1 + Math.log(count)) / Math.log(2 + df) }))
      .sort((left, right) => right.weight - left.weight)
      .slice(0, 12)
      .map(({ word }) => word);
    const question = { ...questionOf(telling.join(" "), { not: { sessions: [sessionId] } }) };
    const match = question.terms.length === 0 ? '""' : question.terms.join(" OR ");
    const filter = documentFilter(this.#table, question.filters, visibility);
    const found = this.#find({ ...question, match }, filter, true, 0);
    found.hits.sort((left, right) => right.score - left.score || right.doc - left.doc);
    return {
      hits: found.hits.slice(0, limit).map((hit) => this.#hit(hit, question, visibility)),
      totalIsExact: false,
      sort: "best",
      mode: "text",
      notices: [],
    };
  }

  counts(): { messages: number; sessions: number } {
    const docs = this.#database.prepare("SELECT count(*) AS count FROM docs WHERE place > 0").get();
    const sessions = this.#database.prepare("SELECT count(*) AS count FROM sessions").get();
    return { messages: Number(docs?.["count"]), sessions: Number(sessions?.["count"]) };
  }

  #find(
    question: Question,
    filter: DocumentFilter,
    isRanked: boolean,
    now: number,
  ): { hits: Scored[]; isRanked: boolean; isComplete: boolean; backTo: number | undefined } {
    const table = this.#table;
    const hits: Scored[] = [];
    if (question.match === undefined) {
      let backTo: number | undefined;
      for (const position of table.newestFirst()) {
        if (!filter.allows(position)) continue;
        if (hits.length === hitBound) {
          backTo = timeOf(table, hits.at(-1)?.position);
          break;
        }
        const doc = table.docAt(position);
        hits.push({ position, doc, score: doc });
      }
      return { hits, isRanked: false, isComplete: hits.length < hitBound, backTo };
    }
    const statement = this.#database.prepare(
      `SELECT rowid, ${isRanked ? `bm25(words, ${weights})` : "0"} FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT ?`,
    );
    statement.setReturnArrays(true);
    const rows = statement.all(question.match, hitBound + 1) as unknown as [number, number][];
    const isComplete = rows.length <= hitBound;
    const ranks = isRanked && isComplete;
    for (const [doc, rank] of rows.slice(0, hitBound)) {
      const position = table.positionOf(doc);
      if (position === undefined || !filter.allows(position)) continue;
      const score = ranks ? -rank * this.#recency(position, now) : doc;
      hits.push({ position, doc, score });
    }
    const lastDoc = rows[hitBound - 1]?.[0];
    const backTo = lastDoc === undefined ? undefined : timeOf(table, table.positionOf(lastDoc));
    return { hits, isRanked: ranks, isComplete, backTo };
  }

  #recency(position: number, now: number): number {
    const time = this.#table.timeAt(position);
    return 1 + recencyWeight * 2 ** -(Math.max(now - time, 0) / halfLifeMs);
  }

  #hit({ position, doc, score }: Scored, question: Question, visibility: Visibility): SearchHit {
    const table = this.#table;
    const bits = table.bitsAt(position);
    const session = table.session(table.sessionNumberAt(position));
    if (session === undefined) throw new TypeError(`The document ${doc} has no conversation.`);
    const row = this.#database
      .prepare(
        "SELECT d.message_id, b.text, b.thinking, b.tool, b.file FROM docs d LEFT JOIN bodies b ON b.doc = d.doc WHERE d.doc = ?",
      )
      .get(doc);
    const titleMarks = question.marks(session.title);
    const { field, text } = fieldOf(bits, row ?? {}, question, session.title);
    const { snippet, marks } = question.snippet(text);
    const time = table.timeAt(position);
    const model = table.modelNames[table.modelAt(position)] ?? "";
    return {
      sessionId: session.sessionId,
      messageId: typeof row?.["message_id"] === "string" ? (row["message_id"] as MessageId) : null,
      runtimeId: shownRuntime(session, visibility) as RuntimeId,
      constructId: session.constructId satisfies ConstructId,
      title: session.title,
      role: roleOrder.find((role) => (bits & roleBit(role)) !== 0) ?? "user",
      ...(model === "" || (bits & titleBit) !== 0 ? {} : { model }),
      ...(time === -Infinity ? {} : { timestamp: time }),
      score,
      snippet,
      marks,
      titleMarks,
      field,
      onActivePath: (bits & activeBit) !== 0,
      foundBy: ["text"],
    };
  }
}

function timeOf(table: AttributeTable, position: number | undefined): number | undefined {
  const time = position === undefined ? undefined : table.timeAt(position);
  return time === -Infinity ? undefined : time;
}

/** The first field in which something is to be marked. */
function fieldOf(
  bits: number,
  row: Record<string, unknown>,
  question: Question,
  title: string,
): { field: SearchField; text: string } {
  if ((bits & titleBit) !== 0) return { field: "title", text: title };
  const fields = fieldOrder
    .filter((field) => field !== "title" && (bits & fieldBit(field)) !== 0)
    .flatMap((field) => {
      const text = row[field];
      return typeof text === "string" ? [{ field, text }] : [];
    });
  const wanted = question.filters.in;
  const among = wanted === undefined ? fields : fields.filter(({ field }) => wanted.includes(field));
  return (
    among.find(({ text }) => question.marks(text).length > 0) ?? fields[0] ?? { field: "text", text: "" }
  );
}
