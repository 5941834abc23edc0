import type { ConstructId, MessageId, RuntimeId, SessionId } from "@chatty/model";
import type { CatalogSession, RecordPlaces } from "../../catalog/catalog.ts";
import { JournalFold } from "../../journal/fold.ts";
import type { JournalHeader, JournalRecord } from "../../journal/record.ts";
import { scanLines } from "../../journal/read.ts";
import type { PublishedBytes, ReadRecord } from "../../journal/read.ts";
import { openLine } from "../../log/chained-line.ts";
import { recordPlaces } from "./record-places.ts";

/** The row of a session that has a header and nothing else. */
export function rowFromHeader(header: JournalHeader, line: { length: number; hash: string }): CatalogSession {
  return {
    sessionId: header.chat_id as SessionId,
    runtimeId: header.metadata.runtimeId as RuntimeId,
    constructId: header.metadata.constructId as ConstructId,
    title: header.metadata.title,
    createdAt: header.timestamp,
    updatedAt: header.timestamp,
    // A fork shows the past that it continues, and its next message hangs on the end of it.
    messageCount: header.metadata.forkedFrom?.messageCount ?? 0,
    imported: false,
    home: false,
    starred: false,
    archived: false,
    deleted: false,
    leafId: header.metadata.forkedFrom?.messageId as MessageId | undefined,
    forkedFrom: header.metadata.forkedFrom?.sessionId as SessionId | undefined,
    journalLength: line.length,
    journalSeq: 0,
    journalHash: line.hash,
  };
}

/**
 * The row after one more record, at a cost that does not grow with the session. Undefined when the record and the row alone do not
 * tell: a message was deleted or brought back, or an answer was finished that had been deleted.
 * @param knows whether a message, final or not, has been seen before.
 */
export function nextCatalogSession(
  row: CatalogSession,
  record: JournalRecord,
  knows: (sessionId: SessionId, messageId: MessageId) => boolean,
  isDeleted: (sessionId: SessionId, messageId: MessageId) => boolean,
): CatalogSession | undefined {
  const session: CatalogSession = { ...row, updatedAt: record.timestamp };
  switch (record.kind) {
    case "message":
    case "checkpoint": {
      const messageId = record.id as MessageId;
      const isNew = !knows(row.sessionId, messageId);
      if (!isNew && record.kind === "checkpoint") return session;
      if (!isNew && isDeleted(row.sessionId, messageId)) return undefined;
      const messageCount = row.messageCount + (isNew ? 1 : 0);
      return { ...session, leafId: messageId, lastSaidId: messageId, messageCount };
    }
    case "title":
      return { ...session, title: record.title };
    case "archive":
      return { ...session, archived: record.archived };
    case "tombstone":
      return record.targetId === undefined ? { ...session, deleted: record.deleted } : undefined;
    case "revision":
    case "fork":
    case "note":
      return session;
  }
}

/** Makes a row from a whole journal. `flags` gives what lives in the configuration. */
export function foldCatalogSession(
  header: JournalHeader & { hash: string },
  records: Iterable<ReadRecord>,
  flags: Pick<CatalogSession, "home" | "starred">,
  putPlaces: (places: RecordPlaces) => void,
): CatalogSession {
  const fold = new JournalFold(header);
  const first = rowFromHeader(header, { length: 0, hash: header.hash });
  for (const { record, start, length } of records) {
    putPlaces(recordPlaces(first.sessionId, record, { offset: start, length }));
    fold.apply(record);
  }
  return {
    ...first,
    home: flags.home,
    starred: flags.starred,
    title: fold.title,
    updatedAt: fold.updatedAt,
    archived: fold.archived,
    deleted: fold.deleted,
    leafId: fold.activeLeafId ?? first.leafId,
    ...(fold.lastSaidId === undefined ? {} : { lastSaidId: fold.lastSaidId }),
    messageCount: first.messageCount + fold.messageCount,
  };
}

/** Makes a row of what can still be read of a damaged journal. It is never taken for up to date. */
export function foldDamagedSession(
  journal: PublishedBytes,
  row: Pick<CatalogSession, "sessionId" | "constructId" | "home" | "starred">,
): CatalogSession {
  let header: (JournalHeader & { hash: string }) | undefined;
  const records: ReadRecord[] = [];
  for (const line of scanLines(journal)) {
    const opened = openLine<Omit<JournalRecord, "prev" | "hash">>(line.bytes);
    if (opened.kind === "fault") continue;
    // What stands behind the header of another session is that session's.
    if ("chat_id" in opened.body && opened.body.chat_id !== row.sessionId) break;
    if ("chat_id" in opened.body) header = opened.body as unknown as JournalHeader & { hash: string };
    else records.push({ record: opened.body as JournalRecord, start: line.start, length: line.bytes.length });
  }
  const said = records.map(({ record }) => record).find((record) => record.kind === "message");
  const stand: JournalHeader & { hash: string } = header ?? {
    version: "1.0",
    chat_id: row.sessionId,
    timestamp: records[0]?.record.timestamp ?? 0,
    metadata: {
      userId: "",
      runtimeId: said?.runtimeId ?? row.constructId.slice(0, -"-001".length),
      constructId: row.constructId,
      title: "Damaged conversation",
      source: "restored",
      commit: -1,
    },
    hash: "",
  };
  const folded = foldCatalogSession(stand, records, row, () => undefined);
  return { ...folded, journalLength: 0, journalSeq: -1, journalHash: "" };
}
