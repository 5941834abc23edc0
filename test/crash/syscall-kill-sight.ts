// Everything that a person sees of a vault, in a form that can be compared.
import { createHash } from "node:crypto";
import { exportReader } from "@chatty/importers";
import { isChattyError } from "@chatty/model";
import { openVault } from "@chatty/store";
import type { UserVault } from "@chatty/store";

export interface Sight {
  /** By session: a hash of its truth and of what is shown, or the code of the error that it gives. */
  sessions: Map<string, string>;
  /** By session: a hash of the messages that are shown, and of nothing else. */
  messages: Map<string, string>;
  /** `CODE path` of every problem that `verify` finds. */
  problems: string[];
  /** Sessions that are imported. */
  imported: Set<string>;
}

/** Opens a vault as the next process would and reads everything. @throws when it does not open */
export async function readSight(home: string): Promise<Sight> {
  const vault = await openVault({ home, environment: "production", exports: exportReader, create: false });
  try {
    const user = vault.user();
    const sight: Sight = { sessions: new Map(), messages: new Map(), problems: [], imported: new Set() };
    for (const archived of [false, true]) {
      for (let after: string | undefined; ;) {
        const page = user.sessions({ limit: 500, archived, ...(after === undefined ? {} : { after }) });
        for (const { sessionId, imported } of page.sessions) {
          const { whole, messages } = await sightOf(user, sessionId);
          sight.sessions.set(sessionId, whole);
          sight.messages.set(sessionId, messages);
          if (imported) sight.imported.add(sessionId);
        }
        if (page.next === undefined) break;
        after = page.next;
      }
    }
    await vault.settle();
    const report = await vault.verify();
    sight.problems = report.problems.map(({ code, path }) => `${code} ${path}`).sort();
    return sight;
  } finally {
    await vault.close();
  }
}

async function sightOf(user: UserVault, sessionId: string): Promise<{ whole: string; messages: string }> {
  try {
    const hash = createHash("sha256");
    for await (const chunk of user.raw(sessionId)) hash.update(chunk);
    const shown = await user.show(sessionId);
    hash.update(JSON.stringify(shown));
    const messages = createHash("sha256").update(JSON.stringify(shown.messages)).digest("hex");
    return { whole: hash.digest("hex"), messages };
  } catch (error) {
    if (isChattyError(error)) return { whole: error.code, messages: error.code };
    throw error;
  }
}

/** What differs between two sights of the same vault; `ignore` leaves sessions out. */
export function compareSights(
  now: Sight,
  before: Sight,
  ignore: (sessionId: string) => boolean = () => false,
): string[] {
  const differences: string[] = [];
  for (const [sessionId, hash] of before.sessions) {
    if (ignore(sessionId)) continue;
    const found = now.sessions.get(sessionId);
    if (found === undefined) differences.push(`lost: session ${sessionId}`);
    else if (found !== hash) differences.push(`changed: session ${sessionId} (${found.slice(0, 20)})`);
  }
  for (const sessionId of now.sessions.keys()) {
    if (!ignore(sessionId) && !before.sessions.has(sessionId))
      differences.push(`invented: session ${sessionId}`);
  }
  return [...differences, ...compareProblems(now, before)];
}

function compareProblems(now: Sight, before: Sight): string[] {
  const differences: string[] = [];
  for (const problem of now.problems) {
    if (!before.problems.includes(problem)) differences.push(`not verified: ${problem}`);
  }
  return differences;
}
