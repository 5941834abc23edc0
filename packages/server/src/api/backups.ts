import Type from "typebox";

const Problem = Type.Object({ code: Type.String(), path: Type.String(), message: Type.String() });

/** A copy of the vault as one moment had it. */
export const Backup = Type.Object({
  backupId: Type.String(),
  at: Type.Integer(),
  files: Type.Integer(),
  bytes: Type.Integer(),
  /** Bytes that no earlier backup of the folder had. */
  newBytes: Type.Integer(),
  sessions: Type.Integer(),
  manifestHash: Type.String(),
  /** It was restored on trial, opened and found sound. */
  verified: Type.Boolean(),
  testedAt: Type.Optional(Type.Integer()),
  /** What was wrong in the vault when it was taken, or in the copy when it was tested. */
  problems: Type.Array(Problem),
});
export type Backup = Type.Static<typeof Backup>;

/** `GET /api/backups`. */
export const BackupList = Type.Object({
  folder: Type.String(),
  /** Newest first. */
  backups: Type.Array(Backup),
  /** Backups whose description cannot be read. */
  unreadable: Type.Array(
    Type.Object({ backupId: Type.String(), code: Type.String(), message: Type.String() }),
  ),
  /** When the next one is due; null when none is taken by itself. */
  nextAt: Type.Union([Type.Integer(), Type.Null()]),
});
export type BackupList = Type.Static<typeof BackupList>;

/** `POST /api/backups/:id/restore` and `…/preview`. */
export const RestoreRequest = Type.Object({
  /** Absolute path of a folder that is absent or empty; absent: what this vault lacks is added to it. */
  home: Type.Optional(Type.String({ minLength: 1, maxLength: 4000 })),
});
export type RestoreRequest = Type.Static<typeof RestoreRequest>;

/** What a restoring would do, or did. */
export const RestoreReport = Type.Object({
  path: Type.String(),
  at: Type.Integer(),
  files: Type.Integer(),
  bytes: Type.Integer(),
  sessions: Type.Integer(),
  verified: Type.Boolean(),
  problems: Type.Array(Problem),
  /** What is added to this vault, by kind. */
  added: Type.Optional(Type.Record(Type.String(), Type.Integer())),
});
export type RestoreReport = Type.Static<typeof RestoreReport>;
