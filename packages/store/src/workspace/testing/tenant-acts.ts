// What two users do to their rows in the test that one of them never sees the other.
import type { ConstructId, ImportId, RuntimeId, SessionId, Sha256, UserId } from "@chatty/model";
import * as aliases from "../aliases.ts";
import * as attachments from "../attachments.ts";
import type { ConfigurationChange, Row } from "../changes.ts";
import type { ConfigurationWriter } from "../connection.ts";
import * as parts from "../construct-parts.ts";
import * as constructs from "../constructs.ts";
import * as drafts from "../drafts.ts";
import * as views from "../import-views.ts";
import * as places from "../places.ts";
import * as references from "../references.ts";
import * as secrets from "../secrets.ts";
import * as settings from "../settings.ts";
import * as transcripts from "../transcripts.ts";
import * as acts from "../history.ts";

/** Both users draw from the same few ids, so that their rows collide wherever they can. */
export const pool = [0, 1, 2] as const;
export const sessions = pool.map((n) => `00000000-0000-7000-8000-00000000000${n}` as SessionId);
export const importIds = pool.map((n) => `00000000-0000-7000-8000-0000000000a${n}` as ImportId);
export const runtimeIds = pool.map((n) => `runtime-${n}` as RuntimeId);
export const constructIds = pool.map((n) => `runtime-${n}-001` as ConstructId);
export const gptIds = pool.map((n) => `gpt-${n}`);
export const hashes = pool.map((n) => String(n).repeat(64) as Sha256);
export const names = ["name-0", "name-1", "name-2"];
export const at = <T>(values: readonly T[], index: number): T => {
  const value = values[index % values.length];
  if (value === undefined) throw new TypeError("The pool is empty.");
  return value;
};

export interface Pick {
  table: number;
  a: number;
  b: number;
  time: number;
  flag: boolean;
}

export type Act = ConfigurationChange | ((writer: ConfigurationWriter) => unknown);

