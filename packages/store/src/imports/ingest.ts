import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import type {
  ImportId,
  ImportRecord,
  OpenedExport,
  Problem,
  RecordPlace,
  RuntimeId,
  SessionId,
  Sha256,
  SourceConversation,
} from "@chatty/model";
import { isChattyError } from "@chatty/model";
import type { ImportAttachment } from "../workspace/attachments.ts";
import type { ImportReference } from "../workspace/references.ts";
import { newestFirst } from "../workspace/references.ts";
import { compareVersions, contentHash, metadataHash } from "./conversation-hashes.ts";
import type { ImportContext } from "./import-context.ts";
import { assertNotAborted } from "./import-errors.ts";
import { ImportTally } from "./import-tally.ts";
import type { ConversationFate } from "./import-tally.ts";
import { mergeVersions, messageCount } from "./merge-versions.ts";
import { RecordCompressor } from "./record-compressor.ts";
import type { CompressedRecord } from "./record-compressor.ts";
import type { PackWriter } from "./pack.ts";
import { readPackFrame } from "./pack.ts";
import type { RowSink } from "./reference-rows.ts";
import { packPathOf, readVersion } from "./version-bytes.ts";
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

/** Bytes of records that may be under way between reading and the pack. */
const waitingBytesAtMost = 2 * 1024 * 1024;
/** How long records are taken in before others get a turn. */
const turnMs = 5;

