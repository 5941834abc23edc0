import type { CatalogSession } from "../../catalog/catalog.ts";
import { absolutePath, layout } from "../../files/layout.ts";
import type { UserPlace } from "../../files/layout.ts";
import { replaceFile } from "../../files/replace-file.ts";
import type { VaultStorage } from "../../vault/vault-storage.ts";
import { aliasesOfSession } from "../../workspace/aliases.ts";
import { getConstruct, listConstructs } from "../../workspace/constructs.ts";
import type { ConstructRecord } from "../../workspace/constructs.ts";
import { getUser } from "../../workspace/users.ts";
import { personaJson, profileJson, sessionIndexJson, sessionMetaJson } from "./mirrors.ts";
import type { PersonaMirror, SessionMirror } from "./mirrors.ts";

/** The JSON files beside the journals that make a folder readable alone; all of them are derived. */
export interface MirrorWriter {
  /** `session_meta.json` and the session's `persona.json`. @returns how many files changed. */
  writeSession(row: CatalogSession): number;
  /** `session_index.json` of the user, from the rows of all native sessions. */
  writeIndex(rows: Iterable<CatalogSession>): number;
  /** `profile.json` and the `persona.json` of each construct. */
  writeUser(): number;
}

/** Makes the writer of a user's mirrors. */
export function createMirrorWriter(storage: VaultStorage, user: UserPlace): MirrorWriter {
  const { files, root, configuration } = storage;
  const { userId } = user;
  const write = (path: string, text: string, keepPrevious: boolean): number =>
    replaceFile(files, absolutePath(root, path), Buffer.from(text), { keepPrevious }) ? 1 : 0;
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
  return {
    writeSession(row) {
      const folder = layout.session(user, row.constructId, row.sessionId);
      let changed = write(`${folder}/session_meta.json`, sessionMetaJson(mirrorOf(row)), false);
      const persona = `${folder}/persona.json`;
      const construct = getConstruct(configuration, userId, row.constructId);
      if (construct !== undefined) {
        const snapshot = { sessionId: row.sessionId, runtimeId: row.runtimeId };
        changed += write(persona, personaJson(personaOf(construct), snapshot), false);
      }
      return changed;
    },
    writeIndex(rows) {
      return write(layout.sessionIndex(user), sessionIndexJson(userId, mirrors(rows, mirrorOf)), false);
    },
    writeUser() {
      let changed = 0;
      const profile = getUser(configuration, userId);
      if (profile !== undefined) changed += write(layout.profile(user), profileJson(profile), true);
      for (const construct of listConstructs(configuration, userId)) {
        const path = layout.persona(user, construct.constructId);
        changed += write(path, personaJson(personaOf(construct)), true);
      }
      return changed;
    },
  };
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
