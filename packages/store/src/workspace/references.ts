import type { ImportId, RuntimeId, SessionId, Sha256, SidecarKind, UserId } from "@chatty/model";
import type { Row } from "./changes.ts";
import type { ConfigurationReader, ConfigurationWriter } from "./connection.ts";
import { integerOf, optionalIntegerOf, optionalTextOf, textOf } from "./row-values.ts";

/** Where the bytes of one record of an archive lie and what they hash to: metadata, never content. Derived. */
export interface ImportReference {
  importId: ImportId;
  /** Position among the records of the import, from 0. */
  ordinal: number;
  /** Present for conversations. */
  sessionId: SessionId | undefined;
  runtimeId: RuntimeId;
  /** The source's own id. Lone surrogates, which SQLite cannot keep, become U+FFFD here and in the title. */
  sourceId: string | undefined;
  kind: "conversation" | "broken" | SidecarKind;
  /** Raw name of the archive's member; empty for a file that is not an archive. */
  member: string;
  /** Bytes into the inflated member. */
  memberOffset: number;
  /** Bytes. */
  byteLength: number;
  /** Of the bytes as they stand in the archive. */
  rawSha256: Sha256 | undefined;
  /** Of what a person reads: equal means unchanged. */
  contentSha256: Sha256 | undefined;
  metadataSha256: Sha256 | undefined;
  /** Pack that holds a copy that can be read without inflating the archive, and where it lies in it. */
  pack: string | undefined;
  packOffset: number | undefined;
  packLength: number | undefined;
  title: string | undefined;
  /** Integer milliseconds UTC; absent where the source has no time. */
  createdAt: number | undefined;
  updatedAt: number | undefined;
  messageCount: number;
  nodeCount: number;
}

const columns =
  "r.import_id, r.ordinal, r.session_id, r.runtime_id, r.source_id, r.kind, r.member, r.member_offset, r.byte_length, " +
  "r.raw_sha256, r.content_sha256, r.metadata_sha256, r.pack, r.pack_offset, r.pack_length, r.title, r.created_at, " +
  "r.updated_at, r.message_count, r.node_count";
/** References of imports that finished; those of an import under way are nobody's to see yet. */
const fromFinished =
  "FROM import_references r JOIN imports i ON i.user_id = r.user_id AND i.import_id = r.import_id " +
  "WHERE r.user_id = ? AND i.status = 'finished'";
const visible = "AND i.superseded_by IS NULL";
const inImportOrder = "i.ordinal, i.started_at, i.import_id, r.ordinal";

const insertSql =
  "INSERT INTO import_references (user_id, import_id, ordinal, session_id, runtime_id, source_id, kind, member, " +
  "member_offset, byte_length, raw_sha256, content_sha256, metadata_sha256, pack, pack_offset, pack_length, title, " +
  "created_at, updated_at, message_count, node_count) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

/**
 * Adds references of an import. For many rows at once: one call inside one transaction.
 * @returns how many were added.
 * @throws {ChattyError} CONFIGURATION_CHANGE_REFUSED when the import has a record of that ordinal already.
 */
export function insertReferences(
  writer: ConfigurationWriter,
  userId: UserId,
  references: Iterable<ImportReference>,
): number {
  let added = 0;
  for (const reference of references) {
    added += writer.run(
      insertSql,
      userId,
      reference.importId,
      reference.ordinal,
      reference.sessionId ?? null,
      reference.runtimeId,
      reference.sourceId ?? null,
      reference.kind,
      reference.member,
      reference.memberOffset,
      reference.byteLength,
      reference.rawSha256 ?? null,
      reference.contentSha256 ?? null,
      reference.metadataSha256 ?? null,
      reference.pack ?? null,
      reference.packOffset ?? null,
      reference.packLength ?? null,
      reference.title ?? null,
      reference.createdAt ?? null,
      reference.updatedAt ?? null,
      reference.messageCount,
      reference.nodeCount,
    );
  }
  return added;
}

/**
 * The newest version of an imported session that is shown, as {@link newestFirst} judges it, with the messages of all shown
 * versions together; undefined when there is none.
 */
