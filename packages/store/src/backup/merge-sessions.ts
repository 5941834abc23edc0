import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import type { StatementSync } from "node:sqlite";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createUuid, isChattyError } from "@chatty/model";
import type { SessionId } from "@chatty/model";
import type { CatalogSession } from "../catalog/catalog.ts";
import { compareEvents, conversationCreatedEvent, messageEvent } from "../continuity/events.ts";
import type { ConversationCreatedEvent, MessageEvent } from "../continuity/events.ts";
import { layout } from "../files/layout.ts";
import { fileDamaged, readHeader, scanRecords } from "../journal/read.ts";
import type { ReadRecord } from "../journal/read.ts";
import type { JournalBody, JournalHeader, JournalRecord, MessageRecord } from "../journal/record.ts";
import { openLine } from "../log/chained-line.ts";
import type { Group } from "../log/group.ts";
import { refoldKey } from "../sessions/flatfile/batch-keys.ts";
import { saidDigest } from "../sessions/flatfile/said-before.ts";
import type { UserSpace } from "../vault/user-space.ts";
import type { VaultStorage } from "../vault/vault-storage.ts";
import type { BackupProblem } from "./backup-manifest.ts";

/** What merging the sessions of a user works with. `into` is absent while it is only counted for a user that the vault lacks. */
export interface SessionMerge {
  storage: VaultStorage;
  from: UserSpace;
  into: UserSpace | undefined;
  now: () => number;
  tell: (problem: BackupProblem) => void;
  signal?: AbortSignal | undefined;
  onSession?: ((done: number, total: number) => void) | undefined;
  files: SessionFiles;
}

/** Files that lie in folders of sessions which the vault does not have yet. */
export interface SessionFiles {
  areDue(sessionId: SessionId): boolean;
  /** Adds them; they are synced when it resolves. */
  bring(sessionId: SessionId): Promise<void>;
}

/** Groups that are handed to the log together; they share their syncs. */
const groupsAtOnce = 256;
const bytesAtOnce = 4 * 1024 * 1024;

type Event = MessageEvent | ConversationCreatedEvent;

/**
 * What the sessions of a user in a backup have and the vault lacks: whole sessions, and of sessions that both have the records
 * whose ids the vault's journal does not have. Where each of them lies is put down in a temporary database, which spills to
 * disk: they are written in the order in which they were once committed, across sessions, because the past of a fork is what
 * was committed before it.
 */
export class MissingRecords {
  sessions = 0;
  records = 0;
  readonly #merge: SessionMerge;
  readonly #database = new DatabaseSync("");
  readonly #insert: StatementSync;

