import type { ConstructId, MessageId, RuntimeId, SessionId } from "@chatty/model";
import type { CatalogMessage, CatalogSession } from "../../catalog/catalog.ts";
import type { JournalHeader, JournalRecord } from "../../journal/record.ts";
import type { ReadRecord } from "../../journal/read.ts";

/** What one record makes of a row. */
export interface RowStep {
  session: CatalogSession;
  /** Place of the message, when the record is one. */
  message?: CatalogMessage;
}

/** The row of a session that has a header and nothing else. */
export function rowFromHeader(header: JournalHeader, line: { length: number; hash: string }): CatalogSession {
  return {
    sessionId: header.chat_id as SessionId,
    runtimeId: header.metadata.runtimeId as RuntimeId,
    constructId: header.metadata.constructId as ConstructId,
    title: header.metadata.title,
    createdAt: header.timestamp,
    updatedAt: header.timestamp,
    messageCount: 0,
    imported: false,
    home: false,
    starred: false,
    archived: false,
    deleted: false,
    leafId: undefined,
    journalLength: line.length,
    journalSeq: 0,
    journalHash: line.hash,
  };
}

/**
 * The row after one more record, at a cost that does not grow with the session. Undefined when only the whole journal tells:
 * a message was deleted or brought back.
 * @param knows whether a message, final or not, has been seen before.
 */
export function nextCatalogSession(
  row: CatalogSession,
  record: JournalRecord,
  line: { offset: number; length: number },
  knows: (sessionId: SessionId, messageId: MessageId) => boolean,
): RowStep | undefined {
  const session: CatalogSession = { ...row, updatedAt: record.timestamp };
  switch (record.kind) {
    case "message":
    case "checkpoint": {
      const messageId = record.id as MessageId;
      const isNew = !knows(row.sessionId, messageId);
      return {
        session: { ...session, leafId: messageId, messageCount: row.messageCount + (isNew ? 1 : 0) },
        message: {
          sessionId: row.sessionId,
          messageId,
          parentId: (record.parentId ?? undefined) as MessageId | undefined,
          seq: record.seq,
          offset: line.offset,
          length: line.length,
        },
      };
    }
    case "title":
      return { session: { ...session, title: record.title } };
    case "archive":
      return { session: { ...session, archived: record.archived } };
    case "tombstone":
      return record.targetId === undefined ? { session: { ...session, deleted: record.deleted } } : undefined;
    case "revision":
    case "fork":
    case "note":
      return { session };
  }
}

/** Makes a row from a whole journal. `flags` gives what lives in the configuration. */
export function foldCatalogSession(
  header: JournalHeader & { hash: string },
  records: Iterable<ReadRecord>,
  flags: Pick<CatalogSession, "home" | "starred">,
  putMessage: (message: CatalogMessage) => void,
): CatalogSession {
  const parents = new Map<string, string | null>();
  const dead = new Set<string>();
  let leaf: string | undefined;
  let row: CatalogSession = {
    ...rowFromHeader(header, { length: 0, hash: header.hash }),
    home: flags.home,
    starred: flags.starred,
  };
  for (const { record, start, length } of records) {
    if (record.kind === "tombstone" && record.targetId !== undefined) {
      if (record.deleted) dead.add(record.targetId);
      else dead.delete(record.targetId);
      if (!record.deleted && !isAncestor(parents, record.targetId, leaf)) leaf = record.targetId;
      leaf = livingAncestor(parents, dead, leaf);
      row = { ...row, updatedAt: record.timestamp };
      continue;
    }
    const step = nextCatalogSession(row, record, { offset: start, length }, (_, id) => parents.has(id));
    if (step === undefined) continue;
    row = step.session;
    if (record.kind === "message" || record.kind === "checkpoint") {
      parents.set(record.id, record.parentId);
      leaf = record.id;
    }
    if (step.message !== undefined) putMessage(step.message);
  }
  return { ...row, leafId: leaf as MessageId | undefined, messageCount: parents.size - dead.size };
}

function livingAncestor(
  parents: ReadonlyMap<string, string | null>,
  dead: ReadonlySet<string>,
  from: string | undefined,
): string | undefined {
  let at: string | null | undefined = from;
  while (at !== undefined && at !== null && dead.has(at)) at = parents.get(at);
  return at ?? undefined;
}

function isAncestor(
  parents: ReadonlyMap<string, string | null>,
  ancestor: string,
  of: string | undefined,
): boolean {
  for (let at: string | null | undefined = of; at !== undefined && at !== null; at = parents.get(at)) {
    if (at === ancestor) return true;
  }
  return false;
}
