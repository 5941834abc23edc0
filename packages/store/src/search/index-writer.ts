import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { indexText } from "@chatty/model";
import type { MessageId, SessionId } from "@chatty/model";
import { checked } from "../catalog/checked-statement.ts";
import { docRange, nextRange } from "./doc-numbers.ts";
import type { DocumentDraft, SessionFacts } from "./document.ts";
import { PieceIndex } from "./piece-index.ts";
import { titleDocument } from "./session-documents.ts";
import { storable } from "./storable.ts";

/** What the index has of a session. */
export interface KnownSession {
  number: number;
  facts: string;
  content: string;
}

interface NumberedDocument {
  doc: number;
  session: number;
  draft: DocumentDraft;
  /** Words of the title; empty for a message. */
  title: string;
}

/** Words that wait for others before they are written, in UTF-16 units. */
const bulkUnits = 16 * 1024 * 1024;
/** Documents of one change that a reader follows one by one; beyond it reads them all again. */
const followedDocuments = 20_000;
/** Changes that a reader may be behind. */
const epochsKept = 64;

/** Words in one change from which on pieces of the index are not joined as they come, but when all is over. */
const muchUnits = 2 * 1024 * 1024;
/** Pages of 4 KiB that are joined at a time. */
const mergePages = 1000;

/**
 * Writes documents. Changes are seen together at {@link IndexWriter.commit}; what was not committed when the process dies was never there.
 * Whoever opened the database closes it.
 */
export class IndexWriter {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #models = new Map<string, number>();
  /** The next number of a range, as far as it was asked for since the last commit. */
  readonly #free = new Map<number, number>();
  #waiting: NumberedDocument[] = [];
  readonly #waitingSessions = new Set<number>();
  #units = 0;
  /** In the change that is under way. */
  #unitsWritten = 0;
  #isJoining: boolean | undefined;
  #changedDocs = new Set<number>();
  #changedSessions = new Set<number>();

