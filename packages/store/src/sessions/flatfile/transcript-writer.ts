import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { dirname } from "node:path";
import type { ConstructId, SessionId, Sha256 } from "@chatty/model";
import type { CatalogSession } from "../../catalog/catalog.ts";
import { makeDurableFolder } from "../../files/durable-folder.ts";
import { storageError } from "../../files/error-code.ts";
import { absolutePath, layout } from "../../files/layout.ts";
import type { UserPlace } from "../../files/layout.ts";
import { readUpTo, readWholeFile, writeAll } from "../../files/write-all.ts";
import type { PublishedBytes } from "../../journal/read.ts";
import { readHeader, scanRecords } from "../../journal/read.ts";
import { renderBlock } from "../../journal/transcript-block.ts";
import { renderHead } from "../../journal/transcript-head.ts";
import {
  editedTranscriptName,
  homeTranscriptName,
  sessionTranscriptName,
} from "../../journal/transcript-name.ts";
import type { VaultStorage } from "../../vault/vault-storage.ts";
import { homeOfSession } from "../../workspace/homes.ts";
import {
  deleteTranscript,
  getTranscript,
  putTranscript,
  transcriptAtPath,
} from "../../workspace/transcripts.ts";
import type { TranscriptRow } from "../../workspace/transcripts.ts";

/** What one call did to a transcript. */
export type TranscriptOutcome = "current" | "appended" | "written" | "edited-set-aside";

export interface TranscriptWriterOptions {
  storage: VaultStorage;
  user: UserPlace;
  row: (sessionId: SessionId) => CatalogSession | undefined;
  journal: (row: CatalogSession) => PublishedBytes;
}

const chunkBytes = 1024 * 1024;

/** The part of a transcript that is there already. */
interface WrittenPart {
  /** Bytes. */
  length: number;
  /** Bytes of the journal that it tells. */
  journalLength: number;
  /** True when the file's name may not survive a power cut yet. */
  nameInDoubt?: boolean;
}

/**
 * Keeps the Markdown files for people in step with the journals. A transcript only ever grows by what its journal grew; one that
 * a person edited is set aside and a fresh one is written. A transcript, and its name, are synced before the row that says how it
 * stands: after a power cut the row is believed, and what is not as the row says belongs to a session that is settled again.
 */
export class TranscriptWriter {
  readonly #options: TranscriptWriterOptions;
  /** Hash of a transcript's bytes so far, to go on with. */
  readonly #hashes = new Map<SessionId, { length: number; hash: Hash }>();
  /** Transcripts whose sync failed: what can be read of them may not be on the disk. */
  readonly #inDoubt = new Set<SessionId>();

  constructor(options: TranscriptWriterOptions) {
    this.#options = options;
  }

  /** Path of a session's transcript inside the vault, as it ought to be. */
  pathOf(row: CatalogSession): string {
    const { storage, user } = this.#options;
    const home = homeOfSession(storage.configuration, user.userId, row.sessionId);
    const constructId: ConstructId = home?.constructId ?? row.constructId;
    const name =
      home === undefined ? sessionTranscriptName(row.title, row.sessionId) : homeTranscriptName(constructId);
    return `${layout.transcripts(user, constructId)}/${name}`;
  }

  /** Brings one transcript up to its journal. */
  update(sessionId: SessionId): TranscriptOutcome {
    const row = this.#options.row(sessionId);
    if (row === undefined) return "current";
    try {
      const known = this.#move(row);
      return this.#write(row, known);
    } catch (error) {
      throw storageError(error, "write the transcript of", sessionId);
    }
  }

  /** Where a session's transcript lies now, if it was ever written. */
  pathOfKnown(sessionId: SessionId): string | undefined {
    const { storage, user } = this.#options;
    return getTranscript(storage.configuration, user.userId, sessionId)?.path;
  }

  /** Forgets a purged session's transcript; the file goes with the session. */
  forget(sessionId: SessionId): void {
    const { storage, user } = this.#options;
    this.#hashes.delete(sessionId);
    this.#inDoubt.delete(sessionId);
    if (this.pathOfKnown(sessionId) === undefined) return;
    storage.configuration.transaction((writer) => deleteTranscript(writer, user.userId, sessionId));
  }

