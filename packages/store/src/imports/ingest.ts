import type { ImportId, Problem, RecordPlace, RuntimeId, SessionId, Sha256 } from "@chatty/model";
import type { ImportAttachment } from "../workspace/attachments.ts";
import type { ImportReference } from "../workspace/references.ts";
import type { ConversationFacts } from "./digest/conversation-facts.ts";
import type { ExportDigests } from "./digest/export-digests.ts";
import type { RecordDigest } from "./digest/record-digest.ts";
import { judgeConversation } from "./conversation-fate.ts";
import type { OwnVersion } from "./conversation-fate.ts";
import type { ImportContext } from "./import-context.ts";
import { assertNotAborted } from "./import-errors.ts";
import { ImportTally } from "./import-tally.ts";
import type { CompressedRecord, PackWriter } from "./pack.ts";
import type { RowSink } from "./reference-rows.ts";
import { Turn } from "./turn.ts";
import type { KnownConversation, PackPlace, VersionHistory } from "./version-history.ts";

/** Where the records of an export go. */
export interface IngestTarget {
  /** Under which the rows are written. */
  importId: ImportId;
  runtimeId: RuntimeId;
  history: VersionHistory;
  /** True when the import replaces everything before it: earlier versions are then compared with and not merged. */
  replaces: boolean;
  rows: RowSink;
  pack: PackWriter;
  /** Where the pack lies while it is being written; absolute. */
  packPath: string;
  /** Name that the pack will have. */
  packName: string;
}

/** How an ingestion reports and stops. */
export interface IngestOptions {
  signal?: AbortSignal | undefined;
  onProgress?: (bytesDone: number, conversations: number) => void;
}

interface OwnConversation {
  versions: OwnVersion[];
  /** Messages of all its versions together. */
  messages: number;
}

/**
 * Goes through an export once: every record becomes a reference row, its bytes go into the pack, and every node is counted.
 * Memory grows with the number of conversations only.
 */
export async function ingestExport(
  context: ImportContext,
  opened: ExportDigests,
  target: IngestTarget,
  options: IngestOptions,
): Promise<Ingested> {
  const ingestion = new Ingestion(context, opened, target);
  const turn = new Turn();
  for await (const { digests, bytesDone } of opened.batches()) {
    for (const digest of digests) {
      assertNotAborted(options.signal);
      await ingestion.take(digest);
      if (turn.isOver()) await turn.next();
    }
    options.onProgress?.(bytesDone, ingestion.tally.conversations.seen);
  }
  assertNotAborted(options.signal);
  target.rows.flush();
  return ingestion;
}

/** What an ingestion leaves. */
export interface Ingested {
  readonly tally: ImportTally;
  /** Sessions of which something shows otherwise than before: in a list, in their text or in their readable view. */
  readonly changed: ReadonlySet<SessionId>;
  /** Sessions of the export. */
  has(sessionId: SessionId): boolean;
  readonly sessionCount: number;
  /** Messages of those sessions, earlier versions included. */
  readonly messageTotal: number;
}

class Ingestion implements Ingested {
  readonly tally = new ImportTally();
  readonly changed = new Set<SessionId>();
  readonly #context: ImportContext;
  readonly #opened: ExportDigests;
  readonly #target: IngestTarget;
  readonly #own = new Map<SessionId, OwnConversation>();
  #ordinal = 0;

  constructor(context: ImportContext, opened: ExportDigests, target: IngestTarget) {
    this.#context = context;
    this.#opened = opened;
    this.#target = target;
    for (const problem of opened.problems) this.tally.problems.push(problem);
  }

  has(sessionId: SessionId): boolean {
    return this.#own.has(sessionId);
  }

  get sessionCount(): number {
    return this.#own.size;
  }