  readonly #pieces: PieceIndex;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#pieces = new PieceIndex(database);
    this.#loadModels();
  }

  state(key: string): string | undefined {
    const row = this.#get("SELECT value FROM state WHERE key = ?", key);
    return row === undefined ? undefined : String(row["value"]);
  }

  /** Keeps a fact about the index as a whole; undefined removes it. Seen with the next commit. */
  setState(key: string, value: string | undefined): void {
    this.#begin();
    if (value === undefined) this.#run("DELETE FROM state WHERE key = ?", key);
    else this.#run("INSERT OR REPLACE INTO state (key, value) VALUES (?, ?)", key, value);
  }

  known(sessionId: SessionId): KnownSession | undefined {
    const row = this.#get("SELECT number, facts, content FROM sessions WHERE session_id = ?", sessionId);
    if (row === undefined) return undefined;
    return { number: Number(row["number"]), facts: String(row["facts"]), content: String(row["content"]) };
  }

  /** Every session of the index. */
  sessionIds(): SessionId[] {
    const rows = this.#all("SELECT session_id FROM sessions ORDER BY session_id");
    return rows.map((row) => String(row["session_id"]) as SessionId);
  }

  /**
   * Makes the index say of a session what is given.
   * @param messages undefined: those that are known stay.
   */
  put(facts: SessionFacts, content: string, messages: readonly DocumentDraft[] | undefined): void {
    this.#begin();
    const before = this.known(facts.sessionId);
    const number = this.#putSession(facts, content, before);
    if (this.#waitingSessions.has(number)) this.#flush();
    const known = before === undefined ? [] : this.#documents(number, messages !== undefined);
    const title = titleDocument(facts, messages ?? known.map(({ draft }) => draft).filter(isMessage));
    const left = new Map(known.map((document) => [keyOf(document.draft), document]));
    for (const draft of messages === undefined ? [title] : [title, ...messages]) {
      const key = keyOf(draft);
      const old = left.get(key);
      left.delete(key);
      const isRenamed = draft.place === 0 && before !== undefined && titleOf(before.facts) !== facts.title;
      this.#replace(number, old, draft, draft.place === 0 ? facts.title : "", isRenamed);
    }
    for (const { doc, draft } of left.values()) {
      if (messages !== undefined || draft.place === 0) this.#drop(doc);
    }
  }

  /** Takes sessions out, with everything that is known of them. */
  remove(sessionIds: Iterable<SessionId>): void {
    for (const sessionId of sessionIds) {
      const known = this.known(sessionId);
      if (known === undefined) continue;
      this.#begin();
      if (this.#waitingSessions.has(known.number)) this.#flush();
      for (const { doc } of this.#all("SELECT doc FROM docs WHERE session = ?", known.number)) {
        this.#drop(Number(doc));
      }
      this.#run("DELETE FROM sessions WHERE number = ?", known.number);
      this.#changedSessions.add(known.number);
    }
  }

  /** True when so much waits that it should be committed. */
  get isFull(): boolean {
    return this.#units >= bulkUnits;
  }

  /** Makes everything so far visible. */
  commit(): void {
    if (!this.#database.isTransaction) return;
    this.#join(this.#unitsWritten + this.#units < muchUnits);
    this.#flush();
    if (this.#isJoining === false) this.setState("apart", "yes");
    const changed = this.#changedDocs.size + this.#changedSessions.size;
    if (changed > 0) this.#tellReaders(changed > followedDocuments);
    checked(() => this.#database.exec("COMMIT"));
    this.#changedDocs = new Set();
    this.#changedSessions = new Set();
    this.#unitsWritten = 0;
    this.#free.clear();
  }

  /** Joins some pieces that the word index was left in after very much was written at once. @returns true while there are more. */
  tidy(): boolean {
    const state = this.state("apart");
    this.#begin();
    if (state === undefined) {
      const isMore = this.#pieces.build();
      checked(() => this.#database.exec("COMMIT"));
      return isMore;
    }
    // The first step names all pieces, the others go on with them.
    const before = this.#totalChanges();
    this.#configure("merge", state === "yes" ? -mergePages : mergePages);
    const isDone = this.#totalChanges() - before < 2;
    this.setState("apart", isDone ? undefined : "begun");
    checked(() => this.#database.exec("COMMIT"));
    if (isDone) this.#get("PRAGMA wal_checkpoint(TRUNCATE)");
    return true;
  }

  /** Forgets everything since the last commit. */
  rollback(): void {
    if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
    this.#waiting = [];
    this.#waitingSessions.clear();
    this.#units = 0;
    this.#unitsWritten = 0;
    this.#isJoining = undefined;
    this.#changedDocs = new Set();
    this.#changedSessions = new Set();
    this.#free.clear();
    this.#pieces.reload();
    this.#loadModels();
  }

  /** Has the second index made, for what stands inside of words; {@link IndexWriter.tidy} makes it. */
  wantPieces(): void {
    this.#begin();
    this.#pieces.want();
    this.commit();
  }

  /** Makes one piece of the word index, which is asked fastest. */
  optimize(): void {
    this.commit();
    this.#run("INSERT INTO words (words) VALUES ('optimize')");
    this.#pieces.optimize();
    this.setState("apart", undefined);
    checked(() => this.#database.exec("COMMIT"));
  }

  /** Writes the file anew without what was taken out, and empties its log. @returns false when somebody reads it for too long. */
  scrub(): boolean {
    this.optimize();
    checked(() => this.#database.exec("VACUUM"));
    return this.#get("PRAGMA wal_checkpoint(TRUNCATE)")?.["busy"] === 0;
  }

  #putSession(facts: SessionFacts, content: string, before: KnownSession | undefined): number {
    const { sessionId, runtimeId, constructId, title, marks } = facts;
    const text = factsText(facts);
    if (before?.facts === text && before.content === content) return before.number;
    this.#run(
      `INSERT INTO sessions (session_id, facts, content, runtime_id, construct_id, title, marks) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (session_id) DO UPDATE SET facts = excluded.facts, content = excluded.content,
         runtime_id = excluded.runtime_id, construct_id = excluded.construct_id, title = excluded.title, marks = excluded.marks`,
      sessionId,
      text,
      content,
      runtimeId,
      constructId,
      storable(title),
      marks,
    );
    const number = before?.number ?? this.known(sessionId)?.number ?? 0;
    if (before?.facts !== text) this.#changedSessions.add(number);
    return number;
  }

  #replace(
    session: number,
    old: NumberedDocument | undefined,
    draft: DocumentDraft,
    title: string,
    isRenamed: boolean,
  ): void {
    if (old !== undefined && !isRenamed && old.draft.at === draft.at && haveSameWords(old.draft, draft)) {
      if (haveSameAttributes(old.draft, draft)) return;
      this.#run(
        "UPDATE docs SET place = ?, message_id = ?, bits = ?, model = ? WHERE doc = ?",
        draft.place,
        draft.messageId,
        draft.bits,
        this.#modelNumber(draft.model),
        old.doc,
      );
      this.#changedDocs.add(old.doc);
      return;
    }
    // What was changed keeps its number, and its row stays so that nothing else gets it meanwhile.
    const kept = old !== undefined && old.draft.at === draft.at ? old.doc : undefined;
    if (kept !== undefined) this.#dropWords(kept);
    else if (old !== undefined) this.#drop(old.doc);
    const doc = kept ?? this.#newDoc(draft.at);
    this.#waiting.push({ doc, session, draft, title });
    this.#waitingSessions.add(session);
    const { text, thinking, tool, file } = draft.fields;
    this.#units += text.length + thinking.length + tool.length + file.length + title.length + 100;
  }

  /** FTS5 writes what it has in memory whenever a number is lower than the one before it: hence in order. */
  #flush(): void {
    this.#waiting.sort((left, right) => left.doc - right.doc);
    for (const { doc, session, draft, title } of this.#waiting) {
      const { messageId, place, bits, model, at, fields } = draft;
      this.#run(
        "INSERT OR REPLACE INTO docs (doc, session, place, message_id, bits, model, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        doc,
        session,
        place,
        messageId,
        bits,
        this.#modelNumber(model),
        at ?? null,
      );
      const { text, thinking, tool, file } = fields;
      if (place > 0) {
        this.#run(
          "INSERT INTO bodies (doc, text, thinking, tool, file) VALUES (?, ?, ?, ?, ?)",
          doc,
          text,
          thinking,
          tool,
          file,
        );
      }
      this.#run(
        "INSERT INTO words (rowid, text, title, thinking, tool, file) VALUES (?, ?, ?, ?, ?, ?)",
        doc,
        indexText(text),
        indexText(storable(title)),
        indexText(thinking),
        indexText(tool),
        indexText(file),
      );
      this.#pieces.put(doc, place === 0 ? [storable(title)] : [text, thinking, tool, file]);
      this.#changedDocs.add(doc);
    }
    this.#waiting = [];
    this.#waitingSessions.clear();
    this.#unitsWritten += this.#units;
    this.#units = 0;
  }

  /** Whether pieces are joined as they come. */
  #join(isJoining: boolean): void {
    if (this.#isJoining === isJoining) return;
    this.#configure("automerge", isJoining ? 4 : 0);
    this.#isJoining = isJoining;
  }

  #configure(option: string, value: number): void {
    // FTS5 takes whole numbers alone, and a number that is bound is none.
    this.#run(`INSERT INTO words (words, rank) VALUES ('${option}', ${value})`);
  }

  #totalChanges(): number {
    return Number(this.#get("SELECT total_changes() AS changes")?.["changes"]);
  }

  #drop(doc: number): void {
    this.#run("DELETE FROM docs WHERE doc = ?", doc);
    this.#dropWords(doc);
    this.#changedDocs.add(doc);
  }

  #dropWords(doc: number): void {
    this.#run("DELETE FROM bodies WHERE doc = ?", doc);
    this.#run("DELETE FROM words WHERE rowid = ?", doc);
    this.#pieces.drop(doc);
  }

  #documents(session: number, withWords: boolean): NumberedDocument[] {
    const words = withWords ? ", b.text, b.thinking, b.tool, b.file" : "";
    const join = withWords ? "LEFT JOIN bodies b ON b.doc = d.doc" : "";
    const rows = this.#all(
      `SELECT d.doc, d.place, d.message_id, d.bits, m.name AS model, d.at${words}
       FROM docs d JOIN models m ON m.number = d.model ${join} WHERE d.session = ? ORDER BY d.place`,
      session,
    );
    return rows.map((row) => ({
      doc: Number(row["doc"]),
      session,
      title: "",
      draft: {
        messageId: (wordsOf(row["message_id"]) ?? null) as MessageId | null,
        place: Number(row["place"]),
        bits: Number(row["bits"]),
        model: String(row["model"]),
        at: typeof row["at"] === "number" ? row["at"] : undefined,
        fields: {
          text: wordsOf(row["text"]) ?? "",
          thinking: wordsOf(row["thinking"]) ?? "",
          tool: wordsOf(row["tool"]) ?? "",
          file: wordsOf(row["file"]) ?? "",
        },
      },
    }));
  }

  #newDoc(at: number | undefined): number {
    for (let range = docRange(at); ; range = nextRange(range)) {
      const end = range.from + range.count;
      const known =
        this.#free.get(range.from) ??
        Number(
          this.#get(
            "SELECT coalesce(max(doc) + 1, ?) AS free FROM docs WHERE doc >= ? AND doc < ?",
            range.from,
            range.from,
            end,
          )?.["free"],
        );
      this.#free.set(range.from, Math.min(known + 1, end));
      if (known < end) return known;
    }
  }

  #modelNumber(name: string): number {
    const known = this.#models.get(name);
    if (known !== undefined) return known;
    const number = this.#models.size;
    this.#run("INSERT INTO models (number, name) VALUES (?, ?)", number, name);
    this.#models.set(name, number);
    return number;
  }

  #loadModels(): void {
    this.#models.clear();
    for (const { number, name } of this.#all("SELECT number, name FROM models")) {
      this.#models.set(String(name), Number(number));
    }
  }

  #tellReaders(isMuch: boolean): void {
    const epoch = Number(this.state("epoch") ?? 0) + 1;
    this.setState("epoch", String(epoch));
    const followed = isMuch ? epoch : Math.max(epoch - epochsKept, Number(this.state("followed") ?? 0));
    this.setState("followed", String(followed));
    this.#run("DELETE FROM recent WHERE epoch <= ?", followed);
    if (isMuch) return;
    const insert = "INSERT INTO recent (epoch, is_session, id) VALUES (?, ?, ?)";
    for (const doc of this.#changedDocs) this.#run(insert, epoch, 0, doc);
    for (const session of this.#changedSessions) this.#run(insert, epoch, 1, session);
  }

  #begin(): void {
    if (!this.#database.isTransaction) checked(() => this.#database.exec("BEGIN IMMEDIATE"));
  }

  #run(sql: string, ...values: SQLInputValue[]): void {
    checked(() => this.#statement(sql).run(...values));
  }

  #get(sql: string, ...values: SQLInputValue[]): Record<string, unknown> | undefined {
    return checked(() => this.#statement(sql).get(...values));
  }

  #all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    return checked(() => this.#statement(sql).all(...values));
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** The facts of a session as they are compared and kept. */
export function factsText(facts: SessionFacts): string {
  const { sessionId, runtimeId, constructId, title, marks, updatedAt } = facts;
  return JSON.stringify([sessionId, runtimeId, constructId, title, marks, updatedAt ?? null]);
}

function wordsOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function titleOf(text: string): string {
  const [, , , title] = JSON.parse(text) as [string, string, string, string];
  return title;
}

function isMessage({ place }: DocumentDraft): boolean {
  return place > 0;
}

/** A message may be the first one, which names the title's document, too. */
function keyOf({ place, messageId }: DocumentDraft): string {
  return place === 0 ? "" : (messageId ?? "");
}

function haveSameWords(left: DocumentDraft, right: DocumentDraft): boolean {
  const [a, b] = [left.fields, right.fields];
  return a.text === b.text && a.thinking === b.thinking && a.tool === b.tool && a.file === b.file;
}

function haveSameAttributes(left: DocumentDraft, right: DocumentDraft): boolean {
  return (
    left.place === right.place &&
    left.messageId === right.messageId &&
    left.bits === right.bits &&
    left.model === right.model
  );
}
