import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { compareWindows } from "@chatty/store/testing";
import { fillVault, inVault, makeFolder } from "./full-vault.ts";

describe("windows of a full vault", () => {
  test("give of every conversation, imported, native and forked, what showing it whole gives", async (t) => {
    const folder = makeFolder(t);
    const home = join(folder, "home");
    await fillVault(home, folder);
    await inVault(home, async (user) => {
      let imported = 0;
      const { sessions } = user.sessions({ limit: 1000 });
      for (const session of sessions) {
        await compareWindows(user, session.sessionId);
        if (!session.imported || session.messageCount === 0) continue;
        imported += 1;
        const fork = await user.forkSession(session.sessionId);
        await user.append(fork.sessionId, [{ role: "user", content: "and on" }]);
        await compareWindows(user, fork.sessionId);
        const again = await user.forkSession(fork.sessionId);
        await compareWindows(user, again.sessionId);
        const { forkedFrom } = user.lineage(fork.sessionId);
        assert.equal(forkedFrom?.sessionId, session.sessionId);
        const forks = user.lineage(session.sessionId).forks.map(({ sessionId }) => sessionId);
        assert.equal(forks.at(-1), fork.sessionId, "oldest first");
        assert.ok(user.lineage(session.sessionId).source !== undefined);
      }
      assert.ok(imported > 3);
      for (const runtime of user.runtimes()) {
        const months = user.sessionMonths(runtime.runtimeId);
        const listed = sessions.filter(
          (session) => session.imported && session.runtimeId === runtime.runtimeId,
        );
        assert.equal(
          months.reduce((sum, { count }) => sum + count, 0),
          listed.length,
          runtime.runtimeId,
        );
        for (const { year, month, count } of months) {
          const query = { runtimeId: runtime.runtimeId, kind: "imported" as const, year, month };
          assert.equal(user.sessions({ ...query, limit: 1000 }).sessions.length, count);
        }
      }
    });
  });
});