  get messageTotal(): number {
    let total = 0;
    for (const { messages } of this.#own.values()) total += messages;
    return total;
  }

  async take(digest: RecordDigest): Promise<void> {
    switch (digest.kind) {
      case "conversation":
        return this.#takeConversation(digest);
      case "broken": {
        const { place, problem, bytes } = digest;
        const packed = bytes === undefined ? {} : this.#store(bytes);
        const rawSha256 = bytes?.rawSha256;
        this.#target.rows.add(this.#row(place, { kind: "broken", rawSha256, ...packed }), []);
        this.tally.addBroken(problemAt(problem, place));
        return undefined;
      }
      case "sidecar":
        this.tally.addSidecar(digest);
        this.#target.rows.add(
          this.#row(digest.place, {
            kind: digest.sidecar,
            sourceId: digest.sourceId?.toWellFormed(),
            title: digest.name?.toWellFormed(),
          }),
          [],
        );
        return undefined;
      case "problem":
        this.tally.problems.push(digest.problem);
        return undefined;
    }
  }

  async #takeConversation({ facts, bytes, place }: RecordDigest & { kind: "conversation" }): Promise<void> {
    const { sourceId, contentSha256, metadataSha256, createdAt, updatedAt } = facts;
    const { rawSha256 } = bytes;
    const { history, replaces, rows } = this.#target;
    const known = history.find(sourceId);
    const { sessionId } = known;
    const own = this.#own.get(sessionId)?.versions ?? [];
    const { fate, messages, problems } = await judgeConversation(this.#context, {
      opened: this.#opened,
      facts,
      bytes,
      known,
      own,
      replaces,
      pack: this.#target,
    });
    for (const problem of problems) this.tally.problems.push(problem);
    if (own.length > 0) {
      const message = "The export has this conversation more than once; all of it is kept as one.";
      const where = { member: place.member, offset: place.offset, conversation: sourceId };
      this.tally.problems.push({ code: "DUPLICATE_CONVERSATION", message, where });
    }
    this.tally.addConversation(facts, fate);
    for (const problem of facts.problems) this.tally.problems.push(problemAt(problem, place));
    const packed = this.#knownPlace(sourceId, rawSha256, known.versions, own) ?? this.#store(bytes);
    const row = this.#row(place, {
      kind: "conversation",
      sessionId,
      sourceId: sourceId.toWellFormed(),
      rawSha256,
      contentSha256,
      metadataSha256,
      title: facts.title?.toWellFormed(),
      createdAt,
      updatedAt,
      messageCount: messages,
      nodeCount: facts.nodeCount,
      ...packed,
    });
    const attachments = this.#attachments(facts, sessionId);
    this.#own.set(sessionId, { versions: [...own, { rawSha256, updatedAt, ...packed }], messages });
    const isSame = own.length === 0 && !replaces && changesNothing(row, attachments, known);
    if (!isSame) this.changed.add(sessionId);
    rows.add(row, attachments);
  }

  /** Bytes that some pack has already are not stored again. */
  #knownPlace(
    sourceId: string,
    rawSha256: Sha256,
    versions: readonly ImportReference[],
    own: readonly OwnVersion[],
  ): PackPlace | undefined {
    const same = own.find((version) => version.rawSha256 === rawSha256);
    if (same !== undefined) {
      const { pack, packOffset, packLength } = same;
      return { pack, packOffset, packLength };
    }
    for (const version of versions) {
      const place = placeIn(version, rawSha256);
      if (place !== undefined) return place;
    }
    return this.#target.history.packPlace(sourceId, rawSha256);
  }

  #store(record: CompressedRecord): PackPlace {
    const frame = this.#target.pack.append(record);
    return { pack: this.#target.packName, packOffset: frame.offset, packLength: frame.length };
  }

  #attachments(facts: ConversationFacts, sessionId: SessionId): ImportAttachment[] {
    return facts.attachments.map((attachment) => ({
      importId: this.#target.importId,
      sessionId,
      fileId: attachment.fileId,
      pointer: attachment.pointer,
      name: attachment.name,
      mime: attachment.mime,
      size: attachment.size,
      member: attachment.member,
    }));
  }

  #row(place: RecordPlace, facts: Partial<ImportReference> & Pick<ImportReference, "kind">): ImportReference {
    const ordinal = this.#ordinal;
    this.#ordinal += 1;
    return {
      ...emptyRow,
      importId: this.#target.importId,
      runtimeId: this.#target.runtimeId,
      ordinal,
      member: place.member,
      memberOffset: place.offset,
      byteLength: place.length,
      ...facts,
    };
  }
}

/** True for a version that says again what the newest one says, in the same runtime. */
function changesNothing(
  row: ImportReference,
  attachments: readonly ImportAttachment[],
  { versions, messages }: KnownConversation,
): boolean {
  const [newest] = versions;
  return (
    newest?.rawSha256 === row.rawSha256 &&
    newest?.runtimeId === row.runtimeId &&
    newest.title === row.title &&
    newest.createdAt === row.createdAt &&
    newest.updatedAt === row.updatedAt &&
    messages === row.messageCount &&
    attachments.every(({ member }) => member === undefined)
  );
}

const emptyRow = {
  sessionId: undefined,
  sourceId: undefined,
  rawSha256: undefined,
  contentSha256: undefined,
  metadataSha256: undefined,
  pack: undefined,
  packOffset: undefined,
  packLength: undefined,
  title: undefined,
  createdAt: undefined,
  updatedAt: undefined,
  messageCount: 0,
  nodeCount: 0,
} as const;

function placeIn(version: ImportReference, rawSha256: Sha256): PackPlace | undefined {
  const { pack, packOffset, packLength } = version;
  if (version.rawSha256 !== rawSha256 || pack === undefined) return undefined;
  return packOffset === undefined || packLength === undefined ? undefined : { pack, packOffset, packLength };
}

function problemAt(problem: Problem, place: RecordPlace): Problem {
  return { ...problem, where: { member: place.member, offset: place.offset, ...problem.where } };
}
