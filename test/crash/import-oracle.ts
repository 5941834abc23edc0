// What a whole import of an export gives, held against what a killed one left and what repeating it gives.
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { exportReader } from "@chatty/importers";
import { openVault } from "@chatty/store";

/** Everything that is imported in a vault. */
export interface ImportedState {
  /** Session id to the hash of the provider's own bytes and of what is shown. */
  sessions: Map<string, string>;
  problems: string[];
  /** Files of the user's part of `imports/` that hold uploads, packs or unfinished work. */
  files: string[];
}

export interface ImportViolation {
  kind: "does-not-open" | "not-verified" | "half-there" | "left-behind" | "different" | "refused";
  detail: string;
}

/** Opens the vault as the next process would and reads everything that is imported. @throws when it does not open */
export async function readImported(home: string): Promise<ImportedState> {
  const vault = await openVault({ home, environment: "production", exports: exportReader });
  try {
    const user = vault.user();
    const sessions = new Map<string, string>();
    let after: string | undefined;
    do {
      const page = user.sessions({ limit: 1000, ...(after === undefined ? {} : { after }) });
      for (const { sessionId, imported } of page.sessions) {
        if (!imported) continue;
        const hash = createHash("sha256");
        for await (const chunk of user.raw(sessionId)) hash.update(chunk);
        hash.update(JSON.stringify((await user.show(sessionId)).messages));
        sessions.set(sessionId, hash.digest("hex"));
      }
      after = page.next;
    } while (after !== undefined);
    // Journals are written behind the acknowledgement; that is none of this harness's business.
    await new Promise((resolve) => setImmediate(resolve));
    const { problems } = await vault.verify();
    const inside = readdirSync(vault.root, { recursive: true, encoding: "utf8" });
    return {
      sessions,
      problems: problems.map(({ code, path, message }) => `${code} ${path}: ${message}`),
      files: inside
        .filter((path) => /(?:^|[\\/])(?:archives|packs|staging)[\\/]/.test(path))
        .map((path) => join(path)),
    };
  } finally {
    await vault.close();
  }
}

/** After a kill: everything is there, or nothing is. */
export async function examineKilled(home: string, whole: ImportedState): Promise<ImportViolation[]> {
  const state = await stateOrViolation(home);
  if ("kind" in state) return [state];
  const violations = unverified(state);
  if (state.sessions.size !== 0 && state.sessions.size !== whole.sessions.size) {
    const detail = `${state.sessions.size} of ${whole.sessions.size} conversations are there`;
    violations.push({ kind: "half-there", detail });
  }
  if (state.sessions.size === 0 && state.files.length > 0) {
    violations.push({ kind: "left-behind", detail: state.files.join(", ").slice(0, 500) });
  }
  for (const [sessionId, hash] of state.sessions) {
    if (whole.sessions.get(sessionId) !== hash) {
      violations.push({ kind: "different", detail: `${sessionId} is not what a whole import gives` });
    }
  }
  return violations;
}

/** After the import was run again to its end: exactly what an import that was never killed gives. */
export async function examineRepeated(home: string, whole: ImportedState): Promise<ImportViolation[]> {
  const state = await stateOrViolation(home);
  if ("kind" in state) return [state];
  const violations = unverified(state);
  for (const [sessionId, hash] of whole.sessions) {
    if (state.sessions.get(sessionId) !== hash) {
      violations.push({ kind: "different", detail: `${sessionId} is missing or not the same` });
    }
  }
  if (state.sessions.size !== whole.sessions.size) {
    violations.push({
      kind: "different",
      detail: `${state.sessions.size} conversations instead of ${whole.sessions.size}`,
    });
  }
  if (state.files.length !== whole.files.length) {
    const detail = `${state.files.length} files instead of ${whole.files.length}: ${state.files.join(", ")}`;
    violations.push({ kind: "left-behind", detail: detail.slice(0, 500) });
  }
  return violations;
}

async function stateOrViolation(home: string): Promise<ImportedState | ImportViolation> {
  try {
    return await readImported(home);
  } catch (error) {
    return { kind: "does-not-open", detail: String(error) };
  }
}

function unverified(state: ImportedState): ImportViolation[] {
  return state.problems.map((detail) => ({ kind: "not-verified", detail }));
}
