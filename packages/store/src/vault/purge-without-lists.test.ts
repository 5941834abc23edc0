import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { nodeFiles } from "../files/node-files.ts";
import { systemError, watchFiles } from "../testing/watched-files.ts";
import { openVault } from "./open-vault.ts";

test("a purge that is finished at the start does not have missing lists claim to be whole", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "chatty-purge-lists-"));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const home = join(folder, "home");
  let fails = false;
  const files = watchFiles(nodeFiles(), {
    before: ({ kind, path }) => {
      if (fails && kind === "remove" && path.endsWith("messages.jsonl")) throw systemError("EIO");
    },
  });
  const vault = await openVault({ home, environment: "test" }, { files });
  const user = vault.user();
  const kept = (await user.createSession({ title: "Kept" })).sessionId;
  const { sessionId } = await user.createSession({ title: "Purged" });
  await user.deleteSession(sessionId);
  fails = true;
  await assert.rejects(user.purgeSession(sessionId));
  // The disk still fails: what is left is for the next start.
  await vault.close().catch(() => undefined);
  rmSync(join(vault.root, "catalog"), { recursive: true });
  const again = await openVault({ home, environment: "test" });
  const listed = again
    .user()
    .sessions({ limit: 100 })
    .sessions.map((session) => session.sessionId);
  const { problems } = await again.verify();
  await again.close();
  assert.ok(listed.includes(kept), "the lists have what is there");
  assert.deepEqual(problems, []);
});
