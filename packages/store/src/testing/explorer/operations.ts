import { createHash } from "node:crypto";
import { join } from "node:path";
import type {
  ConstructId,
  ImportId,
  JsonObject,
  MessageId,
  RuntimeId,
  SessionId,
  UserId,
} from "@chatty/model";
import { absolutePath, defaultShard, layout } from "../../files/layout.ts";
import type { UserPlace } from "../../files/layout.ts";
import { replaceFile } from "../../files/replace-file.ts";
import { readWholeFile } from "../../files/write-all.ts";
import type { ImportContext } from "../../imports/import-context.ts";
import { Staging } from "../../imports/staging.ts";
import { sealLine } from "../../log/chained-line.ts";
import { linesOf } from "../../log/segment.ts";
import { backUp, restoreNewest, simulatedBackups } from "./backup-operations.ts";
import type { SessionBackend, SessionChange } from "../../sessions/backend.ts";
import type { VaultStorage } from "../../vault/vault-storage.ts";
import { homeChange } from "../../workspace/homes.ts";
import { importChange } from "../../workspace/imports.ts";
import { starChanges } from "../../workspace/stars.ts";
import { settingChange } from "../../workspace/settings.ts";

/** What workloads are made of. Each stands for what the real code does to log, files and configuration. */
export const operations = [
  "append",
  "new-session",
  "rename",
  "delete",
  "undelete",
  "import",
  "backup",
  "restore",
  "migrate",
  "repair",
  "checkpoint",
] as const;

export type Operation = (typeof operations)[number];

/** The user of every simulated vault. */
export const simulatedUser: UserPlace = {
  userId: "00000000-0000-4000-8000-000000000001" as UserId,
  shard: defaultShard,
};
/** The construct of every simulated session. */
export const simulatedConstruct = "synth-001" as ConstructId;
const constructId = simulatedConstruct;
const runtimeId = "synth" as RuntimeId;

/** What operations work on. */
export interface OperationContext {
  storage: VaultStorage;
  sessions: SessionBackend;
  /** Living sessions, the newest last. */
  living: SessionId[];
  deleted: SessionId[];
  nextId: () => string;
  now: () => number;
  /** Everything promised up to now has been told to whoever asked. */
  acknowledge: () => void;
  /** The files that the log feeds were changed past the log; what they hold now is the truth. */
  replaced: (paths: readonly string[]) => void;
  /** A backup was taken, or a vault restored. */
  kept: (what: "backups" | "restored") => void;
}

/** Does one operation to its end. */
export async function runOperation(operation: Operation, context: OperationContext): Promise<void> {
  switch (operation) {
    case "append":
      return await append(context);
    case "new-session":
      return await createSession(context);
    case "rename":
      return await rename(context);
    case "delete":
      return await deleteNewest(context);
    case "undelete":
      return await undelete(context);
    case "import":
      return await importStream(context);
    case "backup":
      await backUp(context.storage, context.now);
      return context.kept("backups");
    case "restore":
      return await restore(context);
    case "migrate":
      return await takeOver(context);
    case "repair":
      return await replaceEvents(context);
    case "checkpoint":
      return await context.storage.checkpoint();
  }
}

/** A group that only the explorer's own code acknowledges: behind its promise. */
async function commit(context: OperationContext, changes: readonly SessionChange[]): Promise<void> {
  await context.sessions.commit(changes);
  context.acknowledge();
}

/** Two messages at once, in two sessions where there are two: they share one sync and are acknowledged one by one. */
async function append(context: OperationContext): Promise<void> {
  const { living } = context;
  const first = living.at(-1);
  const second = living.at(-2) ?? first;
  if (first === undefined || second === undefined) return;
  await Promise.all([
    commit(context, [said(context, first, "a question, ä 😀")]),
    commit(context, [said(context, second, "an answer\nof two lines")]),
  ]);
}

/** As a runtime gets a new home: the session with its first message and the row that names it, in one group. */
async function createSession(context: OperationContext): Promise<void> {
  const sessionId = context.nextId() as SessionId;
  const home = { runtimeId, sessionId, constructId, setAt: context.now() };
  await commit(context, [
    created(sessionId, "A home"),
    { kind: "configure", change: homeChange(simulatedUser.userId, home) },
    said(context, sessionId, "the first message"),
  ]);
  context.living.push(sessionId);
}

async function rename(context: OperationContext): Promise<void> {
  const sessionId = context.living.at(-1);
  if (sessionId === undefined) return;
  const id = context.nextId() as MessageId;
  await commit(context, [{ kind: "append", sessionId, record: { kind: "title", id, title: `Title ${id}` } }]);
}

async function deleteNewest(context: OperationContext): Promise<void> {
  const sessionId = context.living.length > 1 ? context.living.pop() : undefined;
  if (sessionId === undefined) return;
  const { configuration } = context.storage;
  const id = context.nextId() as MessageId;
  const unstar = starChanges(configuration, simulatedUser.userId, sessionId, false, context.now());
  await commit(context, [
    { kind: "append", sessionId, record: { kind: "tombstone", id, deleted: true } },
    ...unstar.map((change): SessionChange => ({ kind: "configure", change })),
  ]);
  context.deleted.push(sessionId);
}

