import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { MessageId, ParsedQuery, SearchAnswer, SearchRequest, SessionId } from "@chatty/model";
import { ChattyError, parseSearchQuery } from "@chatty/model";
import { checked } from "../catalog/checked-statement.ts";
import type { MeaningHit } from "../vectors/meaning-port.ts";
import { AttributeTable, noTime } from "./attribute-table.ts";
import { DocumentFinder } from "./document-finder.ts";
import { countFacets } from "./facets.ts";
import { DocumentCollector, bestDocuments } from "./found-documents.ts";
import type { FoundDocuments } from "./found-documents.ts";
import { bodySql, buildHit } from "./hit-builder.ts";
import type { FoundPassage } from "./hit-builder.ts";
import { joinRanks } from "./joined-ranks.ts";
import { findLoosely, looseLimit } from "./loose-match.ts";
import type { RankedDocument } from "./loose-match.ts";
import { formatCursor, parseCursor } from "./search-cursor.ts";
import { meantRequest, questionOf } from "./question.ts";
import type { Question } from "./question.ts";
import { documentFilter, documentFilters } from "./session-filter.ts";
import type { DocumentFilter, Visibility } from "./session-filter.ts";
import { Spelling } from "./spelling.ts";
import { tellingWords } from "./telling-words.ts";

/** A question with what the owner of the lists adds to it. */
export interface EngineRequest {
  request: SearchRequest;
  visibility: Visibility;
  /** Integer milliseconds UTC. */
  now: number;
  /** What was found by meaning, the best first; undefined where nothing can be. */
  meaning?: readonly MeaningHit[] | undefined;
  /** The same at the time that the words may mean. */
  meaningThen?: readonly MeaningHit[] | undefined;
}

/** Asks for what is like a message. */
export interface SimilarRequest {
  sessionId: SessionId;
  messageId: MessageId;
  limit: number;
  visibility: Visibility;
  /** Integer milliseconds UTC. */
  now: number;
  /** As in {@link EngineRequest}. */
  meaning?: readonly MeaningHit[] | undefined;
}

/** An answer but for what only the owner of the lists knows. */
export interface EngineAnswer extends Omit<SearchAnswer, "pendingSessions" | "tookMs"> {
  /** True when the question would have been answered sooner by the second index, which is not made yet. */
  wantsPieces?: boolean;
}

