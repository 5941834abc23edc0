import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { nodeFiles } from "../files/node-files.ts";
import { watchFiles } from "../testing/watched-files.ts";
import { openVault } from "./open-vault.ts";

test("a purge that is finished at the start is not taken back by what the log still has of the session", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "chatty-purge-replayed-"));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const home = join(folder, "home");
  const left = join(folder, "left");
  let isPurging = false;
  const files = watchFiles(nodeFiles(), {
    before: ({ kind, path }) => {
      // The next log file is the first thing that a purge makes behind the record that it was begun.
      if (!isPurging || kind !== "open" || !/log[\\/]\d+\.jsonl$/.test(path)) return;
      isPurging = false;
      cpSync(home, left, { recursive: true, filter: (source) => !source.endsWith("-shm"), mode: 0 });
    },
  });
  const before = await openVault({ home, environment: "test" });
  const { sessionId } = await before.user().createSession({ title: "Purged" });
  await before.close();
  // The lists know everything up to here, and what is behind it from the log alone.
  const vault = await openVault({ home, environment: "test" }, { files });
  await vault.user().append(sessionId, [{ role: "user", content: "said" }]);
  await vault.user().deleteSession(sessionId);
  isPurging = true;
  await vault.user().purgeSession(sessionId);
  assert.ok(!isPurging, "the copy was made");
  await vault.close();
  // Copying leaves the folder open to others.
  nodeFiles().setMode(join(left, "test"), 0o700);
  const again = await openVault({ home: left, environment: "test" });
  const user = again.user();
  const listed = [{}, { archived: true }, { deleted: true }].flatMap(
    (query) => user.sessions(query).sessions,
  );
  const ids = listed.map((session) => session.sessionId);
  await again.settle();
  const { problems } = await again.verify();
  await again.close();
  assert.ok(!ids.includes(sessionId), "it is in a list again");
  assert.deepEqual(problems, []);
});
