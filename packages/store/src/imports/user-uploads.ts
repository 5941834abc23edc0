import { dirname, join } from "node:path";
import type { ImportId, Sha256 } from "@chatty/model";
import { ChattyError, createUuid, isChattyError } from "@chatty/model";
import { storageError } from "../files/error-code.ts";
import { absolutePath, layout } from "../files/layout.ts";
import type { UploadRequest, Uploads, UploadView } from "../uploads.ts";
import { makeDurableDirectory } from "./archive-bytes.ts";
import { appendStream } from "./append-stream.ts";
import type { ImportContext } from "./import-context.ts";
import * as errors from "./upload-errors.ts";
import { isUploadId, readNote, removeUpload, uploadNames, uploadOfNote, writeNote } from "./upload-note.ts";
import type { UploadNote } from "./upload-note.ts";

/** Longest name of an upload, in UTF-16 code units. */
const nameLimit = 500;

/** A complete upload in the hands of one import. Whoever claimed it calls exactly one of `release`, `fail` and `remove`. */
export interface ClaimedUpload {
  readonly view: UploadView;
  /** Absolute path of the bytes. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Notes, before the bytes are moved, where they go: a crash behind this moves them back, or removes the note of a finished import. */
  willPlace(importId: ImportId, sha256: Sha256): Promise<void>;
  /** Leaves the upload as it was. */
  release(): void;
  /** Keeps the upload and why it could not be imported. */
  fail(error: unknown): Promise<void>;
  /** Removes whatever of it is still there. */
  remove(): void;
}

interface RunningAppend {
  controller: AbortController;
  ended: Promise<unknown>;
}

/** The uploads of one user; see {@link Uploads}. Holds no file open between calls. */
export class UserUploads implements Uploads {
  readonly #context: ImportContext;
  readonly #directory: string;
  readonly #appends = new Map<string, RunningAppend>();
  readonly #claimed = new Set<string>();
  readonly #isImporting: () => boolean;
  #known: Map<string, UploadNote> | undefined;

  /** @param isImporting true while an import of this user counts on the folders being there. */
  constructor(context: ImportContext, isImporting: () => boolean) {
    this.#context = context;
    this.#isImporting = isImporting;
    this.#directory = absolutePath(context.storage.root, layout.staging(context.user));
  }

