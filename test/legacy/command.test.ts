import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import type { LegacyMigrationReport } from "@chatty/store";
import { createTestHome, linesPrinted } from "../cli/run-chatty.ts";
import type { TestHome } from "../cli/run-chatty.ts";
import { characterChats, flatSingleUser } from "./fixtures/line-stores.ts";
import { hashesIn, writeStore } from "./older-store.ts";

function makeHome(t: TestContext): TestHome {
  const home = createTestHome();
  t.after(() => home.remove());
  return home;
}

describe("chatty migrate legacy", () => {
  test("says what would be done, does it, and lists problems with exit code 3", async (t) => {
    const chatty = makeHome(t);
    const older = writeStore(join(chatty.folder, "older"), characterChats.files);
    const before = hashesIn(older);
    const dry = (await chatty.json(["migrate", "legacy", older, "--dry-run"], {
      code: 3,
    })) as LegacyMigrationReport;
    assert.equal(dry.dryRun, true);
    const done = (await chatty.json(["migrate", "legacy", older], { code: 3 })) as LegacyMigrationReport;
    assert.deepEqual(
      [done.messages, done.conversations, done.problems],
      [dry.messages, dry.conversations, dry.problems],
    );
    assert.deepEqual(done.restored, [
      {
        path: "chats/Zed/chat_Zed_20240606_120000.jsonl",
        from: "chats/Zed/chat_Zed_20240606_120000.jsonl.bak",
      },
    ]);
    const text = await chatty.run(["migrate", "legacy", older]);
    assert.equal(text.code, 3);
    assert.match(text.stdout.toString(), /Everything was there already; nothing was changed\./);
    assert.match(text.stdout.toString(), /LEGACY_BACKUP_TAKEN/);
    assert.deepEqual(hashesIn(older), before);
  });

  test("asks the process that owns the vault", async (t) => {
    const chatty = makeHome(t);
    const older = writeStore(join(chatty.folder, "older"), flatSingleUser.files);
    await chatty.run(["sessions"]);
    const owner = chatty.start("serve", "--port", "0", "--json");
    t.after(() => owner.kill("SIGKILL"));
    await linesPrinted(owner, 1);
    const done = (await chatty.json(["migrate", "legacy", older])) as LegacyMigrationReport;
    assert.equal(done.messages.native, 2);
    const shown = (await chatty.json(["show", done.migrated[0]?.sessionId ?? ""])) as {
      messages: { content: string }[];
    };
    assert.deepEqual(
      shown.messages.map(({ content }) => content),
      ["one", "two"],
    );
  });

  test("refuses a folder without conversations and says what to do", async (t) => {
    const chatty = makeHome(t);
    const older = writeStore(join(chatty.folder, "older"), { "picture.png": "x" });
    const told = (await chatty.json(["migrate", "legacy", older], { code: 1 })) as {
      error: { code: string; hint: string };
    };
    assert.equal(told.error.code, "LEGACY_NOTHING_FOUND");
    assert.match(told.error.hint, /chatty import/);
  });
});
