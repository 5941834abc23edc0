import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import type { SessionId } from "@chatty/model";
import { nodeFiles } from "../files/node-files.ts";
import { watchFiles } from "../testing/watched-files.ts";
import { openVault } from "../vault/open-vault.ts";

const environment = "test";
const sessionId = "0198c0de-0000-7000-8000-00000000c057" as SessionId;

/** What was read and written, by path without the ids of a vault. */
type Cost = Record<string, number>;

interface Counted {
  reads: Cost;
  writes: Cost;
}

/** A vault with one session of so many messages of equal length, closed again. */
async function makeVault(t: TestContext, messages: number): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), "chatty-cost-"));
  t.after(() => rmSync(home, { recursive: true, force: true, maxRetries: 3 }));
  const vault = await openVault({ home, environment });
  const user = vault.user();
  await user.createSession({ title: "T", id: sessionId });
  for (let from = 0; from < messages; from += 1000) {
    const count = Math.min(1000, messages - from);
    await user.append(
      sessionId,
      Array.from({ length: count }, (_, index) => ({
        role: "user" as const,
        content: String(from + index)
          .padStart(9, "0")
          .repeat(40),
      })),
    );
  }
  await vault.close();
  return home;
}

/** Opens the vault, does one thing, and counts what that alone reads and writes of files. */
async function costOf(
  home: string,
  act: (user: ReturnType<Awaited<ReturnType<typeof openVault>>["user"]>) => Promise<unknown>,
): Promise<Counted> {
  const counted: Counted = { reads: {}, writes: {} };
  let isCounting = false;
  const files = watchFiles(nodeFiles(), {
    before: ({ kind, path, length = 0 }) => {
      if (!isCounting || (kind !== "read" && kind !== "write")) return;
      const name = path.slice(home.length).replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "{id}");
      const cost = kind === "read" ? counted.reads : counted.writes;
      cost[name] = (cost[name] ?? 0) + length;
    },
  });
  const vault = await openVault({ home, environment }, { files });
  isCounting = true;
  await act(vault.user());
  isCounting = false;
  await vault.close();
  return counted;
}

function sum(cost: Cost): number {
  return Object.values(cost).reduce((total, bytes) => total + bytes, 0);
}

describe("the cost of a session in a freshly opened vault", () => {
  test("does not grow with what was said before", async (t) => {
    const homes = { short: await makeVault(t, 1_000), long: await makeVault(t, 20_000) };
    const tail = {
      short: await costOf(homes.short, (user) => user.tail(sessionId, 20)),
      long: await costOf(homes.long, (user) => user.tail(sessionId, 20)),
    };
    assert.deepEqual(tail.long, tail.short);
    assert.ok(sum(tail.long.reads) > 0 && sum(tail.long.reads) <= 1024 * 1024, JSON.stringify(tail.long));
    assert.deepEqual(tail.long.writes, {});

    const append = (user: Parameters<Parameters<typeof costOf>[1]>[0]): Promise<unknown> =>
      user.append(sessionId, [{ role: "user", content: "one more" }]);
    const short = await costOf(homes.short, append);
    const long = await costOf(homes.long, append);
    assert.deepEqual(Object.keys(long.reads), Object.keys(short.reads));
    assert.deepEqual(long.reads, short.reads);
    assert.ok(sum(long.reads) <= 1024 * 1024, JSON.stringify(long.reads));
    assert.ok(Math.abs(sum(long.writes) - sum(short.writes)) < 64, "but for the digits of offsets");
  });

  test("does not grow with it when the last change is taken back", async (t) => {
    const homes = { short: await makeVault(t, 1_000), long: await makeVault(t, 20_000) };
    const undoAndRedo = async (user: Parameters<Parameters<typeof costOf>[1]>[0]): Promise<void> => {
      await user.renameSession(sessionId, "Another title");
      await user.setArchived(sessionId, true);
      for (let count = 0; count < 3; count += 1) await user.undo(sessionId);
      for (let count = 0; count < 3; count += 1) await user.redo(sessionId);
      await user.deleteSession(sessionId);
      await user.undo(sessionId);
    };
    const short = await costOf(homes.short, undoAndRedo);
    const long = await costOf(homes.long, undoAndRedo);
    assert.ok(sum(short.reads) > 0);
    assert.ok(sum(long.reads) <= sum(short.reads) * 1.1, `${sum(long.reads)} and ${sum(short.reads)} bytes`);
  });

  test("is small for a small session as well", async (t) => {
    const home = await makeVault(t, 100);
    const { reads } = await costOf(home, (user) => user.tail(sessionId, 20));
    assert.ok(sum(reads) <= 1024 * 1024, JSON.stringify(reads));
  });
});

describe("the last messages", () => {
  test("are as many as asked for, whatever other records stand behind them", async (t) => {
    const home = await makeVault(t, 50);
    const vault = await openVault({ home, environment });
    try {
      const user = vault.user();
      const { messages } = await user.show(sessionId);
      for (let round = 0; round < 30; round += 1) await user.renameSession(sessionId, `Title ${round}`);
      const [own] = await user.append(sessionId, [{ role: "user", content: "taken back" }]);
      await user.undo(sessionId);
      const seen = await user.tail(sessionId, 20);
      assert.deepEqual(
        seen.map(({ id }) => id),
        messages.slice(-20).map(({ id }) => id),
      );
      assert.ok(!seen.some(({ id }) => id === own?.messageId));
      assert.equal((await user.tail(sessionId, 500)).length, 50);
      const [branch] = await user.append(sessionId, [
        { role: "user", content: "a branch", parentId: messages[3]?.id ?? null },
      ]);
      assert.equal(
        (await user.tail(sessionId, 2)).at(-1)?.id,
        branch?.messageId,
        "journal order, not tree order",
      );
      assert.deepEqual(await user.tail(sessionId, 0), []);
    } finally {
      await vault.close();
    }
  });
});
