import type { Problem } from "./errors.ts";
import type { JsonObject } from "./json.ts";
import type { Part, Role } from "./message.ts";
import type { SourceTime, TimestampSource } from "./time.ts";

/** The sources this version reads; the first half of an imported runtime's id. `legacy`: what an older Chatty had imported. */
export type SourceName = "chatgpt" | "claude" | "legacy";

/** Random access to bytes that somebody else opened and will close. */
export interface ByteSource {
  /** Name for messages only; never used as a path. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Reads exactly `length` bytes at `offset`; fewer only at the end. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Where a record's bytes lie, so that they can be fetched again unchanged. */
export interface RecordPlace {
  /** Raw member name; empty for a file that is not an archive. */
  member: string;
  /** Bytes into the (inflated) member. */
  offset: number;
  /** Bytes. */
  length: number;
}

/** Who the export belongs to, as far as it says. */
export interface SourceIdentity {
  accountId?: string;
  email?: string;
  name?: string;
}

/** Why a stored node carries a reservation. A node with at least one of these counts as flagged. */
export type NodeFlag = "structural" | "hidden" | "opaque-only" | "dangling-parent" | "repaired-parent";

/** One node of a source's conversation. Nothing of the source is invented, trimmed or merged. */
export interface SourceNode {
  /** Key of the node in the source; unique inside its conversation. */
  sourceId: string;
  /** The message's own id where the source has one and it differs from the node's. */
  sourceMessageId?: string;
  /** Parent after repair; null for roots. Always names a node of the same conversation. */
  parentSourceId: string | null;
  /** The parent as the source wrote it, when it differs from `parentSourceId`. */
  writtenParentSourceId?: string;
  /** True for a node without a message: counted, and not a message of `show`. */
  structural: boolean;
  role: Role;
  /** The source's author name (a tool's name, say), or its role where that is none of the four. */
  author?: string;
  hidden: boolean;
  /** `contentFromParts(parts)`. */
  content: string;
  parts: Part[];
  model?: string;
  time?: SourceTime;
  timestampSource: TimestampSource;
  flags: NodeFlag[];
  /** Everything else the source says about the message, whole. */
  metadata: JsonObject;
}

/** A file that a conversation points at. */
export interface SourceAttachment {
  /** The id that parts carry in `fileId`. */
  fileId: string;
  pointer?: string;
  name?: string;
  mime?: string;
  /** Bytes, as the source says. */
  size?: number;
  /** Raw name of the archive member that holds the bytes; absent when the export lacks them. */
  member?: string;
}

/** `seen` = `stored` + `flagged` + `skipped`, or the import has failed. */
export interface NodeCount {
  seen: number;
  stored: number;
  flagged: number;
  skipped: number;
}

/** One conversation, whole: every branch, in tree order (parents before children, siblings in the source's order). */
export interface SourceConversation {
  sourceId: string;
  /** Absent when the source has none; never replaced by another text. */
  title?: string;
  createdAt?: SourceTime;
  updatedAt?: SourceTime;
  nodes: SourceNode[];
  /** The leaf the source shows, or the one inferred (deepest of the latest). */
  activeLeafSourceId?: string;
  activeLeafInferred: boolean;
  /** Account the data itself names. */
  accountId?: string;
  project?: { sourceId: string; name?: string };
  /** The custom GPT it was held with. */
  customGpt?: { sourceId: string; name?: string };
  /** Default model of the conversation. */
  model?: string;
  starred?: boolean;
  archived?: boolean;
  attachments: SourceAttachment[];
  /** Everything else the source says about the conversation, whole. */
  metadata: JsonObject;
  count: NodeCount;
  problems: Problem[];
}

/** Records beside conversations that are kept by reference. */
export type SidecarKind =
  | "project"
  | "memory"
  | "user"
  | "feedback"
  | "shared"
  | "settings"
  | "manifest"
  | "library"
  | "artifact"
  | "other";

/** One thing an export yields, with the bytes it was made from. `raw` is only valid until the next record is asked for. */
export type ImportRecord =
  | { kind: "conversation"; place: RecordPlace; raw: Uint8Array; conversation: SourceConversation }
  | {
      /** An element that looks like a conversation and cannot be read: kept raw, counted as failed. */
      kind: "broken";
      place: RecordPlace;
      raw: Uint8Array;
      problem: Problem;
    }
  | {
      kind: "sidecar";
      sidecar: SidecarKind;
      place: RecordPlace;
      sourceId?: string;
      name?: string;
      /** Parsed content, for small sidecars. */
      value?: JsonObject;
    }
  | { kind: "problem"; problem: Problem };

/** An export whose container was validated and whose source is known. Holds no file; the caller owns the bytes. */
export interface OpenedExport {
  readonly source: SourceName;
  /** For people, as in "ChatGPT export, 3 shards". */
  readonly description: string;
  readonly identity: SourceIdentity;
  /** Uncompressed bytes that `records` will go through, for progress. */
  readonly totalBytes: number;
  /** Problems of the container as a whole. */
  readonly problems: Problem[];
  /**
   * Yields every record once, in the order of the archive, in bounded memory. One bad record costs only itself.
   * @param onProgress called with the uncompressed bytes gone through so far.
   */
  records(onProgress?: (bytesDone: number) => void): AsyncIterable<ImportRecord>;
  /** Reads one member in chunks. @throws {ChattyError} MEMBER_NOT_FOUND, ARCHIVE_CORRUPT */
  readMember(member: string): AsyncIterable<Uint8Array>;
}

/**
 * What the store needs from importers: bytes to model values, with no knowledge of where anything is kept.
 * Both functions are pure in the sense that the same bytes always give the same values.
 */
export interface ExportReader {
  /** Changes whenever the same bytes would convert to other values; derived data is then made again. */
  readonly version: string;
  /**
   * Address of a module that serves this same reader in a thread of its own, for whoever has much to read and must not hold up others.
   * Where there is none, everything is read in the thread at hand.
   */
  readonly thread?: string;
  /**
   * Validates the container, recognises the source by content and reads who it belongs to.
   * @throws {ChattyError} NOT_AN_EXPORT, UNSUPPORTED_EXPORT, ARCHIVE_… for containers that are refused as a whole.
   */
  open(bytes: ByteSource, options?: { source?: SourceName }): Promise<OpenedExport>;
  /** Converts the raw bytes of one conversation again. @throws {ChattyError} RECORD_UNREADABLE */
  convert(source: SourceName, raw: Uint8Array): SourceConversation;
}