/** Answers questions about one index. Whoever opened the database closes it. */
export class QueryEngine {
  readonly #database: DatabaseSync;
  readonly #table: AttributeTable;
  readonly #finder: DocumentFinder;
  readonly #spelling: Spelling;
  readonly #body: StatementSync;
  #counted: { epoch: number; counts: { messages: number; sessions: number } } | undefined;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#table = new AttributeTable(database);
    this.#finder = new DocumentFinder(database, this.#table);
    this.#spelling = new Spelling(database);
    this.#body = database.prepare(bodySql);
  }

  /** @throws {ChattyError} CURSOR_INVALID, LIMIT_INVALID, CATALOG_DAMAGED */
  search(asked: EngineRequest): EngineAnswer {
    const { request, visibility, now } = asked;
    const limit = checkLimit(request.limit ?? 20);
    const after = request.after === undefined ? undefined : parseCursor(request.after);
    const at = after?.now ?? now;
    const byMeaning = after?.byMeaning === false ? undefined : asked.meaning;
    return this.#reading(() => {
      const { answered, notices } = this.#find(asked, byMeaning, at);
      const { question, words, found, passages } = answered;
      const best = bestDocuments(found, (position) => this.#table.docAt(position), limit + 1, after);
      const last = best.length > limit ? best[limit - 1] : undefined;
      const { parsed, fields } = question;
      const context = { body: this.#body, table: this.#table, visibility, parsed, fields, passages };
      const backTo = words.isComplete ? undefined : this.#timeOf(words.backToDoc);
      const isByMeaning = byMeaning !== undefined;
      const cursor = { doc: last?.doc ?? 0, score: last?.score ?? 0, now: at, byMeaning: isByMeaning };
      const isCounted =
        !isByMeaning || (request.mode !== "semantic" && (words.count > 0 || found.count === 0));
      return {
        hits: best.slice(0, limit).flatMap((hit) => buildHit(context, hit) ?? []),
        ...(last === undefined ? {} : { next: formatCursor(cursor) }),
        ...(isCounted ? { total: words.count } : {}),
        totalIsExact: isCounted && words.isComplete,
        sort: found.isRanked ? "best" : "newest",
        mode: !isByMeaning ? "text" : request.mode === "semantic" ? "semantic" : "hybrid",
        ...(backTo === undefined ? {} : { searchedBackTo: backTo }),
        ...(request.facets === true
          ? { facets: countFacets(this.#table, isCounted ? words : found, visibility) }
          : {}),
        ...(this.#finder.wantsPieces(question) ? { wantsPieces: true } : {}),
        ...this.#suggestions(request, parsed, words.count, at),
        notices: [...notices, ...parsed.notices],
      };
    });
  }

  /** Where no message has all words, a time among them may be meant as one. */
  #find(
    asked: EngineRequest,
    byMeaning: readonly MeaningHit[] | undefined,
    now: number,
  ): { answered: Answered; notices: string[] } {
    const answered = this.#findAsAsked(asked, byMeaning, now);
    const meant = answered.words.count > 0 ? undefined : meantRequest(asked.request, now);
    if (meant === undefined) return { answered, notices: [] };
    const near = byMeaning === undefined ? undefined : (asked.meaningThen ?? byMeaning);
    const then = this.#findAsAsked({ ...asked, request: meant.request }, near, now);
    return then.found.count > 0 ? { answered: then, notices: [meant.notice] } : { answered, notices: [] };
  }

  #findAsAsked(
    { request, visibility }: EngineRequest,
    meaning: readonly MeaningHit[] | undefined,
    now: number,
  ): Answered {
    const question = questionOf(request, now);
    const filter = documentFilters(this.#table, question.filters, visibility);
    const wantsRank = request.sort !== "newest";
    const usesWords = meaning === undefined || request.mode !== "semantic";
    const words = usesWords ? this.#finder.find(question, filter, wantsRank, now) : emptyFind();
    if (meaning === undefined) return { question, words, found: words, passages: new Map() };
    return { question, words, ...this.#join(question, filter, words, meaning, wantsRank && usesWords, now) };
  }

  /** What is like a message, in other conversations: by its telling words. Undefined when it is not in the index. */
  similar({
    sessionId,
    messageId,
    limit,
    visibility,
    now,
    meaning,
  }: SimilarRequest): EngineAnswer | undefined {
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
      const parsed = parseSearchQuery(words.join(" OR "), { now });
      const question = questionOf({ query: "" }, now);
      const joined =
        meaning === undefined ? undefined : this.#join(question, filter, found, meaning, true, now);
      const docAt = (position: number): number => this.#table.docAt(position);
      const best = bestDocuments(joined?.found ?? found, docAt, limit, undefined);
      const context = {
        body: this.#body,
        table: this.#table,
        visibility,
        parsed,
        fields: undefined,
        ...(joined === undefined ? {} : { passages: joined.passages }),
      };
      return {
        hits: best.flatMap((hit) => buildHit(context, hit) ?? []),
        totalIsExact: false,
        sort: "best",
        mode: meaning === undefined ? "text" : "hybrid",
        notices: [],
      };
    });
  }

  /** Messages and conversations in the index; whoever asks is about to ask questions, for which everything is loaded then. */
  counts(): { messages: number; sessions: number } {
    return this.#reading(() => {
      if (this.#counted?.epoch === this.#table.epoch) return this.#counted.counts;
      const docs = this.#database.prepare("SELECT count(*) AS count FROM docs WHERE place > 0").get();
      const sessions = this.#database.prepare("SELECT count(*) AS count FROM sessions").get();
      const counts = { messages: Number(docs?.["count"]), sessions: Number(sessions?.["count"]) };
      this.#counted = { epoch: this.#table.epoch, counts };
      return counts;
    });
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

  #suggestions(
    { query, mode }: SearchRequest,
    parsed: ParsedQuery,
    count: number,
    now: number,
  ): { suggestions?: string[] } {
    if (count > 0 || mode === "semantic") return {};
    const suggestions = this.#spelling.suggest(query, parsed, now);
    return suggestions.length === 0 ? {} : { suggestions };
  }

  /** Puts what was found by meaning and by words into one order; what only has all words comes behind it. */
  #join(
    question: Question,
    filter: DocumentFilter,
    words: FoundDocuments,
    meaning: readonly MeaningHit[],
    usesWords: boolean,
    now: number,
  ): { found: FoundDocuments; passages: Map<number, FoundPassage> } {
    const table = this.#table;
    const passages = new Map<number, FoundPassage>();
    const near: RankedDocument[] = [];
    for (const { sessionId, messageId, field, from, to } of meaning) {
      const number = table.numberOf(sessionId) ?? -1;
      const sql = "SELECT doc FROM docs WHERE session = ? AND message_id = ? AND place > 0";
      const doc = Number(this.#database.prepare(sql).get(number, messageId)?.["doc"] ?? 0);
      const position = table.positionOf(doc);
      if (position === undefined || passages.has(position) || !filter.allows(position)) continue;
      if (!this.#finder.allowsMeaning(position, doc, question)) continue;
      near.push({ position, doc });
      passages.set(position, { field, from, to, hasWords: false });
    }
    const isRanked = words.isRanked || words.count === 0;
    const docAt = (position: number): number => table.docAt(position);
    const byWords = !usesWords
      ? []
      : ((isRanked ? findLoosely(this.#finder, question, filter, table.size, now) : undefined) ??
        bestDocuments(words, docAt, looseLimit, undefined));
    const scores = joinRanks([near, byWords]);
    for (const { position } of byWords) {
      const passage = passages.get(position);
      if (passage !== undefined) passages.set(position, { ...passage, hasWords: true });
    }
    const collected = new DocumentCollector();
    // Everything that was joined comes first: above 1; the others below.
    for (const [position, score] of scores) collected.add(position, 1 + score);
    for (let index = 0; usesWords && index < words.count; index += 1) {
      const position = words.positions[index] ?? 0;
      const score = Math.max(words.scores[index] ?? 0, 0);
      if (!scores.has(position)) collected.add(position, score / (1 + score));
    }
    const facts = { isRanked: true, isComplete: words.isComplete, backToDoc: words.backToDoc };
    return { found: collected.found(facts), passages };
  }

  #timeOf(doc: number | undefined): number | undefined {
    const position = doc === undefined ? undefined : this.#table.positionOf(doc);
    // What has no time comes last: then everything that has one was looked at.
    if (position !== undefined && this.#table.timeAt(position) === noTime) return this.#table.oldestTime();
    const time = position === undefined ? noTime : this.#table.timeAt(position);
    return time === noTime ? undefined : time;
  }
}

/** A question with what was found. */
interface Answered {
  question: Question;
  /** By words alone. */
  words: FoundDocuments;
  found: FoundDocuments;
  passages: Map<number, FoundPassage>;
}

function emptyFind(): FoundDocuments {
  return new DocumentCollector().found({ isRanked: true, isComplete: true, backToDoc: undefined });
}

function checkLimit(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 200) return limit;
  throw new ChattyError("LIMIT_INVALID", `A search gives between 1 and 200 hits, not ${limit}.`, {
    hint: "Ask for the next page with the cursor of the one before.",
  });
}
