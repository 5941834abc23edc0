import { createHash } from "node:crypto";
import { createUuid, isChattyError } from "@chatty/model";
import type { SessionId } from "@chatty/model";
import type { CatalogSession } from "../catalog/catalog.ts";
import { compareEvents, conversationCreatedEvent, messageEvent } from "../continuity/events.ts";
import type { ConversationCreatedEvent, MessageEvent } from "../continuity/events.ts";
import { layout } from "../files/layout.ts";
import { readHeader, scanRecords } from "../journal/read.ts";
import type { JournalBody, JournalHeader, JournalRecord, MessageRecord } from "../journal/record.ts";
import type { Group } from "../log/group.ts";
import { saidDigest } from "../sessions/flatfile/said-before.ts";
import type { UserSpace } from "../vault/user-space.ts";
import type { VaultStorage } from "../vault/vault-storage.ts";
import type { BackupProblem } from "./backup-manifest.ts";

/** What merging the sessions of a user works with. `into` is absent while it is only counted for a user that the vault lacks. */
export interface SessionMerge {
  storage: VaultStorage;
  from: UserSpace;
  into: UserSpace | undefined;
  dryRun: boolean;
  now: () => number;
  tell: (problem: BackupProblem) => void;
}

/** Records written in one group of the log: atomic, and still far below what a group may have. */
const groupRecords = 400;
const groupCharacters = 4 * 1024 * 1024;

type Event = MessageEvent | ConversationCreatedEvent;

/**
 * Adds what a session of the backup has and the vault lacks: the whole session, or the records whose ids the vault's journal does
 * not have, as new records behind its own. Messages hang where they hung, so that what both sides said stands side by side as
 * branches. A title, a text or a deletion that the vault changed itself stays as the vault has it.
 * @returns what was added, or would be.
 */
export async function mergeSession(
  merge: SessionMerge,
  row: CatalogSession,
): Promise<{ sessions: number; records: number }> {
  const { from, into, dryRun } = merge;
  try {
    const known = into?.sessions.row(row.sessionId);
    const damage = from.sessions.damage(row.sessionId) ?? into?.sessions.damage(row.sessionId);
    if (damage !== undefined) throw damage;
    const own = into === undefined || known === undefined ? undefined : ownRecords(into, known);
    const missing = new MissingRecords(merge, row, own);
    if (dryRun || into === undefined) {
      let records = 0;
      for (const body of missing.records()) records += body === undefined ? 0 : 1;
      return { sessions: known === undefined ? 1 : 0, records };
    }
    const path = layout.journal(into.context.user, (known ?? row).constructId, row.sessionId);
    const header = known === undefined ? readHeader(from.sessions.journalOf(row)) : undefined;
    const records = await appendAll(merge, into, { row, path, header }, missing.records());
    return { sessions: known === undefined ? 1 : 0, records };
  } catch (error) {
    if (!isChattyError(error, "FILE_DAMAGED")) throw error;
    const { message } = error;
    merge.tell({ code: "MERGE_SESSION_UNREADABLE", path: `session ${row.sessionId}`, message });
    return { sessions: 0, records: 0 };
  }
}

async function appendAll(
  { storage }: SessionMerge,
  into: UserSpace,
  target: { row: CatalogSession; path: string; header: JournalHeader | undefined },
  bodies: Generator<JournalBody, void, undefined>,
): Promise<number> {
  const { row, path } = target;
  let { header } = target;
  let records = 0;
  for (let isOver = false; !isOver;) {
    const batch: JournalBody[] = [];
    let characters = 0;
    while (batch.length < groupRecords && characters < groupCharacters) {
      const next = bodies.next();
      if (next.done === true) {
        isOver = true;
        break;
      }
      batch.push(next.value);
      characters += JSON.stringify(next.value).length;
    }
    if (batch.length === 0 && header === undefined) return records;
    const begun = header;
    await storage.log.commit((group) => {
      writeGroup(group, into, { path, sessionId: row.sessionId }, begun, batch);
      group.onDurable(() => void into.sessions.adopt(row.constructId, row.sessionId));
    });
    records += batch.length;
    header = undefined;
  }
  return records;
}

