import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { MessageId, ParsedQuery, SearchAnswer, SearchRequest, SessionId } from "@chatty/model";
import { ChattyError, parseSearchQuery } from "@chatty/model";
import { checked } from "../catalog/checked-statement.ts";
import { AttributeTable, noTime } from "./attribute-table.ts";
import { DocumentFinder } from "./document-finder.ts";
import { countFacets } from "./facets.ts";
import { bestDocuments } from "./found-documents.ts";
import { bodySql, buildHit } from "./hit-builder.ts";
import type { HitContext } from "./hit-builder.ts";
import { formatCursor, parseCursor } from "./search-cursor.ts";
import { questionOf } from "./question.ts";
import { documentFilter } from "./session-filter.ts";
import type { DocumentFilter, Visibility } from "./session-filter.ts";
import { Spelling } from "./spelling.ts";
import { tellingWords } from "./telling-words.ts";

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
  /** Integer milliseconds UTC. */
  now: number;
}

/** An answer but for what only the owner of the lists knows. */
export type EngineAnswer = Omit<SearchAnswer, "pendingSessions" | "tookMs">;

/** Answers questions about one index. Whoever opened the database closes it. */
export class QueryEngine {
  readonly #database: DatabaseSync;
  readonly #table: AttributeTable;
  readonly #finder: DocumentFinder;
  readonly #spelling: Spelling;
  readonly #body: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#table = new AttributeTable(database);
    this.#finder = new DocumentFinder(database, this.#table);
    this.#spelling = new Spelling(database);
    this.#body = database.prepare(bodySql);
  }

  /** @throws {ChattyError} CURSOR_INVALID, LIMIT_INVALID, CATALOG_DAMAGED */
  search({ request, visibility, now }: EngineRequest): EngineAnswer {
    const limit = checkLimit(request.limit ?? 20);
    const after = request.after === undefined ? undefined : parseCursor(request.after);
    const at = after?.now ?? now;
    const question = questionOf(request, at);
    return this.#reading(() => {
      const asked = question.filters.filter((each, index) => index === 0 || Object.keys(each).length > 0);
      const filter = allOf(asked.map((each) => documentFilter(this.#table, each, visibility)));
      const found = this.#finder.find(question, filter, request.sort !== "newest", at);
      const best = bestDocuments(found, (position) => this.#table.docAt(position), limit + 1, after);
      const last = best.length > limit ? best[limit - 1] : undefined;
      const context = { ...this.#context(visibility), parsed: question.parsed, fields: question.fields };
      const backTo = this.#timeOf(found.backToDoc);
      return {
        hits: best.slice(0, limit).flatMap((hit) => buildHit(context, hit) ?? []),
        ...(last === undefined ? {} : { next: formatCursor({ score: last.score, doc: last.doc, now: at }) }),
        total: found.count,
        totalIsExact: found.isComplete,
        sort: found.isRanked ? "best" : "newest",
        mode: "text",
        ...(backTo === undefined ? {} : { searchedBackTo: backTo }),
        ...(request.facets === true ? { facets: countFacets(this.#table, found, visibility) } : {}),
        ...this.#suggestions(request.query, question.parsed, found.count, at),
        notices: question.parsed.notices,
      };
    });
  }

  /** What is like a message, in other conversations: by its telling words. Undefined when it is not in the index. */
  similar({ sessionId, messageId, limit, visibility, now }: SimilarRequest): EngineAnswer | undefined {
    checkLimit(limit);
    return this.#reading(() => {
      const number = this.#table.numberOf(sessionId);
      const sql =
        "SELECT b.text FROM docs d JOIN bodies b ON b.doc = d.doc WHERE d.session = ? AND d.message_id = ?";
      const body = this.#database.prepare(sql).get(number ?? -1, messageId);
      if (body === undefined) return undefined;
      const filter = documentFilter(this.#table, { not: { sessions: [sessionId] } }, visibility);
      const words = tellingWords(String(body["text"]), (word) => this.#finder.countOf(`"${word}"`));
      const found = this.#finder.findAny(
        words.map((word) => `"${word}"`),
        filter,
        now,
      );
      const best = bestDocuments(found, (position) => this.#table.docAt(position), limit, undefined);
      const parsed = parseSearchQuery(words.join(" OR "), { now });
      const context = { ...this.#context(visibility), parsed, fields: undefined };
      return {
        hits: best.flatMap((hit) => buildHit(context, hit) ?? []),
        totalIsExact: false,
        sort: "best",
        mode: "text",
        notices: [],
      };
    });
  }

  counts(): { messages: number; sessions: number } {
    const docs = this.#database.prepare("SELECT count(*) AS count FROM docs WHERE place > 0").get();
    const sessions = this.#database.prepare("SELECT count(*) AS count FROM sessions").get();
    return { messages: Number(docs?.["count"]), sessions: Number(sessions?.["count"]) };
  }

  /** Sees one state of the index from beginning to end. */
  #reading<Value>(work: () => Value): Value {
    return checked(() => {
      this.#database.exec("BEGIN");
      try {
        this.#table.refresh();
        return work();
      } finally {
        this.#database.exec("COMMIT");
      }
    });
  }

  #suggestions(query: string, parsed: ParsedQuery, count: number, now: number): { suggestions?: string[] } {
    if (count > 0) return {};
    const suggestions = this.#spelling.suggest(query, parsed, now);
    return suggestions.length === 0 ? {} : { suggestions };
  }

  #context(visibility: Visibility): Pick<HitContext, "body" | "table" | "visibility"> {
    return { body: this.#body, table: this.#table, visibility };
  }

  #timeOf(doc: number | undefined): number | undefined {
    const position = doc === undefined ? undefined : this.#table.positionOf(doc);
    const time = position === undefined ? noTime : this.#table.timeAt(position);
    return time === noTime ? undefined : time;
  }
}

function checkLimit(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 200) return limit;
  throw new ChattyError("LIMIT_INVALID", `A search gives between 1 and 200 hits, not ${limit}.`, {
    hint: "Ask for the next page with the cursor of the one before.",
  });
}

function allOf(filters: readonly DocumentFilter[]): DocumentFilter {
  const [only, ...others] = filters;
  if (only !== undefined && others.length === 0) return only;
  return { allows: (position) => filters.every((filter) => filter.allows(position)) };
}
