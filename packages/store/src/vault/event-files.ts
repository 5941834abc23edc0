import type { SessionId } from "@chatty/model";
import { isChattyError } from "@chatty/model";
import { rebuildEvents } from "../continuity/events.ts";
import type { EventJournal } from "../continuity/events.ts";
import type { FileMark } from "../files/append-files.ts";
import { absolutePath, layout } from "../files/layout.ts";
import type { UserPlace } from "../files/layout.ts";
import { replaceFile } from "../files/replace-file.ts";
import { readWholeFile } from "../files/write-all.ts";
import { readHeader, scanLines, scanRecords } from "../journal/read.ts";
import type { JournalRecord } from "../journal/record.ts";
import { openLine, sealLine } from "../log/chained-line.ts";
import type { UserSpace } from "./user-space.ts";
import type { VaultStorage } from "./vault-storage.ts";

/** The event files that follow from the journals; `runtime_selections.jsonl` is true itself. */
export const derivedStreams = ["conversations", "messages"] as const;

type DerivedStream = (typeof derivedStreams)[number];

interface SealedFile {
  bytes: Buffer;
  seq: number;
  hash: string;
}

/** Makes the derived event files again where they differ. @returns events made, and paths of files that differed. */
export async function rebuildEventFiles(
  storage: VaultStorage,
  space: UserSpace,
): Promise<{ events: number; differences: string[] }> {
  const result = { events: 0, differences: [] as string[] };
  for (const stream of derivedStreams) {
    const path = layout.events(space.context.user, stream);
    const made = madeFile(space, stream);
    // Events of a damaged journal may be the only place where its messages still stand.
    if (made === undefined) return result;
    result.events += made.seq + 1;
    storage.appended.flush();
    const there = readWholeFile(storage.files, absolutePath(storage.root, path));
    if (there?.equals(made.bytes) === true || (there === undefined && made.bytes.length === 0)) continue;
    if (there !== undefined) result.differences.push(path);
    // Messages may have come meanwhile: what is written is made when nothing more can come.
    await storage.replaceAppended(path, () => replaceSealed(storage, path, madeFile(space, stream)));
  }
  return result;
}

/**
 * Makes the derived event files again when one cannot be appended to: it is gone, shorter than it was, or ends in damage.
 * Damage inside is found by `verify`.
 */
export async function mendEventFiles(storage: VaultStorage, space: UserSpace): Promise<void> {
  const isSound = derivedStreams.every((stream) => {
    try {
      storage.appended.head(layout.events(space.context.user, stream));
      return true;
    } catch (error) {
      if (isChattyError(error, "FILE_DAMAGED")) return false;
      throw error;
    }
  });
  if (!isSound) await rebuildEventFiles(storage, space);
}

/** Takes the events of a purged session out of both files. A damaged file stays as it is. */
export async function dropEvents(
  storage: VaultStorage,
  user: UserPlace,
  sessionId: SessionId,
): Promise<void> {
  for (const stream of derivedStreams) {
    const path = layout.events(user, stream);
    await storage.replaceAppended(path, () => {
      const bytes = readWholeFile(storage.files, absolutePath(storage.root, path));
      const bodies = bytes === undefined ? undefined : bodiesOf(path, bytes);
      const kept = bodies?.filter((body) => body["sessionId"] !== sessionId);
      if (kept === undefined || kept.length === bodies?.length) return undefined;
      return replaceSealed(storage, path, sealAll(kept));
    });
  }
}

function replaceSealed(
  storage: VaultStorage,
  path: string,
  made: SealedFile | undefined,
): FileMark | undefined {
  if (made === undefined) return undefined;
  const { files, root } = storage;
  replaceFile(files, absolutePath(root, path), made.bytes, { temporaryIn: root });
  return { path, length: made.bytes.length, seq: made.seq, hash: made.hash };
}

function madeFile(space: UserSpace, stream: DerivedStream): SealedFile | undefined {
  const rows = [...space.catalog.natives()];
  if (rows.some((row) => space.sessions.damage(row.sessionId) !== undefined)) return undefined;
  return sealAll(rebuildEvents(journalsOf(space, rows))[stream]);
}

function* journalsOf(
  space: UserSpace,
  rows: Iterable<Parameters<UserSpace["sessions"]["journalOf"]>[0]>,
): Generator<EventJournal> {
  for (const row of rows) {
    const journal = space.sessions.journalOf(row);
    yield { header: readHeader(journal), records: recordsOf(journal) };
  }
}

function* recordsOf(journal: Parameters<typeof scanRecords>[0]): Generator<JournalRecord> {
  for (const { record } of scanRecords(journal, 0)) yield record;
}

/** Undefined when a line cannot be read. */
function bodiesOf(path: string, bytes: Buffer): Record<string, unknown>[] | undefined {
  const source = {
    path,
    length: bytes.length,
    read: (at: number, length: number) => bytes.subarray(at, at + length),
  };
  const bodies: Record<string, unknown>[] = [];
  for (const line of scanLines(source)) {
    const opened = openLine<Record<string, unknown>>(line.bytes);
    if (opened.kind === "fault") return undefined;
    bodies.push(eventBody(opened.body));
  }
  return bodies;
}

/** What a line says, without what sealing added to it. */
export function eventBody(sealed: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(sealed).filter(([key]) => key !== "seq" && key !== "prev" && key !== "hash"),
  );
}

function sealAll(bodies: readonly object[]): SealedFile {
  const lines: Buffer[] = [];
  let prev = "";
  for (const [seq, body] of bodies.entries()) {
    const sealed = sealLine({ seq, ...body }, prev);
    lines.push(sealed.bytes);
    prev = sealed.hash;
  }
  return { bytes: Buffer.concat(lines), seq: lines.length - 1, hash: prev };
}