/** Brings the newest deleted session back, with a star. */
async function undelete(context: OperationContext): Promise<void> {
  const sessionId = context.deleted.pop() ?? context.living.at(-1);
  if (sessionId === undefined) return;
  const { configuration } = context.storage;
  const id = context.nextId() as MessageId;
  const star = starChanges(configuration, simulatedUser.userId, sessionId, true, context.now());
  await commit(context, [
    { kind: "append", sessionId, record: { kind: "tombstone", id, deleted: false } },
    ...star.map((change): SessionChange => ({ kind: "configure", change })),
  ]);
  if (!context.living.includes(sessionId)) context.living.push(sessionId);
}

/** Staging and placing are the real ones; the row stands for everything that an import commits in one group. */
async function importStream(context: OperationContext): Promise<void> {
  const { storage, now } = context;
  const importId = context.nextId() as ImportId;
  const staging = new Staging({ storage, user: simulatedUser, now } as ImportContext, importId);
  const text = `the export ${importId}\n`.repeat(4);
  const staged = await staging.stage({ kind: "stream", bytes: streamOf(text), name: "export.zip" }, {});
  const pack = storage.files.open(staging.packPath, "create");
  const packed = Buffer.from(`pack of ${importId}`);
  pack.writeAt(packed, 0);
  pack.syncNow();
  pack.close();
  await staging.place();
  const row = importChange(simulatedUser.userId, {
    importId,
    archiveSha256: staged.sha256,
    archiveName: "export.zip",
    archiveBytes: staged.size,
    source: "chatgpt",
    runtimeId,
    readerVersion: "1",
    status: "finished",
    ordinal: 0,
    supersededBy: undefined,
    startedAt: now(),
    finishedAt: now(),
    receipt: undefined,
  });
  await commit(context, [{ kind: "configure", change: row }]);
  staging.finish();
}

async function* streamOf(text: string): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield Buffer.from(text);
}

/** Bulk work: sessions of an older store with all their messages, and a setting that says how far it is, in one group. */
async function takeOver(context: OperationContext): Promise<void> {
  const first = context.nextId() as SessionId;
  const second = context.nextId() as SessionId;
  const setting = settingChange(simulatedUser.userId, "migrated", first);
  await commit(context, [
    created(first, "Old one"),
    said(context, first, "old question"),
    said(context, first, "old answer"),
    created(second, "Old two"),
    said(context, second, "x".repeat(700)),
    { kind: "configure", change: setting },
  ]);
  context.living.push(first);
}

/** Puts whole files in the place of files that the log feeds, as a repair of the event files and a purge do. */
async function replaceEvents(context: OperationContext): Promise<void> {
  const { storage } = context;
  const paths = [layout.events(simulatedUser, "conversations"), layout.events(simulatedUser, "messages")];
  for (const path of paths) {
    await storage.replaceAppended(path, () => {
      const absolute = absolutePath(storage.root, path);
      const lines = [...linesOf(readWholeFile(storage.files, absolute) ?? Buffer.alloc(0), 0)];
      if (lines.length < 2) return undefined;
      const made: Buffer[] = [];
      let hash = "";
      // Without the first one, sealed anew.
      for (const [seq, line] of lines.slice(1).entries()) {
        const {
          seq: _seq,
          prev: _prev,
          hash: _hash,
          ...body
        } = JSON.parse(line.bytes.toString()) as JsonObject;
        const sealed = sealLine({ seq, ...body }, hash);
        made.push(sealed.bytes);
        hash = sealed.hash;
      }
      const bytes = Buffer.concat(made);
      replaceFile(storage.files, absolute, bytes);
      return { path, length: bytes.length, seq: made.length - 1, hash };
    });
  }
  context.replaced(paths);
}

/** Takes a backup first where there is none. */
async function restore(context: OperationContext): Promise<void> {
  const { storage, now } = context;
  if (storage.files.list(join(simulatedBackups, "manifests")).length === 0) {
    await backUp(storage, now);
    context.kept("backups");
  }
  await restoreNewest(storage);
  context.kept("restored");
}

function created(sessionId: SessionId, title: string): SessionChange {
  return {
    kind: "create",
    session: { sessionId, runtimeId, constructId, title, source: "new_conversation" },
  };
}

function said(context: OperationContext, sessionId: SessionId, content: string): SessionChange {
  const id = context.nextId() as MessageId;
  return { kind: "append", sessionId, record: { kind: "message", id, role: "user", content } };
}

/**
 * What an import's row promises: archive and pack are there, whole.
 * @returns what is wrong; empty when all is well.
 */
export function missingImports(
  rows: ReadonlyMap<string, string>,
  bytesOf: (path: string) => Buffer | undefined,
): string[] {
  const wrong: string[] = [];
  for (const [place, text] of rows) {
    if (!place.startsWith("imports ")) continue;
    const row = JSON.parse(text) as { import_id: ImportId; archive_sha256: string };
    const archive = bytesOf(`${layout.imports(simulatedUser)}/archives/${row.archive_sha256}`);
    if (archive === undefined || createHash("sha256").update(archive).digest("hex") !== row.archive_sha256) {
      wrong.push(`the archive of import ${row.import_id}`);
    }
    const pack = bytesOf(join(layout.packs(simulatedUser), `${row.import_id}.pack`));
    if (pack?.toString() !== `pack of ${row.import_id}`) wrong.push(`the pack of import ${row.import_id}`);
  }
  return wrong;
}
