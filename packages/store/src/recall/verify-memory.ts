import { layout } from "../files/layout.ts";
import type { UserSpace } from "../vault/user-space.ts";
import type { VaultStorage } from "../vault/vault-storage.ts";
import type { TellProblem } from "../vault/verify-session.ts";
import { parseContextHistory } from "./context-history.ts";
import { keptPeriods, periodPath, readKept, setAside, summaryPath } from "./kept-files.ts";
import { parsePeriodSummary, parseSessionSummary } from "./summary.ts";

/** A file that cannot be read, and why. */
interface Unreadable {
  path: string;
  reason: string;
}

/** Tells of files of the memory that cannot be read: nothing is lost by them but what they say. */
export function verifyMemory(storage: VaultStorage, space: UserSpace, tell: TellProblem): void {
  for (const { path, reason } of unreadable(storage, space)) {
    const message = `${reason}; \`chatty repair\` sets it aside, and it is made anew`;
    tell({ code: "MEMORY_UNREADABLE", path, message });
  }
}

/** Sets files of the memory aside that cannot be read. @returns their places in the quarantine. */
export function setMemoryAside(storage: VaultStorage, space: UserSpace, at: number): string[] {
  return unreadable(storage, space).map(({ path, reason }) => setAside(storage, path, reason, at));
}

function unreadable(storage: VaultStorage, space: UserSpace): Unreadable[] {
  const { user, userId } = space.context;
  const found: Unreadable[] = [];
  const look = (path: string, parse: (text: string) => object | string): void => {
    const text = readKept(storage, path);
    const content = text === undefined ? undefined : parse(text);
    if (typeof content === "string") found.push({ path, reason: content });
  };
  look(layout.contextHistory(user), (text) => parseContextHistory(text, userId));
  for (const { constructId, sessionId } of space.sessionFolders()) {
    const path = summaryPath(user, constructId, sessionId);
    look(path, (text) => parseSessionSummary(text, sessionId));
  }
  for (const period of keptPeriods(storage, user)) {
    look(periodPath(user, period), (text) => parsePeriodSummary(text, userId, period));
  }
  return found;
}
