import type { ConstructId, MessageId, Role, RuntimeId, SessionId } from "@chatty/model";

/** One row of the lists: everything a page of sessions shows, and where a journal's reader goes on. */
export interface CatalogSession {
  sessionId: SessionId;
  runtimeId: RuntimeId;
  constructId: ConstructId;
  title: string;
  /** Integer milliseconds UTC; absent where a source has none. */
  createdAt: number | undefined;
  updatedAt: number | undefined;
  messageCount: number;
  imported: boolean;
  home: boolean;
  starred: boolean;
  archived: boolean;
  deleted: boolean;
  /** Last message of the active path of a native session. */
  leafId: MessageId | undefined;
  /** The message or unfinished answer of a native session that was said last, deleted or not. */
  lastSaidId?: MessageId;
  /** Session that this one continues. */
  forkedFrom: SessionId | undefined;
  /**
   * Bytes of the journal that this row knows, and the hash of the last line among them. Imported sessions have 0, and in place of
   * the hash what names the version of their bytes.
   */
  journalLength: number;
  journalSeq: number;
  journalHash: string;
}

/** Where a message's record lies in its journal. */
export interface CatalogMessage {
  sessionId: SessionId;
  messageId: MessageId;
  parentId: MessageId | undefined;
  /** Its place in the order of the journal: the number of its record, of the first one for an unfinished answer. */
  seq: number;
  /** Bytes. */
  offset: number;
  length: number;
  kind: "message" | "checkpoint";
  role: Role;
}

/** A record that changes an earlier message, and where it lies. */
export interface CatalogChange {
  sessionId: SessionId;
  targetId: MessageId;
  seq: number;
  kind: "revision" | "deletion" | "revival";
  /** Bytes. */
  offset: number;
  length: number;
}

/** A file that a message of a native session carries. */
export interface CatalogFile {
  /** `sha256:` and 64 hexadecimal digits. */
  fileId: string;
  sessionId: SessionId;
  name: string | undefined;
  mime: string | undefined;
}

/** What one record of a journal leaves in the catalog beside the session's row. */
export interface RecordPlaces {
  message?: CatalogMessage;
  change?: CatalogChange;
  files?: CatalogFile[];
}

/**
 * What is known of a message once more is said under its id. The message itself is final; of an unfinished answer the first
 * place and the newest text count.
 */
export function laterPlace(known: CatalogMessage | undefined, next: CatalogMessage): CatalogMessage {
  if (known === undefined) return next;
  if (known.kind === "message") return next.kind === "message" && next.seq <= known.seq ? next : known;
  return next.kind === "message" ? next : { ...next, seq: Math.min(known.seq, next.seq) };
}

/** Stands for times that a source does not have; sorts last. */
export const undated = -9007199254740991;

/** The month of a time as one number (202403); 0 for no time, or one that no calendar has. */
export function monthNumber(ms: number | undefined): number {
  if (ms === undefined) return 0;
  const date = new Date(ms);
  const year = date.getUTCFullYear();
  return year >= 1 ? year * 100 + date.getUTCMonth() + 1 : 0;
}

/** A title in the form in which words are looked for. */
export function titleKey(title: string): string {
  return title.toWellFormed().toLowerCase();
}

type SqlRow = Record<string, unknown>;

export function sessionFromRow(row: SqlRow): CatalogSession {
  const lastSaidId = textOrUndefined(row["last_said_id"]) as MessageId | undefined;
  return {
    sessionId: String(row["session_id"]) as SessionId,
    runtimeId: String(row["runtime_id"]) as RuntimeId,
    constructId: String(row["construct_id"]) as ConstructId,
    title: String(row["title"]),
    createdAt: numberOrUndefined(row["created_at"]),
    updatedAt: numberOrUndefined(row["updated_at"]),
    messageCount: Number(row["message_count"]),
    imported: row["imported"] === 1,
    home: row["home"] === 1,
    starred: row["starred"] === 1,
    archived: row["archived"] === 1,
    deleted: row["deleted"] === 1,
    leafId: textOrUndefined(row["leaf_id"]) as MessageId | undefined,
    ...(lastSaidId === undefined ? {} : { lastSaidId }),
    forkedFrom: textOrUndefined(row["forked_from"]) as SessionId | undefined,
    journalLength: Number(row["journal_length"]),
    journalSeq: Number(row["journal_seq"]),
    journalHash: String(row["journal_hash"]),
  };
}

/** Roles in the order of their numbers in the tables. */
export const roleNames: readonly Role[] = ["user", "assistant", "system", "tool"];

export function messageFromRow(row: SqlRow): CatalogMessage {
  return {
    sessionId: String(row["session_id"]) as SessionId,
    messageId: String(row["message_id"]) as MessageId,
    parentId: textOrUndefined(row["parent_id"]) as MessageId | undefined,
    seq: Number(row["seq"]),
    offset: Number(row["offset"]),
    length: Number(row["length"]),
    kind: row["is_checkpoint"] === 1 ? "checkpoint" : "message",
    role: roleNames[Number(row["role"])] ?? "system",
  };
}

function textOrUndefined(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function numberOrUndefined(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** SQLite keeps UTF-8, which has no lone surrogates; the journal keeps the title as it is. */
export function wellFormed(text: string): string {
  return text.toWellFormed();
}

/** A change of a message as it stands in the table. */
export function changeFromRow(sessionId: SessionId, row: Record<string, unknown>): CatalogChange {
  return {
    sessionId,
    targetId: String(row["target_id"]) as MessageId,
    seq: Number(row["seq"]),
    kind: String(row["kind"]) as CatalogChange["kind"],
    offset: Number(row["offset"]),
    length: Number(row["length"]),
  };
}
