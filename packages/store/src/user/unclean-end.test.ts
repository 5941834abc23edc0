import assert from "node:assert/strict";
import { chmodSync, cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { UserVault } from "../user-vault.ts";
import { openVault } from "../vault/open-vault.ts";

const environment = "test";

/** Acts after which a process may be killed before it wrote anything derived. */
const acts: Record<string, (user: UserVault, session: string) => Promise<unknown>> = {
  "a message": (user, session) => user.append(session, [{ role: "user", content: "text" }]),
  "a title": (user, session) => user.renameSession(session, "Another"),
  "a star": (user, session) => user.setStarred(session, true),
  "a new home": (user, session) => user.setHome(session),
  "an archiving": (user, session) => user.setArchived(session, true),
  "a deletion": (user, session) => user.deleteSession(session),
  "a fork": (user, session) => user.forkSession(session),
  "a deleted home": (user) => user.deleteSession("chat_with_synth-001"),
  "a purge": async (user, session) => {
    await user.deleteSession(session);
    await user.purgeSession(session);
  },
};

describe("a vault whose process was killed", () => {
  for (const [what, act] of Object.entries(acts)) {
    test(`right after ${what} has every derived file right once it is opened`, async (t) => {
      const folder = mkdtempSync(join(tmpdir(), "chatty-unclean-"));
      t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
      const home = join(folder, "home");
      const vault = await openVault({ home, environment });
      const { sessionId } = await vault.user().createSession({ title: "T" });
      await vault.user().append(sessionId, [{ role: "user", content: "before" }]);
      await vault.settle();
      await act(vault.user(), sessionId);
      const copies = [join(folder, "at once"), join(folder, "with the catalog written")];
      for (const [index, copy] of copies.entries()) {
        // Asking for a page writes the catalog, and nothing else.
        if (index === 1) vault.user().sessions();
        cpSync(home, copy, { recursive: true, preserveTimestamps: true });
        chmodSync(join(copy, environment), 0o700);
      }
      await vault.close();
      for (const copy of copies) {
        const opened = await openVault({ home: copy, environment });
        assert.deepEqual((await opened.verify()).problems, [], copy);
        await opened.close();
      }
    });
  }
});
