import type { RuntimeId, SourceName } from "@chatty/model";
import type { ImportReceipt } from "./views.ts";

/** What is to become of an upload once it is complete. */
export interface UploadRequest {
  /** As the person's file is called; 1 to 500 characters, and never part of a path. */
  name: string;
  /** Bytes; absent while nobody knows, and then {@link Uploads.finish} says that all of them came. */
  size?: number;
  into?: RuntimeId | "new";
  replace?: boolean;
  source?: SourceName;
}

/** An upload that is under way, or complete and not imported yet. Times are integer milliseconds UTC. */
export interface UploadView extends UploadRequest {
  uploadId: string;
  /** Bytes that are safe on disk; here the next append begins. */
  offset: number;
  /** All bytes are there: it can be imported. */
  complete: boolean;
  startedAt: number;
  updatedAt: number;
  /** Why its last import failed; absent when a crash cut the import off. */
  failed?: { code: string; message: string; hint?: string };
}

/** Exports that come in pieces, over broken connections and restarts. Bound to one user. */
export interface Uploads {
  /** @throws {ChattyError} UPLOAD_INVALID, DISK_FULL (also when the disk has no room for `size`) and its kind */
  begin(request: UploadRequest): Promise<UploadView>;
  /**
   * Streams to disk from `offset` on and resolves when all of it is durable. A stream that ends early or throws keeps what came. An
   * older append of the same upload that is still waiting for its stream is stopped: its connection is dead.
   * @throws {ChattyError} UPLOAD_NOT_FOUND, UPLOAD_OFFSET (`where.expected` is the right one), UPLOAD_TOO_LONG, UPLOAD_BROKEN_OFF
   * when the stream threw, UPLOAD_TAKEN_OVER, UPLOAD_STOPPED by the signal, UPLOAD_BUSY while it is being imported, DISK_FULL and its kind
   */
  append(
    uploadId: string,
    offset: number,
    bytes: AsyncIterable<Uint8Array>,
    options?: { signal?: AbortSignal },
  ): Promise<UploadView>;
  /** Tells of an upload of unknown size that all of it came. @throws {ChattyError} UPLOAD_NOT_FOUND, UPLOAD_INCOMPLETE, UPLOAD_BUSY */
  finish(uploadId: string): Promise<UploadView>;
  /** @throws {ChattyError} UPLOAD_NOT_FOUND */
  status(uploadId: string): UploadView;
  /** Unfinished and complete ones, oldest first. */
  list(): UploadView[];
  /** Stops what is under way and leaves nothing behind; an unknown id is no error. @throws {ChattyError} UPLOAD_BUSY while it is being imported */
  discard(uploadId: string): Promise<void>;
}

/** A finished import as a list shows it. */
export interface ImportView {
  importId: string;
  runtimeId: RuntimeId;
  /** Name of what was imported, for people. */
  name: string;
  source: SourceName;
  /** `sha256:` and 64 hexadecimal digits. */
  archive: string;
  /** Integer milliseconds UTC. */
  at: number;
  receipt: ImportReceipt;
}
