import type { SessionId } from "@chatty/model";
import type { CatalogSession } from "../../catalog/catalog.ts";
import { absolutePath, layout } from "../../files/layout.ts";
import type { UserPlace } from "../../files/layout.ts";
import { replaceFile } from "../../files/replace-file.ts";
import { readWholeFile } from "../../files/write-all.ts";
import type { VaultStorage } from "../../vault/vault-storage.ts";
import { aliasesOfSession } from "../../workspace/aliases.ts";
import { getConstruct, listConstructs } from "../../workspace/constructs.ts";
import type { ConstructRecord } from "../../workspace/constructs.ts";
import { getUser } from "../../workspace/users.ts";
import { personaJson, profileJson, sessionIndexJson, sessionMetaJson } from "./mirrors.ts";
import type { PersonaMirror, SessionMirror } from "./mirrors.ts";

/** A file as it ought to be. */
export interface MirrorFile {
  /** Relative path inside the vault. */
  path: string;
  text: string;
  /** Keeps what was there before as `.bak`. */
  keepsPrevious: boolean;
  /** True for what is only brought up to date when its session changes. */
  isSnapshot: boolean;
}

/** The JSON files beside the journals that make a folder readable alone; all of them are derived. */
export interface MirrorWriter {
  /** `session_meta.json` and the session's `persona.json`. @returns how many files changed. */
  writeSession(row: CatalogSession): number;
  /** `session_index.json` of the user. */
  writeIndex(rows: Iterable<CatalogSession>): number;
  /** `profile.json` and the `persona.json` of each construct. */
  writeUser(): number;
  /** Sessions of which the index that lies on disk says something else, or nothing. */
  outdated(rows: Iterable<CatalogSession>): Set<SessionId>;
  /** What {@link MirrorWriter.writeSession} would write. */
  sessionFiles(row: CatalogSession): MirrorFile[];
  /** What {@link MirrorWriter.writeIndex} would write. */
  indexFile(rows: Iterable<CatalogSession>): MirrorFile;
  /** What {@link MirrorWriter.writeUser} would write. */
  userFiles(): MirrorFile[];
}

/** Makes the writer of a user's mirrors. */
export function createMirrorWriter(storage: VaultStorage, user: UserPlace): MirrorWriter {
  const { files, root, configuration } = storage;
  const { userId } = user;
  const write = ({ path, text, keepsPrevious }: MirrorFile): number =>
    replaceFile(files, absolutePath(root, path), Buffer.from(text), {
      keepPrevious: keepsPrevious,
      temporaryIn: root,
    })
      ? 1
      : 0;
  const writeAll = (mirrored: readonly MirrorFile[]): number =>
    mirrored.reduce((changed, mirror) => changed + write(mirror), 0);
  const mirrorOf = (row: CatalogSession): SessionMirror => ({
    sessionId: row.sessionId,
    userId,
    title: row.title,
    createdAt: row.createdAt ?? 0,
    updatedAt: row.updatedAt ?? 0,
    messageCount: row.messageCount,
    runtimeId: row.runtimeId,
    constructId: row.constructId,
    home: row.home,
    starred: row.starred,
    archived: row.archived,
    deleted: row.deleted,
    aliases: aliasesOfSession(configuration, userId, row.sessionId),
  });
  const writer: MirrorWriter = {
    writeSession: (row) => writeAll(writer.sessionFiles(row)),
    writeIndex: (rows) => write(writer.indexFile(rows)),
    writeUser: () => writeAll(writer.userFiles()),
    outdated(rows) {
      const expected = writer.indexFile(rows);
      const there = readWholeFile(files, absolutePath(root, expected.path));
      const listed = entriesOf(there?.toString("utf8") ?? "");
      const differing = [...entriesOf(expected.text)].filter(([id, entry]) => listed.get(id) !== entry);
      return new Set(differing.map(([id]) => id as SessionId));
    },
    sessionFiles(row) {
      const folder = layout.session(user, row.constructId, row.sessionId);
      const meta = derivedFile(`${folder}/session_meta.json`, sessionMetaJson(mirrorOf(row)));
      const construct = getConstruct(configuration, userId, row.constructId);
      if (construct === undefined) return [meta];
      const snapshot = { sessionId: row.sessionId, runtimeId: row.runtimeId };
      const persona = derivedFile(`${folder}/persona.json`, personaJson(personaOf(construct), snapshot));
      return [meta, { ...persona, isSnapshot: true }];
    },
    indexFile: (rows) =>
      derivedFile(layout.sessionIndex(user), sessionIndexJson(userId, mirrors(rows, mirrorOf))),
    userFiles() {
      const profile = getUser(configuration, userId);
      return [
        ...(profile === undefined ? [] : [keptFile(layout.profile(user), profileJson(profile))]),
        ...listConstructs(configuration, userId).map((construct) =>
          keptFile(layout.persona(user, construct.constructId), personaJson(personaOf(construct))),
        ),
      ];
    },
  };
  return writer;
}

/** Text of each entry of an index, by session id; none when it cannot be read. */
function entriesOf(index: string): Map<string, string> {
  const entries = new Map<string, string>();
  try {
    const { sessions } = JSON.parse(index) as { sessions: { session_id: string }[] };
    for (const entry of sessions) entries.set(entry.session_id, JSON.stringify(entry));
  } catch {
    entries.clear();
  }
  return entries;
}

function derivedFile(path: string, text: string): MirrorFile {
  return { path, text, keepsPrevious: false, isSnapshot: false };
}

function keptFile(path: string, text: string): MirrorFile {
  return { path, text, keepsPrevious: true, isSnapshot: false };
}

function* mirrors(
  rows: Iterable<CatalogSession>,
  mirrorOf: (row: CatalogSession) => SessionMirror,
): Generator<SessionMirror> {
  for (const row of rows) yield mirrorOf(row);
}

function personaOf(construct: ConstructRecord): PersonaMirror {
  return construct;
}
