import type { ConstructId, MessageId, SessionId } from "@chatty/model";
import { ChattyError, isChattyError } from "@chatty/model";
import type { Catalog, CatalogSession } from "../../catalog/catalog.ts";
import {
  compareEvents,
  conversationCreatedEvent,
  messageEvent,
  runtimeSelectionEvent,
} from "../../continuity/events.ts";
import type { ConversationCreatedEvent, MessageEvent } from "../../continuity/events.ts";
import type { AppendFiles } from "../../files/append-files.ts";
import { layout } from "../../files/layout.ts";
import type { EventStream, UserPlace } from "../../files/layout.ts";
import type {
  CheckpointRecord,
  JournalBody,
  JournalHeader,
  JournalRecord,
  MessageRecord,
} from "../../journal/record.ts";
import { readHeader, scanRecords, tailRecords } from "../../journal/read.ts";
import type { PublishedBytes } from "../../journal/read.ts";
import type { CommitLog } from "../../log/commit-log.ts";
import type { Group } from "../../log/group.ts";
import type { ConfigurationChange } from "../../workspace/changes.ts";
import { actChange } from "../../workspace/history.ts";
import type {
  NewMessage,
  NewRecord,
  NewSession,
  SessionBackend,
  SessionCapabilities,
  SessionChange,
  SessionOutcome,
  SessionSummary,
} from "../backend.ts";
import { sessionRevision } from "../session-revision.ts";
import { messageIdTaken, messageNotFound, revisionConflict, sessionNotFound } from "../session-errors.ts";
import { formerOf } from "./former-state.ts";
import { messageKey, refoldKey, sessionKey } from "./batch-keys.ts";
import { recordPlaces } from "./record-places.ts";
import { countAfterTombstone, livingEnd } from "./tombstone-step.ts";
import { saidDigest } from "./said-before.ts";
import type { SaidBefore } from "./said-before.ts";
import { foldCatalogSession, foldDamagedSession, nextCatalogSession, rowFromHeader } from "./session-row.ts";

export interface FlatFileSessionsOptions {
  user: UserPlace;
  log: CommitLog;
  appended: AppendFiles;
  catalog: Catalog;
  /** Told after a change of configuration is durable and applied. */
  onConfigured?: (change: ConfigurationChange) => void;
  /** Told after a session got records, with its new state. */
  onChanged?: (session: CatalogSession, record?: JournalRecord) => void;
  /** The journal as it lies on disk, whatever state it is in. */
  readDamaged: (row: Pick<CatalogSession, "constructId" | "sessionId">) => PublishedBytes;
  /** Removes a session for good. */
  discard: (session: CatalogSession) => Promise<void>;
}

type DerivedEvent = MessageEvent | ConversationCreatedEvent;

/**
 * The flat-file driver: one folder and one journal a session, fed by the vault's commit log.
 * The catalog only saves it from reading journals whole; what the catalog does not know yet is read from the journal.
 */
export function flatFileSessions(options: FlatFileSessionsOptions): FlatFileSessions {
  return new FlatFileSessions(options);
}

/** See {@link flatFileSessions}. */
export class FlatFileSessions implements SessionBackend {
  readonly capabilities: SessionCapabilities = {
    supportsJournal: true,
    supportsFiles: true,
    supportsConfiguration: true,
  };
  readonly #options: FlatFileSessionsOptions;
  readonly #damaged = new Map<SessionId, ChattyError>();
  /** Rows that were compared with their journal since this process opened the vault. */
  readonly #checked = new Map<SessionId, CatalogSession>();
  /** Paths of journals that were written to. */
  readonly #paths = new Map<SessionId, string>();
  readonly #eventPaths: Readonly<Record<EventStream, string>>;

