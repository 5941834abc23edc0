import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { ConstructId, RuntimeId, SessionId } from "@chatty/model";

/** What a reader knows of a conversation. */
export interface SessionAttributes {
  sessionId: SessionId;
  runtimeId: RuntimeId;
  constructId: ConstructId;
  title: string;
  marks: number;
}

/** Answers about all sessions that are kept at a time. */
const answersKept = 32;

/** Stands for no time. */
export const noTime = Number.NEGATIVE_INFINITY;

/**
 * What every document is, without its words: filters and counts work on it. Documents have positions in the order of their numbers,
 * which is that of time; all documents that came to be known after the table was loaded stand behind, in an order of their own.
 */
export class AttributeTable {
  readonly #database: DatabaseSync;
  #epoch = -1;
  /** Numbers of documents, ascending. */
  #docs = new Float64Array(0);
  #sessionsOf = new Int32Array(0);
  #bits = new Int32Array(0);
  #models = new Int32Array(0);
  #times = new Float64Array(0);
  #size = 0;
  #loaded = 0;
  #lastAsked = 0;
  /** Positions of what came to be known since it was loaded. */
  readonly #later = new Map<number, number>();
  #sessions: (SessionAttributes | undefined)[] = [];
  #modelNames: string[] = [];
  readonly #numbers = new Map<SessionId, number>();
  /** What was made of the sessions as they are now. */
  readonly #kept = new Map<string, Uint8Array>();
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Number of the last change that is in the table; another one means that answers may be others. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Positions in use, also by documents that are gone. */
  get size(): number {
    return this.#size;
  }

