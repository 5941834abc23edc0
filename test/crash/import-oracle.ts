// What a whole import of an export gives, held against what a killed one left and what repeating it gives.
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { exportReader } from "@chatty/importers";
import { openVault } from "@chatty/store";

export interface ImportedSession {
  sessionId: string;
  /** Hash of the provider's own bytes and of what is shown, without the ids that every vault makes for itself. */
  hash: string;
}

/** Everything that is imported in a vault. */
export interface ImportedState {
  /** By the source's own id of a conversation. */
  sessions: Map<string, ImportedSession>;
  problems: string[];
  /** Files of the user's part of `imports/` that hold uploads, packs or unfinished work. */
  files: string[];
}

export interface ImportViolation {
  kind: "not-verified" | "half-there" | "left-behind" | "different" | "renamed";
  detail: string;
}

/** Opens the vault as the next process would and reads everything that is imported. @throws when it does not open */
export async function readImported(home: string): Promise<ImportedState> {
  const vault = await openVault({ home, environment: "production", exports: exportReader });
  try {
    const user = vault.user();
    const sessions = new Map<string, ImportedSession>();
    const problems: string[] = [];
    let after: string | undefined;
    do {
      const page = user.sessions({ limit: 1000, ...(after === undefined ? {} : { after }) });
      for (const { sessionId, imported } of page.sessions) {
        if (!imported) continue;
        const hash = createHash("sha256");
        for await (const chunk of user.raw(sessionId)) hash.update(chunk);
        const { session, messages } = await user.show(sessionId);
        const sourceIds = new Map<string | null, string | undefined>(
          messages.map(({ id, sourceId }) => [id, sourceId]),
        );
        for (const { id: _id, parentId, ...message } of messages) {
          hash.update(JSON.stringify({ ...message, parent: sourceIds.get(parentId) }));
        }
        const key = session.sourceId ?? sessionId;
        if (sessions.has(key)) problems.push(`conversation ${key} is there twice`);
        sessions.set(key, { sessionId, hash: hash.digest("hex") });
      }
      after = page.next;
    } while (after !== undefined);
    // Journals are written behind the acknowledgement; that is none of this harness's business.
    await new Promise((resolve) => setImmediate(resolve));
    for (const { code, path, message } of (await vault.verify()).problems) {
      problems.push(`${code} ${path}: ${message}`);
    }
    const inside = readdirSync(vault.root, { recursive: true, encoding: "utf8" });
    return {
      sessions,
      problems,
      files: inside
        .filter((path) => /(?:^|[\\/])(?:archives|packs|staging)[\\/]/.test(path))
        .map((path) => join(path)),
    };
  } finally {
    await vault.close();
  }
}

/** After a kill: everything is there, or nothing is. */
export function examineKilled(state: ImportedState, whole: ImportedState): ImportViolation[] {
  const violations = unverified(state);
  if (state.sessions.size !== 0 && state.sessions.size !== whole.sessions.size) {
    const detail = `${state.sessions.size} of ${whole.sessions.size} conversations are there`;
    violations.push({ kind: "half-there", detail });
  }
  if (state.sessions.size === 0 && state.files.length > 0) {
    violations.push({ kind: "left-behind", detail: state.files.join(", ").slice(0, 500) });
  }
  for (const [sourceId, { hash }] of state.sessions) {
    if (whole.sessions.get(sourceId)?.hash !== hash) {
      violations.push({ kind: "different", detail: `${sourceId} is not what a whole import gives` });
    }
  }
  return violations;
}

/** After the import was run again to its end: what an import gives that was never killed, under the ids that were seen before. */
export function examineRepeated(
  state: ImportedState,
  afterKill: ImportedState,
  whole: ImportedState,
): ImportViolation[] {
  const violations = unverified(state);
  for (const [sourceId, { hash }] of whole.sessions) {
    const found = state.sessions.get(sourceId);
    if (found?.hash !== hash) {
      violations.push({ kind: "different", detail: `${sourceId} is missing or not the same` });
    }
    const before = afterKill.sessions.get(sourceId);
    if (before !== undefined && before.sessionId !== found?.sessionId) {
      violations.push({ kind: "renamed", detail: `${sourceId} was session ${before.sessionId} before` });
    }
  }
  if (state.sessions.size !== whole.sessions.size) {
    const detail = `${state.sessions.size} conversations instead of ${whole.sessions.size}`;
    violations.push({ kind: "different", detail });
  }
  if (state.files.length !== whole.files.length) {
    const detail = `${state.files.length} files instead of ${whole.files.length}: ${state.files.join(", ")}`;
    violations.push({ kind: "left-behind", detail: detail.slice(0, 500) });
  }
  return violations;
}

function unverified(state: ImportedState): ImportViolation[] {
  return state.problems.map((detail) => ({ kind: "not-verified", detail }));
}
