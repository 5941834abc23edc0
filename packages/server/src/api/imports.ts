import type { ImportReceipt } from "@chatty/store";
import Type from "typebox";

/** A receipt exactly as `chatty import --json` prints it. */
export const Receipt = Type.Unsafe<ImportReceipt>(Type.Object({}, { additionalProperties: true }));
export type Receipt = ImportReceipt;

/** `catalog`: lists and search. */
export const RebuildScope = Type.Union([
  Type.Literal("catalog"),
  Type.Literal("transcripts"),
  Type.Literal("references"),
  Type.Literal("views"),
  Type.Literal("all"),
]);
export type RebuildScope = Type.Static<typeof RebuildScope>;

/** Background work. */
export const Job = Type.Object({
  jobId: Type.String(),
  kind: Type.Union([
    Type.Literal("import"),
    Type.Literal("verify"),
    Type.Literal("rebuild"),
    Type.Literal("repair"),
    Type.Literal("backup"),
    Type.Literal("restore"),
    Type.Literal("demo"),
  ]),
  /** Name of what is worked on, for people. */
  name: Type.String(),
  /** Of a `rebuild`: what is made again. */
  scope: Type.Optional(RebuildScope),
  state: Type.Union([
    Type.Literal("uploading"),
    Type.Literal("waiting"),
    Type.Literal("running"),
    Type.Literal("done"),
    Type.Literal("failed"),
    Type.Literal("cancelled"),
  ]),
  phase: Type.Optional(Type.String()),
  bytesDone: Type.Integer(),
  bytesTotal: Type.Union([Type.Integer(), Type.Null()]),
  conversations: Type.Integer(),
  startedAt: Type.Integer(),
  endedAt: Type.Optional(Type.Integer()),
  error: Type.Optional(
    Type.Object({ code: Type.String(), message: Type.String(), hint: Type.Optional(Type.String()) }),
  ),
  /** Of an import that is done. */
  receipt: Type.Optional(Receipt),
  importId: Type.Optional(Type.String()),
  runtimeId: Type.Optional(Type.String()),
  homeSessionId: Type.Optional(Type.String()),
  homeSlug: Type.Optional(Type.String()),
  /** Of `verify`, `repair`, `rebuild`, `backup` and `restore`. */
  report: Type.Optional(Type.Unknown()),
});
export type Job = Type.Static<typeof Job>;

export const JobList = Type.Object({ jobs: Type.Array(Job) });
export type JobList = Type.Static<typeof JobList>;

export const JobStarted = Type.Object({ jobId: Type.String() });
export type JobStarted = Type.Static<typeof JobStarted>;

/** `GET /api/imports`: every import ever made, newest first. */
export const ImportList = Type.Object({
  imports: Type.Array(
    Type.Object({
      importId: Type.String(),
      runtimeId: Type.String(),
      name: Type.String(),
      source: Type.String(),
      archive: Type.String(),
      at: Type.Integer(),
      receipt: Receipt,
    }),
  ),
});
export type ImportList = Type.Static<typeof ImportList>;

/** `POST /api/uploads`: begins an upload that can be resumed. */
export const UploadRequest = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 500 }),
  /** Bytes. */
  size: Type.Integer({ minimum: 0 }),
  into: Type.Optional(Type.String()),
  replace: Type.Optional(Type.Boolean()),
});
export type UploadRequest = Type.Static<typeof UploadRequest>;

/**
 * `GET /api/uploads/:id`, and the answer to each `PATCH /api/uploads/:id` (body: bytes; header `Upload-Offset`: where they belong).
 * When `offset` reaches `size` the import begins by itself.
 */
export const Upload = Type.Object({
  uploadId: Type.String(),
  jobId: Type.String(),
  name: Type.String(),
  offset: Type.Integer(),
  size: Type.Integer(),
});
export type Upload = Type.Static<typeof Upload>;