export function newestReference(
  reader: ConfigurationReader,
  userId: UserId,
  sessionId: SessionId,
): ImportReference | undefined {
  const versions = versionsOfSession(reader, userId, sessionId);
  const [newest] = newestFirst(versions);
  // Each import counts what was shown before along with its own.
  const messageCount = versions.at(-1)?.messageCount;
  return newest === undefined || messageCount === undefined ? newest : { ...newest, messageCount };
}

/**
 * Versions of a conversation, the newest first. What the source says about when it changed decides; where that is equal or not
 * known, the later import is the newer one. So an old export that is imported late rolls nothing back.
 * @param versions in import order.
 */
export function newestFirst<Version extends Pick<ImportReference, "updatedAt">>(
  versions: readonly Version[],
): Version[] {
  const sorted: Version[] = [];
  for (const version of versions) {
    const { updatedAt } = version;
    const newer =
      updatedAt === undefined
        ? -1
        : sorted.findLastIndex((each) => each.updatedAt !== undefined && each.updatedAt > updatedAt);
    sorted.splice(newer + 1, 0, version);
  }
  return sorted;
}

/** Every version of an imported session in import order; those of replaced imports only if `superseded` is set. */
export function versionsOfSession(
  reader: ConfigurationReader,
  userId: UserId,
  sessionId: SessionId,
  options: { superseded?: boolean } = {},
): ImportReference[] {
  const shown = options.superseded === true ? "" : visible;
  const sql =
    `SELECT ${columns} ${fromFinished} ${shown} AND r.session_id = ? AND r.kind = 'conversation' ` +
    `ORDER BY ${inImportOrder}`;
  return reader.all(sql, userId, sessionId).map(referenceFromRow);
}

/** Every reference of an import, finished or not, one by one in the order of the archive. */
export function* referencesOfImport(
  reader: ConfigurationReader,
  userId: UserId,
  importId: ImportId,
): Generator<ImportReference, void, undefined> {
  const sql = `SELECT ${columns} FROM import_references r WHERE r.user_id = ? AND r.import_id = ? ORDER BY r.ordinal`;
  for (const row of reader.iterate(sql, userId, importId)) yield referenceFromRow(row);
}

/** Deletes what an import has in the derived tables: its references and its attachments. @returns how many rows. */
export function deleteReferencesOfImport(
  writer: ConfigurationWriter,
  userId: UserId,
  importId: ImportId,
): number {
  return (
    writer.run("DELETE FROM import_references WHERE user_id = ? AND import_id = ?", userId, importId) +
    writer.run("DELETE FROM import_attachments WHERE user_id = ? AND import_id = ?", userId, importId)
  );
}

function referenceFromRow(row: Row): ImportReference {
  return {
    importId: textOf(row, "import_id") as ImportId,
    ordinal: integerOf(row, "ordinal"),
    sessionId: optionalTextOf(row, "session_id") as SessionId | undefined,
    runtimeId: textOf(row, "runtime_id") as RuntimeId,
    sourceId: optionalTextOf(row, "source_id"),
    kind: textOf(row, "kind") as ImportReference["kind"],
    member: textOf(row, "member"),
    memberOffset: integerOf(row, "member_offset"),
    byteLength: integerOf(row, "byte_length"),
    rawSha256: optionalTextOf(row, "raw_sha256") as Sha256 | undefined,
    contentSha256: optionalTextOf(row, "content_sha256") as Sha256 | undefined,
    metadataSha256: optionalTextOf(row, "metadata_sha256") as Sha256 | undefined,
    pack: optionalTextOf(row, "pack"),
    packOffset: optionalIntegerOf(row, "pack_offset"),
    packLength: optionalIntegerOf(row, "pack_length"),
    title: optionalTextOf(row, "title"),
    createdAt: optionalIntegerOf(row, "created_at"),
    updatedAt: optionalIntegerOf(row, "updated_at"),
    messageCount: integerOf(row, "message_count"),
    nodeCount: integerOf(row, "node_count"),
  };
}