/** A version that this import brought itself; more than one when the archive has an id twice. */
interface OwnVersion extends PackPlace {
  rawSha256: Sha256;
  updatedAt: number | undefined;
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
  opened: OpenedExport,
  target: IngestTarget,
  options: IngestOptions,
): Promise<Ingested> {
  const ingestion = new Ingestion(context, opened, target);
  let turnEnds = performance.now() + turnMs;
  let bytesDone = 0;
  const report = (): void => options.onProgress?.(bytesDone, ingestion.tally.conversations.seen);
  const records = opened.records((bytes) => {
    bytesDone = bytes;
    report();
  });
  try {
    for await (const record of records) {
      assertNotAborted(options.signal);
      await ingestion.take(record);
      if (performance.now() < turnEnds) continue;
      report();
      await nextTurn();
      turnEnds = performance.now() + turnMs;
    }
    assertNotAborted(options.signal);
    await ingestion.settle();
  } finally {
    await ingestion.close();
  }
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
  readonly #opened: OpenedExport;
  readonly #target: IngestTarget;
  readonly #own = new Map<SessionId, OwnConversation>();
  readonly #compressor = new RecordCompressor();
  /** Records whose bytes are being compressed, in their order. */
  readonly #waiting: { bytes: number; finish: () => Promise<void> }[] = [];
  readonly #waitingSessions = new Set<SessionId>();
  #waitingBytes = 0;
  #ordinal = 0;

  constructor(context: ImportContext, opened: OpenedExport, target: IngestTarget) {
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

  async take(record: ImportRecord): Promise<void> {
    switch (record.kind) {
      case "conversation":
        return this.#takeConversation(record);
      case "broken": {
        // A record that is too long to be handed out stays in the archive only.
        const isWhole = record.raw.length === record.place.length;
        const rawSha256 = isWhole ? sha256Of(record.raw) : undefined;
        // Records keep their order in the pack.
        await this.settle();
        const packed = rawSha256 === undefined ? {} : await this.#store(record.raw, rawSha256);
        this.#target.rows.add(this.#row(record.place, { kind: "broken", rawSha256, ...packed }), []);
        this.tally.addBroken(problemAt(record.problem, record.place));
        return undefined;
      }
      case "sidecar":
        this.tally.addSidecar(record);
        this.#target.rows.add(
          this.#row(record.place, {
            kind: record.sidecar,
            sourceId: record.sourceId?.toWellFormed(),
            title: record.name?.toWellFormed(),
          }),
          [],
        );
        return undefined;
      case "problem":
        this.tally.problems.push(record.problem);
        return undefined;
    }
  }

  async #takeConversation(record: ImportRecord & { kind: "conversation" }): Promise<void> {
    const { conversation, raw, place } = record;
    const rawSha256 = sha256Of(raw);
    const hashes = {
      rawSha256,
      contentSha256: contentHash(conversation),
      metadataSha256: metadataHash(conversation),
    };
    const known = this.#target.history.find(conversation.sourceId);
    const { sessionId, versions } = known;
    // A second version of a conversation is judged by the first, which must have its place by then.
    if (this.#waitingSessions.has(sessionId)) await this.settle();
    const dates = datesOf(conversation);
    const own = this.#own.get(sessionId)?.versions ?? [];
    const kept = this.#knownPlace(conversation.sourceId, rawSha256, versions, own);
    const compressed = kept === undefined ? this.#compressor.compress(raw, rawSha256) : undefined;
    // Whoever waits for it is told; until then nobody may be listening.
    compressed?.catch(() => undefined);
    const arrived = { ...hashes, ...dates };
    const { fate, messages } = await this.#judge(record, arrived, known, own);
    if (own.length > 0) {
      const message = "The export has this conversation more than once; all of it is kept as one.";
      const where = { member: place.member, offset: place.offset, conversation: conversation.sourceId };
      this.tally.problems.push({ code: "DUPLICATE_CONVERSATION", message, where });
    }
    this.tally.addConversation(conversation, fate);
    for (const problem of conversation.problems) this.tally.problems.push(problemAt(problem, place));
    const facts = this.#row(place, {
      kind: "conversation",
      sessionId,
      sourceId: conversation.sourceId.toWellFormed(),
      ...hashes,
      title: conversation.title?.toWellFormed(),
      ...dates,
      messageCount: messages,
      nodeCount: conversation.nodes.length,
    });
    const attachments = this.#attachments(conversation, sessionId);
    this.#waitingSessions.add(sessionId);
    this.#waiting.push({
      bytes: raw.length,
      finish: async () => {
        const packed = kept ?? this.#packed(await compressed);
        const row = { ...facts, ...packed };
        const version = { rawSha256, updatedAt: dates.updatedAt, ...packed };
        this.#own.set(sessionId, { versions: [...own, version], messages });
        const isSame = own.length === 0 && !this.#target.replaces && changesNothing(row, attachments, known);
        if (!isSame) this.changed.add(sessionId);
        this.#target.rows.add(row, attachments);
        this.#waitingSessions.delete(sessionId);
      },
    });
    this.#waitingBytes += raw.length;
    while (this.#waitingBytes > waitingBytesAtMost) await this.#finishOldest();
  }

  /** Waits until every record that was taken has its place in the pack and its row. */
  async settle(): Promise<void> {
    this.#compressor.flush();
    while (this.#waiting.length > 0) await this.#finishOldest();
  }

  /** Ends the thread that compresses, whether all went well or not. */
  async close(): Promise<void> {
    await this.#compressor.close();
  }

  async #finishOldest(): Promise<void> {
    const oldest = this.#waiting.shift();
    if (oldest === undefined) return;
    this.#waitingBytes -= oldest.bytes;
    await oldest.finish();
  }

  /** Tells what happened to a conversation, and how many messages it has with all that is kept of earlier versions. */
  async #judge(
    record: ImportRecord & { kind: "conversation" },
    arrived: Arrived,
    known: KnownConversation,
    own: readonly OwnVersion[],
  ): Promise<{ fate: ConversationFate; messages: number }> {
    const { conversation, raw } = record;
    const { versions } = known;
    const merged = this.#target.replaces ? [] : versions;
    const alone = messageCount(conversation.nodes);
    if (own.length > 0) return this.#judgeRepeated(raw, arrived, merged, own);
    const newest = versions[0];
    if (newest === undefined) return { fate: "new", messages: alone };
    const messages = this.#target.replaces ? alone : known.messages;
    if (isOlder(arrived, merged)) return this.#judgeOlder(raw, arrived, known);
    if (newest.rawSha256 === arrived.rawSha256) return { fate: "unchanged", messages };
    if (newest.contentSha256 === arrived.contentSha256) {
      const sameTitle = (newest.title ?? "") === (conversation.title?.toWellFormed() ?? "");
      return { fate: sameTitle ? "unchanged" : "edited", messages };
    }
    // Converted like the earlier ones, from nothing but its own bytes, so that only the bytes can make a difference.
    const later = await this.#convert(raw);
    const earlier = await this.#read(versions.slice(0, 1));
    const fate = earlier[0] === undefined ? "edited" : compareVersions(earlier[0], later);
    const all = [later, ...(this.#target.replaces ? [] : earlier), ...(await this.#read(merged.slice(1)))];
    return { fate, messages: messageCount(mergeVersions(all).nodes) };
  }

  /** A version that is older than what is known: what differs in it is only what was before, and what it adds is kept. */
  async #judgeOlder(
    raw: Uint8Array,
    arrived: Arrived,
    { versions, messages }: KnownConversation,
  ): Promise<{ fate: ConversationFate; messages: number }> {
    const isKnown = versions.some(
      ({ rawSha256, contentSha256 }) =>
        rawSha256 === arrived.rawSha256 || contentSha256 === arrived.contentSha256,
    );
    if (isKnown) return { fate: "unchanged", messages };
    const older = await this.#convert(raw);
    const earlier = await this.#read(versions);
    return {
      fate: addsNodes(earlier, older) ? "grown" : "unchanged",
      messages: messageCount(mergeVersions([...earlier, older]).nodes),
    };
  }

  /** A conversation that this archive has had before. */
  async #judgeRepeated(
    raw: Uint8Array,
    arrived: Arrived,
    merged: readonly ImportReference[],
    own: readonly OwnVersion[],
  ): Promise<{ fate: ConversationFate; messages: number }> {
    const later = await this.#convert(raw);
    const earlier: SourceConversation[] = [];
    for (const version of newestFirst(own)) earlier.push(await this.#convert(await this.#ownBytes(version)));
    const before = earlier[0] ?? later;
    earlier.push(...(await this.#read(merged)));
    const messages = messageCount(mergeVersions([later, ...earlier]).nodes);
    if (!isOlder(arrived, [...own, ...merged])) return { fate: compareVersions(before, later), messages };
    return { fate: addsNodes(earlier, later) ? "grown" : "unchanged", messages };
  }

  /** Earlier versions, each of different bytes once; one that cannot be read is reported and left out. */
  async #read(versions: readonly ImportReference[]): Promise<SourceConversation[]> {
    const found: SourceConversation[] = [];
    const seen = new Set<string>();
    for (const version of versions) {
      if (version.rawSha256 === undefined || seen.has(version.rawSha256)) continue;
      seen.add(version.rawSha256);
      try {
        found.push(await readVersion(this.#context, version, this.#opened.source));
      } catch (error) {
        if (!isChattyError(error)) throw error;
        const where = { member: version.member, offset: version.memberOffset };
        this.tally.problems.push({
          code: "EARLIER_VERSION_UNREADABLE",
          message: `An earlier version of a conversation cannot be read: ${error.message}`,
          where: version.sourceId === undefined ? where : { ...where, conversation: version.sourceId },
        });
      }
    }
    return found;
  }

  async #convert(raw: Uint8Array): Promise<SourceConversation> {
    const { reader } = this.#context;
    if (reader === undefined) throw new TypeError("An export was opened without a reader.");
    return reader.convert(this.#opened.source, raw);
  }

  async #ownBytes(version: OwnVersion): Promise<Buffer> {
    const { packName, packPath } = this.#target;
    const path = version.pack === packName ? packPath : packPathOf(this.#context, version.pack);
    const frame = { offset: version.packOffset, length: version.packLength };
    return readPackFrame(this.#context.storage.files, path, frame, version.rawSha256);
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

  async #store(raw: Uint8Array, rawSha256: Sha256): Promise<PackPlace> {
    const compressed = this.#compressor.compress(raw, rawSha256);
    this.#compressor.flush();
    return this.#packed(await compressed);
  }

  #packed(record: CompressedRecord | undefined): PackPlace {
    if (record === undefined) throw new TypeError("A record has neither a place nor bytes.");
    const frame = this.#target.pack.append(record);
    return { pack: this.#target.packName, packOffset: frame.offset, packLength: frame.length };
  }

  #attachments(conversation: SourceConversation, sessionId: SessionId): ImportAttachment[] {
    return conversation.attachments.map((attachment) => ({
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

/** What is known of a version that has just been read. */
type Arrived = Pick<ImportReference, "rawSha256" | "contentSha256" | "metadataSha256" | "updatedAt">;

/** True when a version that has just been read does not become the newest; see {@link newestFirst}. */
function isOlder(arrived: Arrived, known: readonly Pick<Arrived, "updatedAt">[]): boolean {
  const { updatedAt } = arrived;
  return updatedAt !== undefined && known.some((each) => (each.updatedAt ?? updatedAt) > updatedAt);
}

function addsNodes(known: readonly SourceConversation[], version: SourceConversation): boolean {
  const ids = new Set(known.flatMap(({ nodes }) => nodes.map(({ sourceId }) => sourceId)));
  return version.nodes.some(({ sourceId }) => !ids.has(sourceId));
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

/** The conversation's own dates; where it has none, those of its first and last message. */
function datesOf(conversation: SourceConversation): Pick<ImportReference, "createdAt" | "updatedAt"> {
  let earliest: number | undefined;
  let latest: number | undefined;
  for (const { time, timestampSource } of conversation.nodes) {
    if (time === undefined || timestampSource !== "message") continue;
    earliest = Math.min(earliest ?? time.ms, time.ms);
    latest = Math.max(latest ?? time.ms, time.ms);
  }
  const createdAt = conversation.createdAt?.ms ?? earliest;
  return { createdAt, updatedAt: conversation.updatedAt?.ms ?? latest ?? createdAt };
}

function placeIn(version: ImportReference, rawSha256: Sha256): PackPlace | undefined {
  const { pack, packOffset, packLength } = version;
  if (version.rawSha256 !== rawSha256 || pack === undefined) return undefined;
  return packOffset === undefined || packLength === undefined ? undefined : { pack, packOffset, packLength };
}

function problemAt(problem: Problem, place: RecordPlace): Problem {
  return { ...problem, where: { member: place.member, offset: place.offset, ...problem.where } };
}

function sha256Of(bytes: Uint8Array): Sha256 {
  return createHash("sha256").update(bytes).digest("hex") as Sha256;
}
