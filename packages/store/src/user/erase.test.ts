import assert from "node:assert/strict";
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { isChattyError } from "@chatty/model";
import { nodeFiles } from "../files/node-files.ts";
import { watchFiles } from "../testing/watched-files.ts";
import type { FileCall } from "../testing/watched-files.ts";
import type { UserVault, Vault } from "../user-vault.ts";
import { openVault } from "../vault/open-vault.ts";

const environment = "test";
const canary = "canary-that-stands-nowhere-else";
const isFull = process.env["CHATTY_TEST_FULL"] === "1";
/** Calls from one moment that is looked at to the next. */
const callsApart = isFull ? 1 : 11;

/** Calls that change what another process would find. */
const changing: readonly FileCall["kind"][] = [
  "write",
  "truncate",
  "rename",
  "remove",
  "remove-directory",
  "make-directory",
  "open",
];

async function fill(user: UserVault): Promise<{ runtimeId: string }> {
  // Ids may stay in the audit; those of runtimes are made from names unless they are given.
  const draft = { name: `Zoe ${canary}`, constructId: "zoe-001", instructions: canary };
  const construct = await user.createConstruct(draft);
  const runtimeId = construct.runtimeId ?? "";
  for (let count = 0; count < 2; count += 1) {
    const { sessionId } = await user.createSession({ runtime: runtimeId, title: `${canary} ${count}` });
    await user.append(sessionId, [{ role: "user", content: canary }]);
    await user.setDraft(sessionId, canary);
  }
  return { runtimeId };
}

/** Copies what a process leaves that is killed right before each changing call of `act`. */
async function momentsOf(
  t: TestContext,
  act: (vault: Vault, user: UserVault) => Promise<unknown>,
): Promise<{ folders: string[]; userId: string }> {
  const folder = mkdtempSync(join(tmpdir(), "chatty-erase-"));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const home = join(folder, "home");
  const folders: string[] = [];
  let isWatching = false;
  let calls = 0;
  const copy = (): void => {
    isWatching = false;
    const to = join(folder, `moment-${folders.length}`);
    cpSync(home, to, { recursive: true, preserveTimestamps: true });
    chmodSync(join(to, environment), 0o700);
    folders.push(to);
    isWatching = true;
  };
  const files = watchFiles(nodeFiles(), {
    before: ({ kind }) => {
      if (!isWatching || !changing.includes(kind)) return;
      if (calls % callsApart === 0) copy();
      calls += 1;
    },
  });
  const vault = await openVault({ home, environment }, { files });
  const other = vault.user();
  const kept = await other.createSession({ title: "Kept" });
  await other.append(kept.sessionId, [{ role: "user", content: "kept" }]);
  const user = await vault.createUser("second");
  await fill(user);
  await vault.settle();
  isWatching = true;
  await act(vault, user);
  copy();
  isWatching = false;
  await vault.close();
  return { folders, userId: user.userId };
}

function isCanaryIn(folder: string): boolean {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .some((entry) => readFileSync(join(entry.parentPath, entry.name)).includes(canary));
}

/** Opens what was left and says whether the act has happened, wholly, or not at all. */
async function outcomeOf(home: string, isThere: (vault: Vault) => boolean): Promise<"whole" | "gone"> {
  const vault = await openVault({ home, environment });
  let outcome: "whole" | "gone" = "whole";
  try {
    if (!isThere(vault)) outcome = "gone";
    assert.deepEqual((await vault.verify()).problems, [], home);
    if (outcome === "gone") assert.equal(isCanaryIn(home), false, `${home}, open`);
  } finally {
    await vault.close();
  }
  if (outcome === "gone") assert.equal(isCanaryIn(home), false, `${home}, closed`);
  return outcome;
}

async function check(
  t: TestContext,
  made: { folders: string[] },
  isThere: (vault: Vault) => boolean,
): Promise<void> {
  const { folders } = made;
  assert.ok(folders.length > 4, `${folders.length} moments`);
  const outcomes = [];
  for (const folder of folders) outcomes.push(await outcomeOf(folder, isThere));
  const firstGone = outcomes.indexOf("gone");
  assert.deepEqual([outcomes[0], outcomes.at(-1)], ["whole", "gone"]);
  assert.ok(
    outcomes.every((outcome, index) => outcome === (index < firstGone ? "whole" : "gone")),
    outcomes.join(" "),
  );
  t.diagnostic(`${folders.length} moments: ${firstGone} whole, then gone`);
}

describe("removing for good, cut short at any moment", () => {
  test("an account is whole or gone, and the other one is as it was", async (t) => {
    const made = await momentsOf(t, (vault, user) => vault.eraseUser(user.userId));
    await check(t, made, (vault) => {
      const users = vault.users().map(({ userId }) => userId);
      const other = vault.user(users.find((userId) => userId !== made.userId));
      assert.ok(other.sessions({ title: "Kept" }).sessions.length === 1);
      return users.includes(made.userId);
    });
  });

  test("a runtime with its conversations is whole or gone", async (t) => {
    const made = await momentsOf(t, async (_vault, user) => {
      const custom = user.runtimes().find(({ kind }) => kind === "custom");
      await user.deleteRuntime(custom?.runtimeId ?? "");
      await user.purgeRuntime(custom?.runtimeId ?? "");
    });
    await check(t, made, (vault) => {
      try {
        vault.user(made.userId).runtime("zoe");
        return true;
      } catch (error) {
        assert.ok(isChattyError(error, "RUNTIME_NOT_FOUND"), String(error));
        return false;
      }
    });
  });
});