  constructor(options: FlatFileSessionsOptions) {
    this.#options = options;
    this.#eventPaths = {
      runtime_selections: layout.events(options.user, "runtime_selections"),
      conversations: layout.events(options.user, "conversations"),
      messages: layout.events(options.user, "messages"),
    };
  }

  commit(changes: readonly SessionChange[] | (() => readonly SessionChange[])): Promise<SessionOutcome[]> {
    return this.#options.log.commit((group) => {
      const events: DerivedEvent[] = [];
      const outcomes = (typeof changes === "function" ? changes() : changes).map((change) =>
        this.#prepare(group, change, events),
      );
      // The order in which a rebuild finds them again.
      for (const event of events.sort(compareEvents)) {
        const stream = event.eventType === "message" ? "messages" : "conversations";
        group.append(this.#eventPaths[stream], event);
      }
      return outcomes;
    });
  }

  summary(sessionId: SessionId): SessionSummary | undefined {
    const row = this.row(sessionId);
    if (row === undefined) return undefined;
    const { runtimeId, constructId, title, messageCount, archived, deleted, leafId } = row;
    const createdAt = row.createdAt ?? 0;
    const updatedAt = row.updatedAt ?? createdAt;
    const seq = row.journalSeq;
    return {
      sessionId,
      runtimeId,
      constructId,
      title,
      createdAt,
      updatedAt,
      messageCount,
      archived,
      deleted,
      leafId,
      seq,
    };
  }

  *sessionIds(): Iterable<SessionId> {
    for (const row of this.#options.catalog.natives()) yield row.sessionId;
  }

  *scan(sessionId: SessionId): Iterable<JournalRecord> {
    for (const { record } of scanRecords(this.journal(sessionId), 0)) yield record;
  }

  tail(sessionId: SessionId, limit: number): JournalRecord[] {
    return tailRecords(this.journal(sessionId), limit).map(({ record }) => record);
  }

  async purge(sessionId: SessionId): Promise<void> {
    const row = this.#require(sessionId);
    if (!row.deleted) {
      throw new ChattyError("SESSION_NOT_DELETED", `Session ${sessionId} is not deleted.`, {
        hint: "Delete it first; purging has no undo.",
        where: { session: sessionId },
      });
    }
    await this.#options.discard(row);
    this.#checked.delete(sessionId);
    this.#options.catalog.removeSession(sessionId);
  }

  /** The catalog's row, brought up to the journal. */
  row(sessionId: SessionId): CatalogSession | undefined {
    const checked = this.#checked.get(sessionId);
    if (checked !== undefined) return checked;
    const row = this.#options.catalog.session(sessionId);
    if (row === undefined || row.imported) return undefined;
    return this.#catchUp(row);
  }

  /** The journal as it is published. @throws {ChattyError} SESSION_NOT_FOUND */
  journal(sessionId: SessionId): PublishedBytes {
    return this.journalOf(this.#require(sessionId));
  }

  journalOf(row: Pick<CatalogSession, "constructId" | "sessionId">): PublishedBytes {
    const { appended, user } = this.#options;
    const path = layout.journal(user, row.constructId, row.sessionId);
    return {
      path,
      length: appended.head(path).length,
      read: (position, length) => appended.read(path, position, length),
    };
  }

  /**
   * Reads a journal whole and makes its row again; flags of the configuration come from `row`. Of a damaged journal it takes what
   * can be read, and from then on the session takes no more records.
   */
  refold(row: Pick<CatalogSession, "sessionId" | "constructId" | "home" | "starred">): CatalogSession {
    const { appended, catalog } = this.#options;
    try {
      const journal = this.journalOf(row);
      const header = readHeader(journal, row.sessionId);
      const next = foldCatalogSession(header, scanRecords(journal, 0), row, (places) =>
        catalog.putPlaces(places),
      );
      const head = appended.head(journal.path);
      this.#damaged.delete(row.sessionId);
      return this.#keep({
        ...next,
        journalLength: head.length,
        journalSeq: head.seq,
        journalHash: head.hash,
      });
    } catch (error) {
      if (!isChattyError(error, "FILE_DAMAGED")) throw error;
      this.#damaged.set(row.sessionId, error);
      return this.#keep(foldDamagedSession(this.#options.readDamaged(row), row));
    }
  }

  /** Why a session takes no more records, if its journal is damaged. */
  damage(sessionId: SessionId): ChattyError | undefined {
    return this.#damaged.get(sessionId);
  }

  /** The journal for somebody who only looks: also one whose end is damaged. */
  journalForShowing(row: Pick<CatalogSession, "constructId" | "sessionId">): PublishedBytes {
    try {
      return this.journalOf(row);
    } catch (error) {
      if (!isChattyError(error, "FILE_DAMAGED")) throw error;
      return this.#options.readDamaged(row);
    }
  }

  /** Makes the row of a session that lies on disk and may be unknown or out of date. */
  adopt(constructId: ConstructId, sessionId: SessionId): CatalogSession {
    const known = this.#options.catalog.session(sessionId);
    if (known !== undefined && !known.imported) return this.#catchUp(known);
    return this.refold({ sessionId, constructId, home: false, starred: false });
  }

  /** Changes flags that live in the configuration: home and star. */
  flag(sessionId: SessionId, flags: Partial<Pick<CatalogSession, "home" | "starred">>): void {
    const row = this.row(sessionId);
    if (row !== undefined) this.#keep({ ...row, ...flags });
  }

  /** Forgets what was compared, after the files behind it were made again. */
  forget(): void {
    this.#checked.clear();
  }

  #catchUp(row: CatalogSession): CatalogSession {
    try {
      return this.#catchUpSound(row);
    } catch (error) {
      if (isChattyError(error, "FILE_DAMAGED")) return this.refold(row);
      throw error;
    }
  }

  #catchUpSound(row: CatalogSession): CatalogSession {
    const journal = this.journalOf(row);
    const head = this.#options.appended.head(journal.path);
    if (row.journalLength === head.length && row.journalHash === head.hash) {
      this.#checked.set(row.sessionId, row);
      return row;
    }
    if (row.journalLength === 0 || row.journalLength > head.length) return this.refold(row);
    let next = row;
    for (const { record, start, length } of scanRecords(journal, row.journalLength, row.journalHash)) {
      const step = nextCatalogSession(next, record, this.#knows, this.#isDeleted);
      if (step === undefined) return this.refold(row);
      this.#options.catalog.putPlaces(recordPlaces(row.sessionId, record, { offset: start, length }));
      next = step;
    }
    return this.#keep({ ...next, journalLength: head.length, journalSeq: head.seq, journalHash: head.hash });
  }

  #keep(row: CatalogSession): CatalogSession {
    this.#checked.set(row.sessionId, row);
    this.#options.catalog.putSession(row);
    return row;
  }

  readonly #knows = (sessionId: SessionId, messageId: MessageId): boolean =>
    this.#options.catalog.message(sessionId, messageId) !== undefined;

  readonly #isDeleted = (sessionId: SessionId, messageId: MessageId): boolean =>
    this.#options.catalog.isMessageDeleted(sessionId, messageId);

  #prepare(group: Group, change: SessionChange, events: DerivedEvent[]): SessionOutcome {
    switch (change.kind) {
      case "create":
        return this.#prepareCreate(group, change.session, events);
      case "append":
        return this.#prepareAppend(group, change.sessionId, change.record, events);
      case "expect": {
        const row = this.#present(group, change.sessionId) ?? this.#options.catalog.session(change.sessionId);
        if (row === undefined) throw sessionNotFound(change.sessionId);
        if (sessionRevision(row) !== change.revision) throw revisionConflict(`Session ${row.sessionId}`);
        return {};
      }
      case "select":
        group.append(
          this.#eventPaths.runtime_selections,
          runtimeSelectionEvent(change.selection, { at: group.at, commit: group.seq }),
        );
        return {};
      case "configure":
        group.change(change.change);
        group.onDurable(() => this.#options.onConfigured?.(change.change));
        return {};
      case "act":
        group.change(actChange(this.#options.user.userId, change.act, group));
        return {};
    }
  }

  #prepareCreate(group: Group, session: NewSession, events: DerivedEvent[]): SessionOutcome {
    const { user } = this.#options;
    const present = this.#present(group, session.sessionId);
    if (present !== undefined) return { sessionId: session.sessionId, seq: 0, repeated: true };
    if (this.#options.catalog.session(session.sessionId) !== undefined) {
      throw new ChattyError("SESSION_EXISTS", `${session.sessionId} is the id of an imported session.`, {
        hint: "Give a new id, or none.",
      });
    }
    const header: JournalHeader = {
      version: "1.0",
      chat_id: session.sessionId,
      timestamp: group.at,
      metadata: {
        userId: user.userId,
        runtimeId: session.runtimeId,
        constructId: session.constructId,
        title: session.title,
        source: session.source,
        commit: group.seq,
        ...(session.home === undefined ? {} : { home: session.home }),
        ...(session.forkedFrom === undefined ? {} : { forkedFrom: session.forkedFrom }),
      },
    };
    const line = group.create(layout.journal(user, session.constructId, session.sessionId), header);
    events.push(conversationCreatedEvent(header));
    const row = rowFromHeader(header, line);
    group.remember(sessionKey(session.sessionId), row);
    group.onDurable(() => {
      this.#keep(row);
      this.#options.onChanged?.(row);
    });
    return { sessionId: session.sessionId, seq: 0, hash: line.hash };
  }

  #prepareAppend(
    group: Group,
    sessionId: SessionId,
    draft: NewMessage | NewRecord,
    events: DerivedEvent[],
  ): SessionOutcome {
    const row = this.#present(group, sessionId);
    if (row === undefined) throw sessionNotFound(sessionId);
    const path = this.#pathOf(row);
    const isSaid = draft.kind === "message" || draft.kind === "checkpoint";
    const known = isSaid && draft.isNew !== true ? this.#find(group, path, sessionId, draft.id) : undefined;
    if (isSaid && known?.final !== undefined) {
      const isOther = draft.kind === "message" && known.digest !== saidDigest(draft);
      if (isOther) throw messageIdTaken(sessionId, draft.id);
      // A message is final: what it was before it was finished comes too late.
      return { ...known.final, repeated: true };
    }
    const damage = this.#damaged.get(sessionId);
    if (damage !== undefined) throw damage;
    const isRevival = draft.kind === "tombstone" && !draft.deleted && draft.targetId === undefined;
    if (row.deleted && !isRevival) {
      throw new ChattyError("SESSION_DELETED", `Session ${sessionId} is deleted.`, {
        hint: "Restore it first.",
        where: { session: sessionId },
      });
    }
    const body = this.#body(group, row, draft, known);
    const line = group.append(path, body);
    const record = { seq: line.seq, ...body, prev: "", hash: line.hash };
    if (body.kind === "message") {
      events.push(messageEvent(record as JournalRecord & MessageRecord, sessionId));
    }
    this.#remember(group, row, record, line, known !== undefined);
    const outcome = { sessionId, messageId: draft.id, seq: line.seq, hash: line.hash };
    // Nobody can name an id before its answer came.
    if (isSaid && draft.isNew !== true) {
      const parentId = "parentId" in body ? body.parentId : null;
      const isFinal = draft.kind === "message";
      const said: SaidBefore = isFinal
        ? { parentId, final: outcome, digest: saidDigest(draft) }
        : { parentId };
      group.remember(messageKey(sessionId, draft.id), said);
    }
    return outcome;
  }

  #remember(
    group: Group,
    row: CatalogSession,
    record: JournalRecord,
    line: { offset: number; length: number },
    isKnown: boolean,
  ): void {
    const { catalog, onChanged } = this.#options;
    const step = nextCatalogSession(row, record, () => isKnown, this.#isDeleted);
    const journalLength = line.offset + line.length;
    const mark = { journalLength, journalSeq: record.seq, journalHash: record.hash };
    const next: CatalogSession = { ...(step ?? { ...row, updatedAt: record.timestamp }), ...mark };
    group.remember(sessionKey(row.sessionId), next);
    // What a deleted or revived message makes of the row is only known when everything before it is in force; rows of later groups
    // of this batch were made without that, and are made again from the journal.
    const wasUnfolded = group.recall(refoldKey(row.sessionId)) === true;
    if (step === undefined) group.remember(refoldKey(row.sessionId), true);
    group.onDurable(() => {
      const count = record.kind === "tombstone" ? countAfterTombstone(catalog, next, record) : undefined;
      catalog.putPlaces(recordPlaces(row.sessionId, record, line));
      // Flags may have changed since the group was prepared.
      const flags = this.#checked.get(row.sessionId);
      const home = flags?.home ?? next.home;
      const starred = flags?.starred ?? next.starred;
      const kept = this.#keep({ ...next, home, starred });
      const isSettled = step !== undefined && !wasUnfolded;
      const leafId = isSettled || wasUnfolded ? undefined : livingEnd(catalog, kept);
      if (isSettled) onChanged?.(kept, record);
      else if (count === undefined || leafId === undefined) onChanged?.(this.refold(kept), record);
      else onChanged?.(this.#keep({ ...kept, leafId, messageCount: count }), record);
    });
  }

  #body(
    group: Group,
    row: CatalogSession,
    draft: NewMessage | NewRecord,
    known: SaidBefore | undefined,
  ): JournalBody {
    const base = { commit: group.seq, timestamp: group.at };
    if (draft.kind !== "message" && draft.kind !== "checkpoint") {
      const target = "targetId" in draft ? draft.targetId : undefined;
      if (target !== undefined && !this.#knownIn(group, row.sessionId, target))
        throw messageNotFound(row.sessionId, target);
      const { kind, id, ...rest } = draft;
      return { kind, id, ...rest, ...formerOf(row, draft), ...base } as JournalBody;
    }
    // An answer that grows stays where it began: by now it is itself the end of the path.
    const behind = known === undefined ? (row.leafId ?? null) : (known.parentId as MessageId | null);
    const parentId = draft.parentId === undefined ? behind : draft.parentId;
    // The leaf may be the message of another session that a fork goes on from; more than one branch may begin there.
    const isKnown =
      parentId === null || parentId === row.leafId || this.#knownIn(group, row.sessionId, parentId);
    if (!isKnown && this.#originOf(row) !== parentId) throw messageNotFound(row.sessionId, parentId);
    const { kind, id, role, content, runtimeId, constructId, ...rest } = draft;
    delete rest.parentId;
    delete rest.isNew;
    return {
      kind,
      id,
      parentId,
      role,
      content,
      ...base,
      runtimeId: runtimeId ?? row.runtimeId,
      constructId: constructId ?? row.constructId,
      ...rest,
    };
  }

  #originOf(row: CatalogSession): string | undefined {
    return row.forkedFrom === undefined
      ? undefined
      : readHeader(this.journalOf(row)).metadata.forkedFrom?.messageId;
  }

  /** A message or checkpoint that was appended under this id before, in this batch or earlier. */
  #find(group: Group, path: string, sessionId: SessionId, messageId: MessageId): SaidBefore | undefined {
    const inBatch = group.recall(messageKey(sessionId, messageId)) as SaidBefore | undefined;
    if (inBatch !== undefined) return inBatch;
    const known = this.#options.catalog.message(sessionId, messageId);
    if (known === undefined) return undefined;
    const line = this.#options.appended.read(path, known.offset, known.length);
    const record = JSON.parse(line.toString("utf8")) as JournalRecord & (MessageRecord | CheckpointRecord);
    const { kind, parentId, seq, hash } = record;
    if (kind !== "message") return { parentId };
    return { parentId, final: { sessionId, messageId, seq, hash }, digest: saidDigest(record) };
  }

  #knownIn(group: Group, sessionId: SessionId, messageId: MessageId): boolean {
    return group.recall(messageKey(sessionId, messageId)) !== undefined || this.#knows(sessionId, messageId);
  }

  #pathOf({ sessionId, constructId }: CatalogSession): string {
    const known = this.#paths.get(sessionId);
    if (known !== undefined) return known;
    const path = layout.journal(this.#options.user, constructId, sessionId);
    this.#paths.set(sessionId, path);
    return path;
  }

  #present(group: Group, sessionId: SessionId): CatalogSession | undefined {
    return (group.recall(sessionKey(sessionId)) as CatalogSession | undefined) ?? this.row(sessionId);
  }

  #require(sessionId: SessionId): CatalogSession {
    const row = this.row(sessionId);
    if (row === undefined) throw sessionNotFound(sessionId);
    return row;
  }
}