  /** Moves the file when its name changed: a new title, or another conversation became the home. */
  #move(row: CatalogSession): TranscriptRow | undefined {
    const { storage, user } = this.#options;
    const known = getTranscript(storage.configuration, user.userId, row.sessionId);
    const path = this.pathOf(row);
    if (known === undefined || known.path === path) return known;
    const occupant = transcriptAtPath(storage.configuration, user.userId, path);
    // The former home still has the name: it moves first.
    if (occupant !== undefined && occupant.sessionId !== row.sessionId) this.update(occupant.sessionId);
    const { files, root } = storage;
    const from = absolutePath(root, known.path);
    const to = absolutePath(root, path);
    if (files.status(from) !== undefined && files.status(to) === undefined) {
      makeDurableFolder(files, dirname(to));
      files.rename(from, to);
    }
    // Also when a process that died had moved it already.
    for (const folder of new Set([dirname(to), dirname(from)])) {
      if (files.status(folder) !== undefined) files.syncDirectory(folder);
    }
    const moved = { ...known, path };
    storage.configuration.transaction((writer) => putTranscript(writer, user.userId, moved));
    return moved;
  }

  #write(row: CatalogSession, known: TranscriptRow | undefined): TranscriptOutcome {
    const { storage } = this.#options;
    const { files, root } = storage;
    const path = this.pathOf(row);
    const target = absolutePath(root, path);
    const status = files.status(target);
    const journal = this.#options.journal(row);
    const isInDoubt = this.#inDoubt.has(row.sessionId);
    const untouched =
      !isInDoubt &&
      known !== undefined &&
      status?.size === known.length &&
      status.modifiedNs === known.modifiedNs;
    if (untouched && known.journalLength <= journal.length) {
      if (known.journalLength === journal.length) return "current";
      this.#append(row, path, { length: known.length, journalLength: known.journalLength }, journal);
      return "appended";
    }
    let outcome: TranscriptOutcome = "written";
    if (status !== undefined) {
      const there = readWholeFile(files, target) ?? Buffer.alloc(0);
      const prefix = this.#matchingPrefix(journal, there);
      if (prefix !== undefined && !isInDoubt) {
        this.#append(row, path, { ...prefix, nameInDoubt: true }, journal);
        return "appended";
      }
      if (prefix === undefined) {
        this.#setAside(path);
        outcome = "edited-set-aside";
      } else {
        // All of it is in the journal. A sync that is tried again would say that bytes are there which are not.
        files.remove(target);
      }
    }
    this.#append(row, path, { length: 0, journalLength: 0, nameInDoubt: true }, journal);
    return outcome;
  }

  /**
   * How far a file is what the journal gives, when there is nothing else in it. A power cut leaves the beginning of what was written,
   * and zeros where bytes did not reach the disk: both are written over. Anything else may be a person's.
   */
  #matchingPrefix(journal: PublishedBytes, there: Buffer): WrittenPart | undefined {
    let length = 0;
    let journalLength = 0;
    let at = 0;
    for (const piece of renderPieces(journal, 0)) {
      if (at >= there.length) break;
      const found = there.subarray(at, at + piece.bytes.length);
      if (at === length && found.equals(piece.bytes)) {
        length += piece.bytes.length;
        journalLength = piece.journalEnd;
      } else if (!found.every((byte, index) => byte === 0 || byte === piece.bytes[index])) return undefined;
      at += piece.bytes.length;
    }
    return there.subarray(at).every((byte) => byte === 0) ? { length, journalLength } : undefined;
  }

  #append(row: CatalogSession, path: string, from: WrittenPart, journal: PublishedBytes): void {
    const { storage, user } = this.#options;
    const { files, root, configuration } = storage;
    const target = absolutePath(root, path);
    makeDurableFolder(files, dirname(target));
    const file = files.open(target, "update");
    let end = from.length;
    try {
      const hash = this.#hashUpTo(row.sessionId, file, from.length);
      // It goes on with what is written, also when that fails.
      this.#hashes.delete(row.sessionId);
      let waiting: Buffer[] = [];
      let waitingBytes = 0;
      const flush = (): void => {
        const bytes = Buffer.concat(waiting);
        writeAll(file, bytes, end);
        hash.update(bytes);
        end += bytes.length;
        waiting = [];
        waitingBytes = 0;
      };
      for (const piece of renderPieces(journal, from.journalLength)) {
        waiting.push(piece.bytes);
        waitingBytes += piece.bytes.length;
        if (waitingBytes > chunkBytes) flush();
      }
      flush();
      file.truncate(end);
      this.#inDoubt.add(row.sessionId);
      file.syncNow();
      if (from.nameInDoubt === true) files.syncDirectory(dirname(target));
      this.#inDoubt.delete(row.sessionId);
      this.#hashes.set(row.sessionId, { length: end, hash });
      const sha256 = hash.copy().digest("hex") as Sha256;
      const modifiedNs = files.status(target)?.modifiedNs ?? 0n;
      configuration.transaction((writer) =>
        putTranscript(writer, user.userId, {
          sessionId: row.sessionId,
          path,
          length: end,
          sha256,
          modifiedNs,
          journalLength: journal.length,
        }),
      );
    } finally {
      file.close();
    }
  }

  #hashUpTo(sessionId: SessionId, file: Parameters<typeof readUpTo>[0], length: number): Hash {
    const kept = this.#hashes.get(sessionId);
    if (kept?.length === length) return kept.hash;
    const hash = createHash("sha256");
    for (let at = 0; at < length; at += chunkBytes) {
      hash.update(readUpTo(file, at, Math.min(chunkBytes, length - at)));
    }
    return hash;
  }

  #setAside(path: string): void {
    const { files, root } = this.#options.storage;
    const slash = path.lastIndexOf("/");
    for (let count = 1; ; count += 1) {
      const aside = `${path.slice(0, slash)}/${editedTranscriptName(path.slice(slash + 1), count)}`;
      if (files.status(absolutePath(root, aside)) !== undefined) continue;
      files.rename(absolutePath(root, path), absolutePath(root, aside));
      // Before a new file takes the name: what a person wrote must not go with a power cut.
      files.syncDirectory(dirname(absolutePath(root, path)));
      return;
    }
  }
}

/** The pieces of a transcript from a journal offset on: the head for 0, then one block a record. */
export function* renderPieces(
  journal: PublishedBytes,
  from: number,
): Generator<{ bytes: Buffer; journalEnd: number }> {
  if (from === 0) {
    const header = readHeader(journal);
    const { start } = firstRecord(journal);
    yield { bytes: renderHead(header), journalEnd: start };
  }
  for (const { record, start, length } of scanRecords(journal, from)) {
    yield { bytes: renderBlock(record), journalEnd: start + length };
  }
}

function firstRecord(journal: PublishedBytes): { start: number } {
  for (const { start } of scanRecords(journal, 0)) return { start };
  return { start: journal.length };
}
