// The audit of a vault: one line for everything that was removed for good. Ids, times and kinds; never a word of what was removed.
import type { RuntimeId, SessionId, UserId } from "@chatty/model";
import { isChattyError } from "@chatty/model";
import { absolutePath, layout } from "../files/layout.ts";
import { quarantineFile } from "../files/quarantine.ts";
import { readWholeFile } from "../files/write-all.ts";
import { scanLines } from "../journal/read.ts";
import { openLine } from "../log/chained-line.ts";
import type { AuditEntry } from "../views.ts";
import type { VaultStorage } from "./vault-storage.ts";

/** What is being removed for good. */
export type PurgeSubject =
  | { kind: "session"; userId: UserId; sessionId: SessionId }
  | { kind: "runtime"; userId: UserId; runtimeId: RuntimeId }
  | { kind: "user"; userId: UserId };

/** Why: somebody asked for it, or it had rested in the trash for as long as it may. */
export type PurgeReason = "asked" | "expired";

const kinds = { session: "session_purged", runtime: "runtime_purged", user: "user_erased" } as const;

/** Id of what is purged. */
export function purgedId(subject: PurgeSubject): string {
  if (subject.kind === "session") return subject.sessionId;
  return subject.kind === "runtime" ? subject.runtimeId : subject.userId;
}

/**
 * Writes down that something is being purged, in the audit and where a start looks for purges that were cut short; one group of the
 * log. From then on the purge happens, whatever happens to this process.
 */
export async function beginPurge(
  storage: VaultStorage,
  subject: PurgeSubject,
  reason: PurgeReason,
): Promise<void> {
  const { kind, userId } = subject;
  await setDamagedAside(storage);
  await storage.log.commit((group) => {
    const entry: AuditEntry = {
      at: group.at,
      kind: kinds[kind],
      userId,
      ...(kind === "session" ? { sessionId: subject.sessionId } : {}),
      ...(kind === "runtime" ? { runtimeId: subject.runtimeId } : {}),
      reason,
    };
    group.append(layout.audit, entry);
    group.change({
      put: "purges",
      row: { user_id: userId, subject: kind, subject_id: purgedId(subject), asked_at: group.at },
    });
  });
}

/** Says that nothing of it is left. */
export function endPurge(storage: VaultStorage, subject: PurgeSubject): void {
  const key = { user_id: subject.userId, subject: subject.kind, subject_id: purgedId(subject) };
  storage.configuration.applyAlone([{ delete: "purges", key }]);
}

/** Purges that were begun and not ended, in the order in which they were begun. */
export function unfinishedPurges(storage: VaultStorage): PurgeSubject[] {
  const sql = "SELECT user_id, subject, subject_id FROM purges ORDER BY asked_at, user_id, subject_id";
  return storage.configuration.all(sql).map((row): PurgeSubject => {
    const userId = String(row["user_id"]) as UserId;
    const id = String(row["subject_id"]);
    if (row["subject"] === "session") return { kind: "session", userId, sessionId: id as SessionId };
    if (row["subject"] === "runtime") return { kind: "runtime", userId, runtimeId: id as RuntimeId };
    return { kind: "user", userId };
  });
}

/** Everything that was ever purged, oldest first. Lines that cannot be read are passed over; `verify` tells of them. */
export function readAudit(storage: VaultStorage): AuditEntry[] {
  storage.appended.flush();
  const bytes = readWholeFile(storage.files, absolutePath(storage.root, layout.audit));
  if (bytes === undefined) return [];
  const source = {
    path: layout.audit,
    length: bytes.length,
    read: (at: number, length: number) => bytes.subarray(at, at + length),
  };
  const entries: AuditEntry[] = [];
  for (const line of scanLines(source)) {
    const opened = openLine<AuditEntry & { seq: number; prev: string; hash: string }>(line.bytes);
    if (opened.kind === "fault") continue;
    const { seq: _seq, prev: _prev, hash: _hash, ...entry } = opened.body;
    entries.push(entry);
  }
  return entries;
}

/** An audit whose end is damaged takes no more lines: it is set aside whole, and a new one is begun. */
async function setDamagedAside(storage: VaultStorage): Promise<void> {
  const path = layout.audit;
  try {
    storage.appended.head(path);
    return;
  } catch (error) {
    if (!isChattyError(error, "FILE_DAMAGED")) throw error;
  }
  const { files, root } = storage;
  await storage.replaceAppended(path, () => {
    const to = files.status(absolutePath(root, path))?.size ?? 0;
    if (to > 0) {
      quarantineFile(files, root, { path, from: 0, to, reason: "its end is damaged", at: Date.now() });
    }
    return { path, length: 0, seq: -1, hash: "" };
  });
}