  /** Brings it up to the file; call it inside the transaction in which the question is answered. */
  refresh(): void {
    const epoch = this.#state("epoch");
    if (epoch === this.#epoch) return;
    const isFollowed = this.#epoch >= 0 && this.#state("followed") <= this.#epoch;
    const later = isFollowed ? this.#changes() : undefined;
    if (later === undefined || this.#later.size + later.docs.length > 50_000) this.#load();
    else this.#follow(later);
    if (later === undefined || later.sessions.length > 0) this.#kept.clear();
    this.#epoch = epoch;
  }

  /** What was made of the sessions under this key, as long as they do not change. */
  kept(key: string, make: () => Uint8Array): Uint8Array {
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const made = make();
    if (this.#kept.size >= answersKept) this.#kept.clear();
    this.#kept.set(key, made);
    return made;
  }

  /** Position of a document; undefined for one that is not there. */
  positionOf(doc: number): number | undefined {
    const later = this.#later.size === 0 ? undefined : this.#later.get(doc);
    if (later !== undefined) return later;
    const docs = this.#docs;
    let [from, to] = [0, this.#loaded];
    // Documents are mostly asked for in their order: the next one is near the last one.
    const last = this.#lastAsked;
    if ((docs[last] ?? 0) <= doc) {
      from = last;
      for (let step = 1; from + step < to; step *= 2) {
        if ((docs[from + step] ?? 0) >= doc) {
          to = from + step + 1;
          break;
        }
        from += step;
      }
    } else {
      to = last;
      for (let step = 1; to - step > from; step *= 2) {
        if ((docs[to - step] ?? 0) <= doc) {
          from = to - step;
          break;
        }
        to -= step;
      }
    }
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((docs[middle] ?? 0) < doc) from = middle + 1;
      else to = middle;
    }
    if (from >= this.#loaded || docs[from] !== doc) return undefined;
    this.#lastAsked = from;
    return from;
  }

  docAt(position: number): number {
    return this.#docs[position] ?? 0;
  }

  sessionNumberAt(position: number): number {
    return this.#sessionsOf[position] ?? -1;
  }

  /** See `bitsOf` in document.ts; -1 for a document that is gone. */
  bitsAt(position: number): number {
    return this.#bits[position] ?? -1;
  }

  modelAt(position: number): number {
    return this.#models[position] ?? 0;
  }

  /** Integer milliseconds UTC, or {@link noTime}. */
  timeAt(position: number): number {
    return this.#times[position] ?? noTime;
  }

  /** Time of the oldest document that has one. */
  oldestTime(): number | undefined {
    for (let position = 0; position < this.#size; position += 1) {
      const time = this.#times[position] ?? noTime;
      if (time !== noTime && this.bitsAt(position) >= 0) return time;
    }
    return undefined;
  }

  session(number: number): SessionAttributes | undefined {
    return this.#sessions[number];
  }

  get sessionCount(): number {
    return this.#sessions.length;
  }

  numberOf(sessionId: SessionId): number | undefined {
    return this.#numbers.get(sessionId);
  }

  get modelNames(): readonly string[] {
    return this.#modelNames;
  }

  /** Every position from the newest document to the oldest. */
  *newestFirst(): Generator<number> {
    const later = [...this.#later]
      .filter(([, at]) => at >= this.#loaded)
      .sort(([left], [right]) => right - left);
    let next = 0;
    for (let position = this.#loaded - 1; position >= 0; position -= 1) {
      for (; next < later.length; next += 1) {
        const [doc, at] = later[next] ?? [0, 0];
        if (doc < (this.#docs[position] ?? 0)) break;
        if (this.bitsAt(at) >= 0) yield at;
      }
      if (this.bitsAt(position) >= 0) yield position;
    }
    for (; next < later.length; next += 1) {
      const at = later[next]?.[1] ?? 0;
      if (this.bitsAt(at) >= 0) yield at;
    }
  }

  #load(): void {
    const count = Number(this.#database.prepare("SELECT count(*) AS count FROM docs").get()?.["count"]);
    const room = count + 1024;
    this.#docs = new Float64Array(room);
    this.#sessionsOf = new Int32Array(room);
    this.#bits = new Int32Array(room);
    this.#models = new Int32Array(room);
    this.#times = new Float64Array(room);
    this.#later.clear();
    this.#size = 0;
    const statement = this.#database.prepare(
      "SELECT doc, session, bits, model, at FROM docs WHERE doc > ? ORDER BY doc LIMIT 20000",
    );
    statement.setReturnArrays(true);
    for (let after = 0; ;) {
      const rows = statement.all(after) as unknown as (number | null)[][];
      for (const row of rows) this.#set(this.#size, row);
      const last = rows.at(-1);
      if (last === undefined) break;
      after = last[0] ?? 0;
    }
    this.#loaded = this.#size;
    this.#lastAsked = 0;
    this.#sessions = [];
    this.#numbers.clear();
    for (const row of this.#database.prepare(sessionColumns).all()) this.#setSession(row);
    this.#loadModels();
  }

  #changes(): { docs: number[]; sessions: number[] } {
    const docs: number[] = [];
    const sessions: number[] = [];
    const sql = "SELECT DISTINCT is_session, id FROM recent WHERE epoch > ?";
    for (const row of this.#database.prepare(sql).all(this.#epoch)) {
      (row["is_session"] === 1 ? sessions : docs).push(Number(row["id"]));
    }
    return { docs, sessions };
  }

  #follow({ docs, sessions }: { docs: number[]; sessions: number[] }): void {
    const statement = this.#database.prepare("SELECT doc, session, bits, model, at FROM docs WHERE doc = ?");
    statement.setReturnArrays(true);
    for (const doc of docs) {
      const row = statement.get(doc) as unknown as (number | null)[] | undefined;
      const position = this.positionOf(doc);
      if (row === undefined) {
        if (position !== undefined) this.#bits[position] = -1;
      } else if (position === undefined) {
        this.#later.set(doc, this.#size);
        this.#set(this.#size, row);
      } else this.#set(position, row);
    }
    const session = this.#database.prepare(`${sessionColumns} WHERE number = ?`);
    for (const number of sessions) {
      const row = session.get(number);
      const former = this.#sessions[number];
      if (former !== undefined) this.#numbers.delete(former.sessionId);
      this.#sessions[number] = undefined;
      if (row !== undefined) this.#setSession(row);
    }
    this.#loadModels();
  }

  #set(position: number, [doc, session, bits, model, at]: (number | null)[]): void {
    if (position >= this.#docs.length) this.#grow();
    this.#docs[position] = doc ?? 0;
    this.#sessionsOf[position] = session ?? 0;
    this.#bits[position] = bits ?? 0;
    this.#models[position] = model ?? 0;
    this.#times[position] = at ?? noTime;
    this.#size = Math.max(this.#size, position + 1);
  }

  #grow(): void {
    const room = Math.ceil(this.#docs.length * 1.25) + 1024;
    this.#docs = grown(this.#docs, new Float64Array(room));
    this.#sessionsOf = grown(this.#sessionsOf, new Int32Array(room));
    this.#bits = grown(this.#bits, new Int32Array(room));
    this.#models = grown(this.#models, new Int32Array(room));
    this.#times = grown(this.#times, new Float64Array(room));
  }

  #setSession(row: Record<string, unknown>): void {
    const number = Number(row["number"]);
    const sessionId = String(row["session_id"]) as SessionId;
    this.#sessions[number] = {
      sessionId,
      runtimeId: String(row["runtime_id"]) as RuntimeId,
      constructId: String(row["construct_id"]) as ConstructId,
      title: String(row["title"]),
      marks: Number(row["marks"]),
    };
    this.#numbers.set(sessionId, number);
  }

  #loadModels(): void {
    const rows = this.#database.prepare("SELECT number, name FROM models ORDER BY number").all();
    this.#modelNames = rows.map((row) => String(row["name"]));
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }

  #state(key: string): number {
    return Number(this.#prepared("SELECT value FROM state WHERE key = ?").get(key)?.["value"] ?? 0);
  }
}

const sessionColumns = "SELECT number, session_id, runtime_id, construct_id, title, marks FROM sessions";

function grown<Values extends Float64Array | Int32Array>(from: Values, to: Values): Values {
  to.set(from);
  return to;
}