  private constructor(merge: SessionMerge) {
    this.#merge = merge;
    this.#database.exec(
      "CREATE TABLE missing (commit_seq INTEGER NOT NULL, session TEXT NOT NULL, start INTEGER NOT NULL, " +
        "length INTEGER NOT NULL, body TEXT, PRIMARY KEY (commit_seq, session, start)) WITHOUT ROWID; BEGIN",
    );
    this.#insert = this.#database.prepare(
      "INSERT INTO missing (commit_seq, session, start, length, body) VALUES (?, ?, ?, ?, ?)",
    );
  }

  /** Looks through all sessions. The caller closes what it gets. */
  static async collect(merge: SessionMerge): Promise<MissingRecords> {
    const missing = new MissingRecords(merge);
    try {
      const rows = [...merge.from.catalog.natives()];
      for (const [done, row] of rows.entries()) {
        merge.signal?.throwIfAborted();
        missing.#collect(row);
        merge.onSession?.(done + 1, rows.length);
        await nextTurn();
      }
      return missing;
    } catch (error) {
      missing.close();
      throw error;
    }
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  /**
   * Adds them as new records behind the vault's own. Messages hang where they hung, so that what both sides said stands side by
   * side as branches; a title, a text or a deletion that the vault changed itself is said once more behind what came, so that it
   * stays in force.
   */
  async write(into: UserSpace): Promise<void> {
    const rows = this.#database
      .prepare(
        "SELECT commit_seq, session, start, length, body FROM missing ORDER BY commit_seq, session, start",
      )
      .iterate() as Iterable<MissingRow>;
    let group: MissingRow[] = [];
    let waiting: Promise<unknown>[] = [];
    let bytes = 0;
    for (const row of rows) {
      this.#merge.signal?.throwIfAborted();
      const before = group[0];
      if (before !== undefined && before.commit_seq !== row.commit_seq) {
        waiting.push(...(await this.#hand(into, group, waiting)));
        group = [];
        if (waiting.length >= groupsAtOnce || bytes >= bytesAtOnce) {
          await Promise.all(waiting);
          waiting = [];
          bytes = 0;
        }
      }
      group.push(row);
      bytes += row.length;
    }
    waiting.push(...(await this.#hand(into, group, waiting)));
    await Promise.all(waiting);
  }

  /**
   * Hands a group to the log. A new session that has files begins before them, and they come before what names them: a crash leaves
   * neither a folder that belongs to nothing nor a name of what is not there.
   */
  async #hand(
    into: UserSpace,
    group: readonly MissingRow[],
    waiting: readonly Promise<unknown>[],
  ): Promise<Promise<void>[]> {
    const { files } = this.#merge;
    const isBeginning = ({ start, body, session }: MissingRow): boolean =>
      start === 0 && body === null && files.areDue(session as SessionId);
    const beginnings = group.filter(isBeginning);
    if (beginnings.length > 0) {
      await Promise.all([...waiting, this.#commit(into, beginnings)]);
      for (const { session } of beginnings) await files.bring(session as SessionId);
    }
    const rest = beginnings.length === 0 ? group : group.filter((row) => !beginnings.includes(row));
    return rest.length === 0 ? [] : [this.#commit(into, rest)];
  }

  #collect(row: CatalogSession): void {
    const { from, into, now, tell } = this.#merge;
    const { sessionId } = row;
    const put = (commit: number, start: number, length: number, body: string | null): void => {
      this.#insert.run(commit, sessionId, start, length, body);
    };
    this.#database.exec("SAVEPOINT session");
    try {
      const known = into?.sessions.row(sessionId);
      const damage = from.sessions.damage(sessionId) ?? into?.sessions.damage(sessionId);
      if (damage !== undefined) throw damage;
      const own = into === undefined || known === undefined ? undefined : ownRecords(into, known);
      let records = 0;
      const journal = from.sessions.journalOf(row);
      if (known === undefined) put(readHeader(journal).metadata.commit, 0, 0, null);
      for (const { record, start, length } of missingOf(this.#merge, row, own)) {
        put(record.commit, start, length, null);
        records += 1;
      }
      if (own !== undefined) {
        for (const [index, body] of statesToKeep(this.#merge, row, own).entries()) {
          // Behind everything else of this session, and so behind what it answers.
          put(Number.MAX_SAFE_INTEGER, index, 0, JSON.stringify(again(body, now())));
          records += 1;
        }
      }
      this.sessions += known === undefined ? 1 : 0;
      this.records += records;
      this.#database.exec("RELEASE session");
    } catch (error) {
      this.#database.exec("ROLLBACK TO session; RELEASE session");
      if (!isChattyError(error, "FILE_DAMAGED")) throw error;
      tell({ code: "MERGE_SESSION_UNREADABLE", path: `session ${sessionId}`, message: error.message });
    }
  }

  /** Everything of one commit of the backup in one group, atomic as it was. */
  async #commit(into: UserSpace, rows: readonly MissingRow[]): Promise<void> {
    const { storage, from } = this.#merge;
    const lines = rows.map((row) => {
      const source = from.sessions.row(row.session as SessionId);
      if (source === undefined) throw new TypeError("A session of the backup is gone.");
      const known = into.sessions.row(source.sessionId) ?? source;
      const path = layout.journal(into.context.user, known.constructId, source.sessionId);
      return {
        sessionId: source.sessionId,
        constructId: known.constructId,
        path,
        ...this.#content(source, row),
      };
    });
    await storage.log.commit((group) => {
      writeGroup(group, into, lines);
      for (const [sessionId, constructId] of new Map(
        lines.map((line) => [line.sessionId, line.constructId]),
      )) {
        // Rows of later groups of this batch are made without these records, and are made again from the journal.
        group.remember(refoldKey(sessionId), true);
        group.onDurable(() => {
          flushQuietly(storage);
          into.sessions.adopt(constructId, sessionId);
        });
      }
    });
  }

  #content(source: CatalogSession, row: MissingRow): { header: JournalHeader } | { body: JournalBody } {
    if (row.body !== null) return { body: JSON.parse(row.body) as JournalBody };
    const journal = this.#merge.from.sessions.journalOf(source);
    if (row.start === 0) return { header: readHeader(journal) };
    const opened = openLine<JournalBody & { seq: number }>(journal.read(row.start, row.length));
    if (opened.kind === "fault")
      throw fileDamaged(journal.path, row.start, `it is not sealed (${opened.fault})`);
    return { body: bodyOf(opened.body) };
  }
}

interface MissingRow {
  commit_seq: number;
  session: string;
  start: number;
  length: number;
  body: string | null;
}

type MissingLine = { sessionId: SessionId; path: string } & (
  | { header: JournalHeader }
  | { body: JournalBody }
);

/** Journal lines and the events that follow from them, as appending writes them. */
function writeGroup(group: Group, into: UserSpace, lines: readonly MissingLine[]): void {
  const events: Event[] = [];
  for (const line of lines) {
    if ("header" in line) {
      const { version, chat_id, timestamp, metadata } = line.header;
      const begun = { version, chat_id, timestamp, metadata: { ...metadata, commit: group.seq } };
      group.create(line.path, begun);
      events.push(conversationCreatedEvent(begun));
      continue;
    }
    const written = { ...line.body, commit: group.seq };
    const { seq } = group.append(line.path, written);
    if (written.kind === "message") events.push(messageEvent({ ...written, seq }, line.sessionId));
  }
  for (const event of events.sort(compareEvents)) {
    const stream = event.eventType === "message" ? "messages" : "conversations";
    group.append(layout.events(into.context.user, stream), event);
  }
}

function flushQuietly(storage: VaultStorage): void {
  try {
    storage.appended.flush();
  } catch {
    // What cannot be written yet is readable all the same, and is tried again.
    return;
  }
}

/** What a journal of the vault has, as far as merging asks. */
interface OwnRecords {
  /** Digest of what was said, by message id. */
  said: Map<string, string>;
  /** Ids of unfinished answers. */
  checkpoints: Set<string>;
  /** Ids of all other records. */
  others: Set<string>;
  /** The last record for each thing that has one present state, such as the title. */
  states: Map<string, JournalBody>;
}

function ownRecords(space: UserSpace, row: CatalogSession): OwnRecords {
  const own: OwnRecords = { said: new Map(), checkpoints: new Set(), others: new Set(), states: new Map() };
  for (const { record } of scanRecords(space.sessions.journalOf(row), 0)) {
    if (record.kind === "message") own.said.set(record.id, digestOf(record));
    else if (record.kind === "checkpoint") own.checkpoints.add(record.id);
    else own.others.add(record.id);
    const state = stateOf(record);
    if (state !== undefined) own.states.set(state, bodyOf(record));
  }
  return own;
}

/** The records of a session of the backup that the vault's journal lacks, in their order; all of them when it has none. */
function* missingOf(
  { from, tell }: SessionMerge,
  row: CatalogSession,
  own: OwnRecords | undefined,
): Generator<ReadRecord> {
  const journal = from.sessions.journalOf(row);
  const unfinished = own === undefined ? undefined : unfinishedIn(from, row);
  for (const read of scanRecords(journal, 0)) {
    const { record } = read;
    if (own === undefined) yield read;
    else if (record.kind === "checkpoint") {
      const isKnown = own.said.has(record.id) || own.checkpoints.has(record.id);
      if (!isKnown && unfinished?.get(record.id) === record.seq) yield read;
    } else if (record.kind !== "message") {
      if (!own.others.has(record.id)) yield read;
    } else {
      const said = own.said.get(record.id);
      if (said === undefined) yield read;
      else if (said !== digestOf(record)) {
        const message = `message ${record.id} says something else in the backup; the vault's own stays`;
        tell({ code: "MERGE_RECORD_DIFFERS", path: `session ${row.sessionId}`, message });
      }
    }
  }
}

/** Position of the last checkpoint of every answer that was never finished. */
function unfinishedIn(space: UserSpace, row: CatalogSession): Map<string, number> {
  const unfinished = new Map<string, number>();
  for (const { record } of scanRecords(space.sessions.journalOf(row), 0)) {
    if (record.kind === "checkpoint") unfinished.set(record.id, record.seq);
    if (record.kind === "message") unfinished.delete(record.id);
  }
  return unfinished;
}

/** States that the vault set itself and that records of the backup, coming behind them, would change. */
function statesToKeep({ from }: SessionMerge, row: CatalogSession, own: OwnRecords): JournalBody[] {
  const ids = new Set<string>();
  const brought = new Map<string, JournalBody>();
  for (const { record } of scanRecords(from.sessions.journalOf(row), 0)) {
    const state = stateOf(record);
    if (state === undefined) continue;
    ids.add(record.id);
    if (!own.others.has(record.id)) brought.set(state, bodyOf(record));
  }
  return [...brought].flatMap(([state, body]) => {
    const kept = own.states.get(state);
    // What only the backup changed since both were one changes here, too.
    const isOwn = kept !== undefined && !ids.has(kept.id) && !isSameState(kept, body);
    return isOwn ? [kept] : [];
  });
}

/** A record without its place in a journal. */
function bodyOf(record: JournalRecord): JournalBody {
  const { seq: _seq, prev: _prev, hash: _hash, ...body } = record;
  return body;
}

/** What a record sets, where only the last one counts. */
function stateOf(record: JournalRecord | JournalBody): string | undefined {
  switch (record.kind) {
    case "title":
    case "archive":
      return record.kind;
    case "tombstone":
      return `tombstone ${record.targetId ?? ""}`;
    case "revision":
      return `revision ${record.targetId}`;
    default:
      return undefined;
  }
}

/** Compares what two records of one state set, not who set it when. */
function isSameState(left: JournalBody, right: JournalBody): boolean {
  return stateText(left) === stateText(right);
}

function stateText(body: JournalBody): string {
  const { id: _id, commit: _commit, timestamp: _timestamp, undoes: _undoes, ...rest } = body;
  return JSON.stringify(rest);
}

/** The same state once more, as a record of its own that can be taken back. */
function again(body: JournalBody, nowMs: number): JournalBody {
  const { undoes: _undoes, ...rest } = body;
  return { ...rest, id: createUuid(nowMs), timestamp: nowMs };
}

function digestOf(record: MessageRecord): string {
  return createHash("sha256").update(saidDigest(record)).digest("base64");
}
