import { isChattyError } from "@chatty/model";
import { rebuildEvents } from "../continuity/events.ts";
import type { EventJournal } from "../continuity/events.ts";
import type { FileMark } from "../files/append-files.ts";
import { absolutePath, layout } from "../files/layout.ts";
import type { UserPlace } from "../files/layout.ts";
import { quarantineBytes } from "../files/quarantine.ts";
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

/** Takes the events of purged sessions out of both files. Of a damaged file the lines that cannot be read stay. */
export async function dropEvents(
  storage: VaultStorage,
  user: UserPlace,
  sessionIds: ReadonlySet<string>,
): Promise<void> {
  for (const stream of derivedStreams) {
    const path = layout.events(user, stream);
    await storage.replaceAppended(path, () => {
      const bytes = readWholeFile(storage.files, absolutePath(storage.root, path));
      if (bytes === undefined) return undefined;
      const { bodies, broken } = bodiesOf(path, bytes);
      const kept = bodies.filter((body) => !sessionIds.has(String(body["sessionId"])));
      const speaking = broken.filter((line) => [...sessionIds].some((id) => line.includes(id)));
      if (kept.length === bodies.length && speaking.length === 0) return undefined;
      // What is broken and speaks of others cannot be sealed anew, and is kept apart.
      const others = Buffer.concat(broken.filter((line) => !speaking.includes(line)));
      if (others.length > 0) {
        const at = Date.now();
        const note = {
          path,
          from: 0,
          to: others.length,
          reason: "lines that could not be read, set apart by a purge",
          at,
        };
        quarantineBytes(storage.files, storage.root, note, others);
      }
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
  // Looking at a row compares it with the journal, and tells of an end that is damaged.
  for (const { sessionId } of rows) space.sessions.row(sessionId);
  if (rows.some((row) => space.sessions.damage(row.sessionId) !== undefined)) return undefined;
  try {
    return sealAll(rebuildEvents(journalsOf(space, rows))[stream]);
  } catch (error) {
    // Damage in the middle shows only when the journal is read.
    if (isChattyError(error, "FILE_DAMAGED")) return undefined;
    throw error;
  }
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

/** What the lines say, and the lines that cannot be read. */
function bodiesOf(path: string, bytes: Buffer): { bodies: Record<string, unknown>[]; broken: Buffer[] } {
  const source = {
    path,
    length: bytes.length,
    read: (at: number, length: number) => bytes.subarray(at, at + length),
  };
  const bodies: Record<string, unknown>[] = [];
  const broken: Buffer[] = [];
  for (const line of scanLines(source)) {
    const opened = openLine<Record<string, unknown>>(line.bytes);
    if (opened.kind === "fault") broken.push(line.bytes);
    else bodies.push(eventBody(opened.body));
  }
  return { bodies, broken };
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
