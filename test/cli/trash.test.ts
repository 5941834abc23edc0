import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestHome } from "./run-chatty.ts";

interface Answer {
  session: { sessionId: string; title: string; deleted: boolean };
  trash: { kind: string; sessionId?: string; runtimeId: string; title: string; until?: number }[];
  purged: unknown[];
  audit: { kind: string; sessionId?: string; userId: string; reason: string }[];
  users: { userId: string; username: string }[];
  user: { userId: string };
  runtime: { runtimeId: string; name: string };
  error: { code: string; hint: string };
}

test("undo, redo, trash, purge and erasure are commands", async (t) => {
  const home = createTestHome();
  t.after(() => home.remove());
  const ask = async (words: readonly string[], code = 0): Promise<Answer> =>
    (await home.json(words, { code })) as Answer;
  const { session } = await ask(["sessions", "new", "--title", "One"]);
  await ask(["sessions", "rename", session.sessionId, "Two"]);
  assert.equal((await ask(["sessions", "undo", session.sessionId])).session.title, "One");
  assert.equal((await ask(["sessions", "redo", session.sessionId])).session.title, "Two");
  await ask(["sessions", "delete", session.sessionId]);
  const { trash } = await ask(["trash"]);
  assert.deepEqual(
    trash.map(({ kind, sessionId, title }) => [kind, sessionId, title]),
    [["session", session.sessionId, "Two"]],
  );
  assert.ok((trash[0]?.until ?? 0) > Date.now() + 29 * 24 * 60 * 60 * 1000);
  assert.deepEqual((await ask(["trash", "empty"])).purged, []);
  await ask(["sessions", "purge", session.sessionId]);
  const { stdout } = await home.run(["trash"]);
  assert.equal(stdout.toString(), "The trash is empty.\n");
  const { user } = await ask(["users", "new", "Robin"]);
  assert.equal((await ask(["users"])).users.length, 2);
  const refused = await ask(["users", "erase", user.userId], 2);
  assert.deepEqual([refused.error.code, refused.error.hint.endsWith("--yes")], ["USAGE", true]);
  await ask(["users", "erase", user.userId, "--yes"]);
  const { audit } = await ask(["trash", "audit"]);
  assert.deepEqual(
    audit.map(({ kind, reason }) => [kind, reason]),
    [
      ["session_purged", "asked"],
      ["user_erased", "asked"],
    ],
  );
  await ask(["runtimes", "rename", "lin", "Linda"]);
  assert.equal((await ask(["runtimes", "undo", "lin"])).runtime.name, "Lin");
});
