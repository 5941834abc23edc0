import { createHash } from "node:crypto";
import type { MessageId } from "@chatty/model";
import { isJsonObject } from "@chatty/model";
import type { CatalogChange, CatalogMessage, CatalogSession } from "../catalog/catalog.ts";
import { laterPlace } from "../catalog/catalog-rows.ts";
import { compareEvents, conversationCreatedEvent, messageEvent } from "../continuity/events.ts";
import { absolutePath, layout } from "../files/layout.ts";
import { readWholeFile } from "../files/write-all.ts";
import { scanLines } from "../journal/read.ts";
import type { PublishedBytes, ReadRecord } from "../journal/read.ts";
import type { JournalRecord, SealedHeader } from "../journal/record.ts";
import { openLine } from "../log/chained-line.ts";
import type { MirrorFile } from "../sessions/flatfile/mirror-writer.ts";
import { foldCatalogSession } from "../sessions/flatfile/session-row.ts";
import type { VerifyReport } from "../views.ts";
import { homeOfSession } from "../workspace/homes.ts";
import { listRuntimes } from "../workspace/runtimes.ts";
import { isStarred } from "../workspace/stars.ts";
import { derivedStreams, eventBody } from "./event-files.ts";
import type { UserSpace } from "./user-space.ts";
import type { VaultStorage } from "./vault-storage.ts";

type Tell = (problem: VerifyReport["problems"][number]) => void;

/** Compares files of JSON that mirror rows and journals with what those give now. */
export function verifyMirrors(storage: VaultStorage, mirrors: Iterable<MirrorFile>, tell: Tell): void {
  for (const mirror of mirrors) {
    const { path } = mirror;
    const there = readWholeFile(storage.files, absolutePath(storage.root, path));
    if (there === undefined) {
      tell({ code: "MIRROR_MISSING", path, message: "the file is missing; `chatty repair` makes it again" });
    } else if (!there.equals(Buffer.from(mirror.text)) && !isOlderSnapshot(there, mirror)) {
      const message = "the file is not what the vault says; `chatty repair` makes it again";
      tell({ code: "MIRROR_CHANGED", path, from: 0, to: there.length, message });
    }
  }
}

