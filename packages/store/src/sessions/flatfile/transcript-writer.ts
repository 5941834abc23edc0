import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import type { ConstructId, SessionId, Sha256 } from "@chatty/model";
import type { CatalogSession } from "../../catalog/catalog.ts";
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

/**
 * Keeps the Markdown files for people in step with the journals. A transcript only ever grows by what its journal grew; one that
 * a person edited is set aside and a fresh one is written.
 */
export class TranscriptWriter {
  readonly #options: TranscriptWriterOptions;
  /** Hash of a transcript's bytes so far, to go on with. */
  readonly #hashes = new Map<SessionId, { length: number; hash: Hash }>();

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
      files.makeDirectory(absolutePath(root, path.slice(0, path.lastIndexOf("/"))));
      files.rename(from, to);
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
    const untouched =
      known !== undefined && status?.size === known.length && status.modifiedNs === known.modifiedNs;
    if (untouched && known.journalLength <= journal.length) {
      if (known.journalLength === journal.length) return "current";
      this.#append(row, path, known.length, known.journalLength, journal);
      return "appended";
    }
    let outcome: TranscriptOutcome = "written";
    if (status !== undefined) {
      const there = readWholeFile(files, target) ?? Buffer.alloc(0);
      const prefix = this.#matchingPrefix(journal, there);
      if (prefix !== undefined) {
        this.#append(row, path, prefix.length, prefix.journalLength, journal);
        return "appended";
      }
      this.#setAside(path);
      outcome = "edited-set-aside";
    }
    this.#hashes.delete(row.sessionId);
    this.#append(row, path, 0, 0, journal);
    return outcome;
  }

  /** How far a file is what the journal would give, when all of it is. */
  #matchingPrefix(
    journal: PublishedBytes,
    there: Buffer,
  ): { length: number; journalLength: number } | undefined {
    let length = 0;
    let journalLength = 0;
    for (const piece of renderPieces(journal, 0)) {
      if (length === there.length) break;
      if (!there.subarray(length, length + piece.bytes.length).equals(piece.bytes)) {
        // A torn end is a beginning of what belongs there, and is written over.
        const rest = there.subarray(length);
        const torn = rest.length < piece.bytes.length && piece.bytes.subarray(0, rest.length).equals(rest);
        return torn && length > 0 ? { length, journalLength } : undefined;
      }
      length += piece.bytes.length;
      journalLength = piece.journalEnd;
    }
    return length === there.length && length > 0 ? { length, journalLength } : undefined;
  }

  #append(
    row: CatalogSession,
    path: string,
    length: number,
    journalFrom: number,
    journal: PublishedBytes,
  ): void {
    const { storage, user } = this.#options;
    const { files, root, configuration } = storage;
    const target = absolutePath(root, path);
    files.makeDirectory(target.slice(0, target.lastIndexOf("/")));
    const file = files.open(target, "update");
    let end = length;
    try {
      const hash = this.#hashUpTo(row.sessionId, file, length);
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
      for (const piece of renderPieces(journal, journalFrom)) {
        waiting.push(piece.bytes);
        waitingBytes += piece.bytes.length;
        if (waitingBytes > chunkBytes) flush();
      }
      flush();
      file.truncate(end);
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