/** Journal lines and the events that follow from them, as appending writes them. */
function writeGroup(
  group: Group,
  into: UserSpace,
  session: { path: string; sessionId: SessionId },
  header: JournalHeader | undefined,
  bodies: readonly JournalBody[],
): void {
  const events: Event[] = [];
  if (header !== undefined) {
    const { version, chat_id, timestamp, metadata } = header;
    const begun = { version, chat_id, timestamp, metadata: { ...metadata, commit: group.seq } };
    group.create(session.path, begun);
    events.push(conversationCreatedEvent(begun));
  }
  for (const body of bodies) {
    const written = { ...body, commit: group.seq };
    const line = group.append(session.path, written);
    if (written.kind === "message") {
      events.push(messageEvent({ ...written, seq: line.seq }, session.sessionId));
    }
  }
  for (const event of events.sort(compareEvents)) {
    const stream = event.eventType === "message" ? "messages" : "conversations";
    group.append(layout.events(into.context.user, stream), event);
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

/** The records of one journal that another lacks, in their order, and behind them what keeps the other's own state in force. */
class MissingRecords {
  readonly #merge: SessionMerge;
  readonly #row: CatalogSession;
  readonly #own: OwnRecords | undefined;
  /** Position of the last checkpoint of every answer that was never finished. */
  readonly #unfinished = new Map<string, number>();
  /** Ids of all records of the backup that set a state. */
  readonly #stateIds = new Set<string>();

  constructor(merge: SessionMerge, row: CatalogSession, own: OwnRecords | undefined) {
    this.#merge = merge;
    this.#row = row;
    this.#own = own;
    if (own === undefined) return;
    for (const record of this.#scan()) {
      if (record.kind === "checkpoint") this.#unfinished.set(record.id, record.seq);
      if (record.kind === "message") this.#unfinished.delete(record.id);
      if (stateOf(record) !== undefined) this.#stateIds.add(record.id);
    }
  }

  *records(): Generator<JournalBody, void, undefined> {
    const own = this.#own;
    const brought = new Map<string, JournalBody>();
    for (const record of this.#scan()) {
      if (own !== undefined && !this.#isMissing(own, record)) continue;
      const body = bodyOf(record);
      const state = stateOf(record);
      if (state !== undefined) brought.set(state, body);
      yield body;
    }
    if (own === undefined) return;
    for (const [state, body] of brought) {
      const kept = own.states.get(state);
      // What only the backup changed since both were one changes here, too.
      if (kept === undefined || this.#stateIds.has(kept.id) || isSameState(kept, body)) continue;
      yield again(kept, this.#merge.now());
    }
  }

  #scan(): Iterable<JournalRecord> {
    const { from } = this.#merge;
    return recordsOf(from, this.#row);
  }

  #isMissing(own: OwnRecords, record: JournalRecord): boolean {
    if (record.kind === "checkpoint") {
      if (own.said.has(record.id) || own.checkpoints.has(record.id)) return false;
      return this.#unfinished.get(record.id) === record.seq;
    }
    if (record.kind !== "message") return !own.others.has(record.id);
    const said = own.said.get(record.id);
    if (said !== undefined && said !== digestOf(record)) {
      const message = `message ${record.id} says something else in the backup; the vault's own stays`;
      this.#merge.tell({ code: "MERGE_RECORD_DIFFERS", path: `session ${this.#row.sessionId}`, message });
    }
    return said === undefined;
  }
}

function* recordsOf(space: UserSpace, row: CatalogSession): Generator<JournalRecord> {
  for (const { record } of scanRecords(space.sessions.journalOf(row), 0)) yield record;
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