/** A session keeps its construct as it was when the session last changed. */
function isOlderSnapshot(there: Buffer, mirror: MirrorFile): boolean {
  if (!mirror.isSnapshot) return false;
  const [old, now] = [parse(there.toString("utf8")), parse(mirror.text)];
  if (!isJsonObject(old) || !isJsonObject(now)) return false;
  const isSame = old["session_id"] === now["session_id"] && old["construct_id"] === now["construct_id"];
  const [before, after] = [old["updated_at"], now["updated_at"]];
  return isSame && typeof before === "number" && typeof after === "number" && before < after;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Compares a native session's rows in the catalog with its journal, which was found sound. */
export function verifyCatalogRow(
  space: UserSpace,
  row: CatalogSession,
  journal: { path: string; header: SealedHeader; records: readonly ReadRecord[]; length: number },
  tell: Tell,
): void {
  const { catalog, context } = space;
  const { configuration } = context.storage;
  const { path, header, records } = journal;
  const flags = {
    home: homeOfSession(configuration, context.userId, row.sessionId) !== undefined,
    starred: isStarred(configuration, context.userId, row.sessionId),
  };
  let isSame = true;
  const places = new Map<MessageId, CatalogMessage>();
  const changes: CatalogChange[] = [];
  const folded = foldCatalogSession(header, records, flags, ({ message, change }) => {
    if (message !== undefined) {
      places.set(message.messageId, laterPlace(places.get(message.messageId), message));
    }
    if (change !== undefined) changes.push(change);
  });
  catalog.flush();
  for (const [messageId, place] of places) {
    if (JSON.stringify(catalog.message(row.sessionId, messageId)) !== JSON.stringify(place)) isSame = false;
  }
  if (JSON.stringify(catalog.messageChanges(row.sessionId)) !== JSON.stringify(changes)) isSame = false;
  const last = records.at(-1)?.record ?? { seq: 0, hash: header.hash };
  const expected = {
    ...folded,
    journalLength: journal.length,
    journalSeq: last.seq,
    journalHash: last.hash,
  };
  if (!isSame || rowText(catalog.session(row.sessionId)) !== rowText(expected)) {
    tell({ code: "CATALOG_STALE", path, message: "the catalog's row does not say what the journal says" });
  }
}

/** Compares the catalog's rows of imported sessions with the references. */
export function verifyImportedRows(space: UserSpace, tell: Tell): void {
  const { catalog, context, imports } = space;
  const path = layout.catalog(context.user);
  const isListed = new Set<string>();
  let stale = 0;
  for (const runtime of listRuntimes(context.storage.configuration, context.userId, { all: true })) {
    if (runtime.kind !== "imported") continue;
    for (const row of imports.catalogRows(runtime.runtimeId)) {
      isListed.add(row.sessionId);
      if (rowText(catalog.session(row.sessionId)) !== rowText(row)) stale += 1;
    }
  }
  for (const row of catalog.all()) if (row.imported && !isListed.has(row.sessionId)) stale += 1;
  if (stale === 0) return;
  const message = `${stale} imported conversations are not listed as the imports have them`;
  tell({ code: "CATALOG_STALE", path, message });
}

function rowText(row: CatalogSession | undefined): string {
  if (row === undefined) return "";
  const entries = Object.entries({ ...row, title: row.title.toWellFormed() });
  return JSON.stringify(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
}

interface ExpectedEvent {
  commit: number;
  sessionId: string;
  messageSequence: number;
  eventType: "message" | "conversation_created";
  digest: string;
}

/** Collects what the journals give, one after the other, and compares the derived event files with it. */
export class EventCheck {
  /** Messages may arrive meanwhile; what came later is left out on both sides. */
  readonly #until: number;
  readonly #expected: Record<(typeof derivedStreams)[number], ExpectedEvent[]> = {
    conversations: [],
    messages: [],
  };
  #isComplete = true;

  constructor(until: number) {
    this.#until = until;
  }

  add(header: SealedHeader, records: Iterable<JournalRecord>): void {
    const created = conversationCreatedEvent(header);
    this.#put("conversations", { ...created, messageSequence: 0 }, created);
    for (const record of records) {
      if (record.kind !== "message") continue;
      const event = messageEvent(record, header.chat_id);
      this.#put("messages", event, event);
    }
  }

  /** Says that a journal could not be read whole: then the events may be all that is left of it, and are not judged by it. */
  miss(): void {
    this.#isComplete = false;
  }

  /** @returns true when the files could be judged. */
  compare(storage: VaultStorage, space: UserSpace, tell: Tell): boolean {
    if (!this.#isComplete) return false;
    for (const stream of derivedStreams) {
      const path = layout.events(space.context.user, stream);
      const expected = this.#expected[stream].sort((left, right) =>
        compareEvents(left as never, right as never),
      );
      const bytes = readWholeFile(storage.files, absolutePath(storage.root, path));
      if (bytes === undefined) {
        if (expected.length === 0) continue;
        tell({
          code: "EVENTS_MISSING",
          path,
          message: "the file is missing; `chatty repair` makes it again",
        });
        continue;
      }
      const from = this.#firstDifference(bytesOf(path, bytes), expected);
      if (from === undefined) continue;
      const message = "the events are not those of the journals; `chatty repair` makes them again";
      tell({ code: "EVENTS_CHANGED", path, from, to: bytes.length, message });
    }
    return true;
  }

  #put(stream: (typeof derivedStreams)[number], place: Omit<ExpectedEvent, "digest">, event: object): void {
    const { commit, sessionId, messageSequence, eventType } = place;
    if (commit > this.#until) return;
    this.#expected[stream].push({ commit, sessionId, messageSequence, eventType, digest: digestOf(event) });
  }

  #firstDifference(source: PublishedBytes, expected: readonly ExpectedEvent[]): number | undefined {
    let seq = 0;
    let prev = "";
    for (const line of scanLines(source)) {
      const opened = openLine<Record<string, unknown>>(line.bytes);
      if (opened.kind === "fault") return line.start;
      const { body } = opened;
      if (body["seq"] !== seq || body.prev !== prev) return line.start;
      const isLater = typeof body["commit"] === "number" && body["commit"] > this.#until;
      if (!isLater && expected[seq]?.digest !== digestOf(eventBody(body))) return line.start;
      if (isLater && seq < expected.length) return line.start;
      prev = body.hash;
      seq += 1;
    }
    return seq < expected.length ? source.length : undefined;
  }
}

function digestOf(event: object): string {
  return createHash("sha256").update(JSON.stringify(event)).digest("base64");
}

function bytesOf(path: string, bytes: Buffer): PublishedBytes {
  return { path, length: bytes.length, read: (at, length) => bytes.subarray(at, at + length) };
}
