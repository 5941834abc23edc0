import assert from "node:assert/strict";
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { SessionId } from "@chatty/model";
import { isChattyError } from "@chatty/model";
import { nodeFiles } from "../files/node-files.ts";
import { watchFiles } from "../testing/watched-files.ts";
import type { FileCall } from "../testing/watched-files.ts";
import { openVault } from "../vault/open-vault.ts";

const environment = "test";
/** Every moment is looked at in full length, every third otherwise. */
const momentsApart = process.env["CHATTY_TEST_FULL"] === "1" ? 1 : 3;

/** Calls that change what another process would find. */
const changing: readonly FileCall["kind"][] = [
  "write",
  "truncate",
  "rename",
  "remove",
  "make-directory",
  "open",
];

describe("purging, cut short at any moment", () => {
  test("leaves a session that is whole or gone, and a vault that is sound and takes messages", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "chatty-purge-"));
    t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
    const home = join(folder, "home");
    let moments = 0;
    let isWatching = false;
    // Copies are what a process leaves that is killed right before the call: all of it is in the page cache.
    const files = watchFiles(nodeFiles(), {
      before: ({ kind }) => {
        if (!isWatching || !changing.includes(kind)) return;
        isWatching = false;
        copyVault(home, join(folder, `moment-${moments}`));
        moments += 1;
        isWatching = true;
      },
    });
    const vault = await openVault({ home, environment }, { files });
    const user = vault.user();
    const kept = await user.createSession({ title: "Kept" });
    const { sessionId } = await user.createSession({ title: "Purged" });
    for (const content of ["one", "two"]) {
      await user.append(sessionId, [{ role: "user", content }]);
      await user.append(kept.sessionId, [{ role: "user", content }]);
    }
    await user.deleteSession(sessionId);
    await vault.settle();
    isWatching = true;
    await user.purgeSession(sessionId);
    isWatching = false;
    copyVault(home, join(folder, `moment-${moments}`));
    await vault.close();
    assert.ok(moments > 10, `${moments} moments`);
    const outcomes = [];
    for (let moment = 0; moment <= moments; moment += 1) {
      if (moment % momentsApart !== 0 && moment !== moments) continue;
      outcomes.push(await outcomeOf(join(folder, `moment-${moment}`), sessionId, kept.sessionId));
    }
    const firstGone = outcomes.indexOf("gone");
    assert.equal(outcomes[0], "whole");
    assert.equal(outcomes.at(-1), "gone");
    assert.ok(
      outcomes.every((outcome, index) => outcome === (index < firstGone ? "whole" : "gone")),
      outcomes.join(" "),
    );
  });
});

function copyVault(home: string, to: string): void {
  cpSync(home, to, { recursive: true, preserveTimestamps: true });
  chmodSync(join(to, environment), 0o700);
}

async function outcomeOf(home: string, purged: SessionId, kept: SessionId): Promise<"whole" | "gone"> {
  const vault = await openVault({ home, environment });
  try {
    const user = vault.user();
    const isGone = isUnknown(() => user.session(purged));
    if (!isGone) {
      const texts = (await user.show(purged)).messages.map(({ content }) => content);
      assert.deepEqual(texts, ["one", "two"], home);
    }
    await user.append(kept, [{ role: "user", content: "three" }]);
    assert.deepEqual((await vault.verify()).problems, [], home);
    assert.deepEqual(nodeFiles().list(join(vault.root, "trash")), [], home);
    assert.equal(vault.audit().length, isGone ? 1 : 0, home);
    const events = readFileSync(
      join(vault.root, "continuity/users/shard_0000", user.userId, "events/messages.jsonl"),
      "utf8",
    );
    assert.equal(events.includes(purged), !isGone, home);
    assert.deepEqual((await vault.rebuild("all")).differences, [], home);
    return isGone ? "gone" : "whole";
  } finally {
    await vault.close();
  }
}

function isUnknown(ask: () => unknown): boolean {
  try {
    ask();
    return false;
  } catch (error) {
    assert.ok(isChattyError(error, "SESSION_NOT_FOUND"), String(error));
    return true;
  }
}