export const makers: readonly ((userId: UserId, pick: Pick) => Act)[] = [
  (userId, { a, time }) =>
    put("users", userId, { username: at(names, a), shard: "s", created_at: time, updated_at: a }),
  (userId, { a, b, flag, time }) =>
    put("runtimes", userId, {
      runtime_id: at(runtimeIds, a),
      name: at(names, b),
      kind: "imported",
      provider: at(names, b),
      default_construct_id: at(constructIds, b),
      mode: "lin",
      namespace: "n",
      created_at: time,
      updated_at: time,
      deleted_at: flag ? time : null,
      joined_into: flag && a !== b ? at(runtimeIds, b) : null,
    }),
  (userId, { a, b, time }) =>
    put("homes", userId, {
      runtime_id: at(runtimeIds, a),
      session_id: at(sessions, b),
      construct_id: at(constructIds, time),
      set_at: time,
    }),
  (userId, { a, time }) => put("stars", userId, { session_id: at(sessions, a), starred_at: time }),
  (userId, { a, b, time }) => aliases.aliasChange(userId, "session", at(names, a), at(sessions, b), time),
  (userId, { a, b, time }) => aliases.aliasChange(userId, "runtime", at(names, a), at(runtimeIds, b), time),
  (userId, { a, b, time }) =>
    aliases.aliasChange(userId, "construct", at(names, a), at(constructIds, b), time),
  (userId, { a, b, time, flag }) =>
    put("overlays", userId, {
      session_id: at(sessions, a),
      title: at(names, b),
      deleted_at: flag ? time : null,
      updated_at: time,
    }),
  (userId, { a, b, time, flag }) =>
    put("imports", userId, {
      import_id: at(importIds, a),
      archive_sha256: at(hashes, b),
      archive_name: at(names, b),
      archive_bytes: 1,
      source: "chatgpt",
      runtime_id: at(runtimeIds, b),
      reader_version: "1",
      status: b === 2 ? "running" : "finished",
      ordinal: time,
      superseded_by: flag && a !== 2 ? at(importIds, 2) : null,
      started_at: time,
      finished_at: time,
      receipt: "{}",
    }),
  (userId, { a, b, time }) => drafts.draftChange(userId, at(sessions, a), at(names, b), time),
  (userId, { a, b }) =>
    settings.settingChange(userId, at([settings.activeRuntimeKey, ...names], a), at(runtimeIds, b)),
  (userId, { a, b, time, flag }) =>
    places.placeChange(
      userId,
      at(sessions, a),
      { anchorId: flag ? undefined : (at(sessions, b) as never), throughId: at(sessions, time) as never },
      time,
    ),
  (userId, { a, b, flag }) => secrets.secretChange(userId, at(names, a), flag ? undefined : at(hashes, b)),
  (userId, { a }) => settings.settingRemoval(userId, at(names, a)),
  (userId, { a, b, time, flag }) =>
    acts.actChange(
      userId,
      {
        kind: "star",
        subject: "session",
        subjectId: at(sessions, a),
        changes: [{ table: "stars", key: { session_id: at(sessions, a) }, before: null, after: null }],
        ...(flag ? {} : { undoes: b }),
      },
      { seq: b, at: time },
    ),
  (userId, { a, b, time }) =>
    put("gpt_files", userId, {
      id: `file-${b}`,
      gpt_id: at(gptIds, a),
      filename: at(names, b),
      original_name: "o",
      mime_type: "m",
      size: 1,
      content: "c",
      uploaded_at: time,
    }),
  (userId, { a, b, time }) =>
    put("gpt_actions", userId, {
      id: `action-${b}`,
      gpt_id: at(gptIds, a),
      name: "n",
      url: "u",
      created_at: time,
    }),
  (userId, { a, b, time }) =>
    put("gpt_versions", userId, {
      id: a * 3 + b + 1,
      gpt_id: at(gptIds, a),
      version: b + 1,
      snapshot: "{}",
      created_at: time,
    }),
  (userId, { a, b, time }) =>
    (writer) => {
      const importId = at(importIds, a);
      const ordinal = Number(
        writer.get(
          "SELECT count(*) AS n FROM import_references WHERE user_id = ? AND import_id = ?",
          userId,
          importId,
        )?.["n"],
      );
      references.insertReferences(writer, userId, [
        {
          importId,
          ordinal,
          sessionId: at(sessions, b),
          runtimeId: at(runtimeIds, b),
          sourceId: at(names, b),
          kind: "conversation",
          member: "m",
          memberOffset: time,
          byteLength: 1,
          rawSha256: undefined,
          contentSha256: undefined,
          metadataSha256: undefined,
          pack: undefined,
          packOffset: undefined,
          packLength: undefined,
          title: `of ${userId}`,
          createdAt: undefined,
          updatedAt: undefined,
          messageCount: 0,
          nodeCount: 0,
        },
      ]);
    },
  (userId, { a, b, flag }) =>
    (writer) =>
      attachments.insertAttachments(writer, userId, [
        {
          importId: at(importIds, a),
          sessionId: at(sessions, b),
          fileId: "file-0",
          pointer: userId,
          name: undefined,
          mime: undefined,
          size: undefined,
          member: flag ? "m" : undefined,
        },
      ]),
  (userId, { a, b, time }) =>
    (writer) =>
      transcripts.putTranscript(writer, userId, {
        sessionId: at(sessions, a),
        path: at(names, b),
        length: time,
        sha256: at(hashes, b),
        modifiedNs: BigInt(time),
        journalLength: time,
      }),
  (userId, { a, b, time }) =>
    (writer) =>
      views.putImportView(writer, userId, {
        sessionId: at(sessions, a),
        path: at(names, b),
        sha256: at(hashes, b),
        sourceSha256: at(hashes, time),
      }),
  (userId, { a }) => constructs.constructRemoval(userId, at(gptIds, a)),
  (userId, { a }) => ({ delete: "imports", key: { user_id: userId, import_id: at(importIds, a) } }),
  (userId) => ({ delete: "users", key: { user_id: userId } }),
  (userId, { a }) => ({ delete: "stars", key: { user_id: userId, session_id: at(sessions, a) } }),
  (userId, { a }) => ({ delete: "settings", key: { user_id: userId, key: at(names, a) } }),
  (userId, { a }) => parts.constructPartRemoval(userId, "gpt_files", `file-${a}`),
  (userId, { a }) => aliases.aliasRemoval(userId, "session", at(names, a)),
  (userId, { a }) =>
    (writer) =>
      references.deleteReferencesOfImport(writer, userId, at(importIds, a)),
  (userId, { a }) =>
    (writer) =>
      transcripts.deleteTranscript(writer, userId, at(sessions, a)),
  (userId, { a }) =>
    (writer) =>
      views.deleteImportView(writer, userId, at(sessions, a)),
];

function put(table: Extract<ConfigurationChange, { put: unknown }>["put"], userId: UserId, row: Row): Act {
  return { put: table, row: { user_id: userId, ...row } };
}