  async begin(request: UploadRequest): Promise<UploadView> {
    const { name, size } = request;
    if (typeof name !== "string" || name === "" || name.length > nameLimit) {
      throw errors.uploadInvalid(`An upload has a name of 1 to ${nameLimit} characters.`);
    }
    if (size !== undefined && (!Number.isSafeInteger(size) || size < 0)) {
      throw errors.uploadInvalid(`The size of an upload is a number of bytes, not ${String(size)}.`);
    }
    const { storage, now } = this.#context;
    const { files } = storage;
    const startedAt = now();
    const uploadId = createUuid(startedAt);
    const path = this.#bytesPath(uploadId);
    const note: UploadNote = {
      name: name.toWellFormed(),
      size,
      into: request.into,
      replace: request.replace,
      source: request.source,
      startedAt,
      updatedAt: startedAt,
      offset: 0,
      failed: undefined,
      placing: undefined,
    };
    try {
      makeDurableDirectory(files, this.#directory);
      if (size !== undefined) assertRoom(files.freeBytes(this.#directory), size, path);
      files.open(path, "create").close();
      await writeNote(files, this.#directory, uploadId, note);
      files.syncDirectory(this.#directory);
    } catch (error) {
      this.#removeQuietly(uploadId);
      throw storageError(error, "begin the upload", path);
    }
    this.#notes().set(uploadId, note);
    return viewOf(uploadId, note);
  }

  async append(
    uploadId: string,
    offset: number,
    bytes: AsyncIterable<Uint8Array>,
    options: { signal?: AbortSignal } = {},
  ): Promise<UploadView> {
    this.#find(uploadId);
    // A client that comes again has given up its former connection, whatever that one still believes.
    await this.#stopAppend(uploadId, errors.uploadTakenOver(uploadId));
    const note = this.#find(uploadId);
    if (this.#claimed.has(uploadId)) throw errors.uploadBusy(uploadId);
    if (offset !== note.offset) throw errors.wrongOffset(uploadId, offset, note.offset);
    const controller = new AbortController();
    const stop = (): void => controller.abort(errors.uploadStopped(uploadId));
    options.signal?.addEventListener("abort", stop, { once: true });
    if (options.signal?.aborted === true) stop();
    const work = appendStream({
      files: this.#context.storage.files,
      path: this.#bytesPath(uploadId),
      uploadId,
      from: note.offset,
      size: note.size,
      bytes,
      signal: controller.signal,
      synced: (reached) => this.#change(uploadId, { offset: reached, failed: undefined }),
    });
    const running = { controller, ended: work.catch(() => undefined) };
    this.#appends.set(uploadId, running);
    try {
      await work;
    } finally {
      options.signal?.removeEventListener("abort", stop);
      if (this.#appends.get(uploadId) === running) this.#appends.delete(uploadId);
    }
    return this.status(uploadId);
  }

  async finish(uploadId: string): Promise<UploadView> {
    const note = this.#find(uploadId);
    if (this.#claimed.has(uploadId)) throw errors.uploadBusy(uploadId);
    if (this.#appends.has(uploadId)) throw errors.uploadIncomplete(uploadId, note.offset, note.size);
    if (note.size === undefined) await this.#change(uploadId, { size: note.offset });
    else if (note.size !== note.offset) throw errors.uploadIncomplete(uploadId, note.offset, note.size);
    return this.status(uploadId);
  }

  status(uploadId: string): UploadView {
    return viewOf(uploadId, this.#find(uploadId));
  }

  list(): UploadView[] {
    return [...this.#notes()]
      .map(([uploadId, note]) => viewOf(uploadId, note))
      .sort((left, right) => left.startedAt - right.startedAt);
  }

  async discard(uploadId: string): Promise<void> {
    if (this.#claimed.has(uploadId)) throw errors.uploadBusy(uploadId);
    if (!this.#notes().has(uploadId)) return;
    await this.#stopAppend(uploadId, errors.uploadStopped(uploadId));
    if (this.#claimed.has(uploadId)) throw errors.uploadBusy(uploadId);
    this.#remove(uploadId);
  }

  /** Forgets what is in memory, because recovery has been at the files. */
  reload(): void {
    this.#known = undefined;
  }

  /** Gives a complete upload to an import. @throws {ChattyError} UPLOAD_NOT_FOUND, UPLOAD_INCOMPLETE, UPLOAD_BUSY */
  claim(uploadId: string): ClaimedUpload {
    const note = this.#find(uploadId);
    const view = viewOf(uploadId, note);
    if (this.#claimed.has(uploadId)) throw errors.uploadBusy(uploadId);
    if (!view.complete || this.#appends.has(uploadId))
      throw errors.uploadIncomplete(uploadId, note.offset, note.size);
    this.#claimed.add(uploadId);
    return {
      view,
      path: this.#bytesPath(uploadId),
      size: note.offset,
      willPlace: (importId, sha256) => this.#change(uploadId, { placing: { importId, sha256 } }),
      release: () => void this.#claimed.delete(uploadId),
      fail: async (error) => {
        this.#claimed.delete(uploadId);
        await this.#change(uploadId, { failed: failureOf(error), placing: undefined });
      },
      remove: () => {
        this.#claimed.delete(uploadId);
        this.#remove(uploadId);
      },
    };
  }

  async #stopAppend(uploadId: string, reason: ChattyError): Promise<void> {
    for (;;) {
      const running = this.#appends.get(uploadId);
      if (running === undefined) return;
      running.controller.abort(reason);
      await running.ended;
      // Whoever else waits for it must not find it again.
      if (this.#appends.get(uploadId) === running) this.#appends.delete(uploadId);
    }
  }

  async #change(uploadId: string, change: Partial<UploadNote>): Promise<void> {
    const note = { ...this.#find(uploadId), ...change, updatedAt: this.#context.now() };
    await writeNote(this.#context.storage.files, this.#directory, uploadId, note);
    this.#notes().set(uploadId, note);
  }

  #find(uploadId: string): UploadNote {
    const note = isUploadId(uploadId) ? this.#notes().get(uploadId) : undefined;
    if (note === undefined) throw errors.uploadNotFound(uploadId);
    return note;
  }

  #notes(): Map<string, UploadNote> {
    if (this.#known !== undefined) return this.#known;
    const { files } = this.#context.storage;
    const known = new Map<string, UploadNote>();
    for (const { name } of files.list(this.#directory)) {
      const uploadId = uploadOfNote(name);
      const note = uploadId === undefined ? undefined : readNote(files, this.#directory, uploadId);
      if (uploadId !== undefined && note !== undefined) known.set(uploadId, note);
    }
    return (this.#known = known);
  }

  #remove(uploadId: string): void {
    const { files } = this.#context.storage;
    try {
      removeUpload(files, this.#directory, uploadId);
      this.#notes().delete(uploadId);
      if (!this.#isImporting()) removeEmptyFolders(this.#context, this.#directory);
    } catch (error) {
      throw storageError(error, "remove", this.#bytesPath(uploadId));
    }
  }

  #removeQuietly(uploadId: string): void {
    try {
      this.#remove(uploadId);
    } catch {
      // The first error is the one to tell; what is left over is removed at the next start.
      return;
    }
  }

  #bytesPath(uploadId: string): string {
    return join(this.#directory, uploadNames.bytes(uploadId));
  }
}

/** Removes the staging folder and those above it as far as nothing is in them. Whoever needs them makes them again. */
function removeEmptyFolders({ storage }: ImportContext, directory: string): void {
  const { files, root } = storage;
  for (let at = directory; at !== root && files.list(at).length === 0; at = dirname(at)) {
    files.removeDirectory(at);
  }
}

function viewOf(uploadId: string, note: UploadNote): UploadView {
  const { name, size, into, replace, source, offset, startedAt, updatedAt, failed } = note;
  return {
    uploadId,
    name,
    ...(size === undefined ? {} : { size }),
    ...(into === undefined ? {} : { into }),
    ...(replace === undefined ? {} : { replace }),
    ...(source === undefined ? {} : { source }),
    offset,
    complete: offset === size,
    startedAt,
    updatedAt,
    ...(failed === undefined ? {} : { failed }),
  };
}

function failureOf(error: unknown): UploadView["failed"] {
  if (!isChattyError(error)) return { code: "INTERNAL", message: "The import failed unexpectedly." };
  const { code, message, hint } = error;
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}

/** @throws {ChattyError} DISK_FULL */
function assertRoom(freeBytes: number, size: number, path: string): void {
  if (size <= freeBytes) return;
  throw new ChattyError(
    "DISK_FULL",
    `The disk has room for ${freeBytes} bytes, and the upload has ${size}.`,
    {
      hint: "Free some space and try again.",
      where: { path },
    },
  );
}
