import assert from "node:assert/strict";
import { cpSync, chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import type { MessageId, SessionId } from "@chatty/model";
import type { UserVault, Vault } from "../user-vault.ts";
import { openVault } from "../vault/open-vault.ts";
import { mergeBackup } from "./merge-backup.ts";
import type { MergeReport } from "./merge-backup.ts";
import { backupVault } from "./vault-backups.ts";

const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);
const histories = isFull ? 60 : 3;
const environment = "test";

function createRandom(start: number): (limit: number) => number {
  let state = start >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** What a vault says, as far as a union is asked: every message of every session with what it hangs on and says. */
interface Said {
  messages: Map<string, { parentId: string | null; content: string; deleted: boolean }>;
  titles: Map<string, string>;
  stars: Set<string>;
  settings: Record<string, unknown>;
}

async function read(user: UserVault): Promise<Said> {
  const said: Said = { messages: new Map(), titles: new Map(), stars: new Set(), settings: user.settings() };
  for (const sessionId of sessionsOf(user)) {
    const { session, messages } = await user.show(sessionId);
    said.titles.set(sessionId, session.title);
    if (session.starred) said.stars.add(sessionId);
    for (const { id, parentId, content, flags } of messages) {
      const deleted = flags?.includes("deleted") === true;
      said.messages.set(`${sessionId} ${id}`, { parentId, content, deleted });
    }
  }
  return said;
}

function sessionsOf(user: UserVault): SessionId[] {
  const found: SessionId[] = [];
  for (const archived of [false, true]) {
    found.push(...user.sessions({ limit: 500, archived }).sessions.map(({ sessionId }) => sessionId));
  }
  return found;
}

/** Some acts of a person, chosen at random; deletions of what only one side knows are left to it. */
async function act(
  user: UserVault,
  random: (limit: number) => number,
  acts: number,
  who: string,
): Promise<void> {
  for (let index = 0; index < acts; index += 1) {
    const sessions = sessionsOf(user);
    const sessionId = sessions[random(sessions.length)];
    if (sessionId === undefined) return;
    const { messages } = await user.show(sessionId);
    const own = messages.filter(({ flags }) => flags?.includes("past") !== true);
    const message = own[random(own.length)];
    const text = `${who} ${index} ${"word ".repeat(random(12))}`;
    const mine = own.filter(({ content }) => content.startsWith(who));
    const deleted = mine[random(mine.length)];
    switch (random(10)) {
      case 7:
        if (deleted !== undefined) await user.reviseMessage(sessionId, deleted.id, `${text} revised`);
        break;
      case 6:
        if (deleted !== undefined) await user.setMessageDeleted(sessionId, deleted.id, true);
        break;
      case 0:
        await user.createSession({ title: `${who} made ${index}` });
        break;
      case 1:
        await user.renameSession(sessionId, `${who} named ${index}`);
        break;
      case 2:
        if (message !== undefined) {
          await user.append(sessionId, [{ role: "assistant", content: text, parentId: message.id }]);
        }
        break;
      case 3:
        await user.setStarred(sessionId, true);
        break;
      case 4:
        await user.setSettings({ [`${who}${random(3)}`]: index, both: who });
        break;
      case 5:
        if (own.length > 0) {
          const fork = await user.forkSession(sessionId, { at: (message?.id ?? "") as MessageId });
          await user.append(fork.sessionId, [{ role: "user", content: `${text} in a fork` }]);
        }
        break;
      default:
        await user.append(sessionId, [{ role: "user", content: text }]);
    }
  }
}

/** Everything in which a merging of `other` into `one` is not their union with `one` first. */
function faultsOf(before: { one: Said; other: Said }, after: Said): string[] {
  const faults: string[] = [];
  const union = new Map([...before.other.messages, ...before.one.messages]);
  for (const [key, message] of union) {
    const there = after.messages.get(key);
    if (there === undefined) faults.push(`missing ${key}`);
    else if (JSON.stringify(there) !== JSON.stringify(message)) faults.push(`changed ${key}`);
  }
  for (const key of after.messages.keys()) if (!union.has(key)) faults.push(`invented ${key}`);
  const stars = [...new Set([...before.one.stars, ...before.other.stars])].sort();
  if (JSON.stringify([...after.stars].sort()) !== JSON.stringify(stars)) faults.push("stars");
  const settings = { ...before.other.settings, ...before.one.settings };
  if (!isDeepStrictEqual(after.settings, settings)) faults.push("settings");
  return faults;
}

function countsOf({ added }: MergeReport): number {
  return Object.values(added).reduce((sum, count) => sum + count, 0);
}

interface Copies {
  folder: string;
  one: Vault;
  other: Vault;
}

/** Two copies of one vault, open side by side, that went their own ways. */
async function diverge(random: (limit: number) => number): Promise<Copies> {
  const folder = mkdtempSync(join(tmpdir(), "chatty-merge-"));
  const one = join(folder, "one");
  const vault = await openVault({ home: one, environment });
  await act(vault.user(), random, 6 + random(8), "base");
  await vault.close();
  cpSync(one, join(folder, "other"), { recursive: true });
  chmodSync(join(folder, "other", environment), 0o700);
  const copies: Copies = {
    folder,
    one: await openVault({ home: one, environment }),
    other: await openVault({ home: join(folder, "other"), environment }),
  };
  await act(copies.one.user(), random, 3 + random(12), "one");
  await act(copies.other.user(), random, 3 + random(12), "other");
  return copies;
}

describe("merging two copies that went their own ways", () => {
  test("gives their union in both, and nothing of either is written over", async (t) => {
    t.diagnostic(`seed ${seed} (CHATTY_TEST_SEED repeats it)`);
    const counts = { histories: 0, messages: 0, added: 0 };
    for (let history = 0; history < histories; history += 1) {
      const random = createRandom(seed + history * 7919);
      const { folder, one, other } = await diverge(random);
      const label = `seed ${seed}, history ${history}`;
      try {
        const before = { one: await read(one.user()), other: await read(other.user()) };
        await backupVault(other, join(folder, "of-other"), { test: false });
        await backupVault(one, join(folder, "of-one"), { test: false });
        const counted = await mergeBackup(one, join(folder, "of-other"), { dryRun: true });
        assert.deepEqual(await read(one.user()), before.one, `${label}: a dry run changes nothing`);
        const merged = await mergeBackup(one, join(folder, "of-other"));
        await mergeBackup(other, join(folder, "of-one"));
        assert.deepEqual(merged.added, counted.added, label);
        assert.deepEqual(merged.problems, [], label);
        const after = { one: await read(one.user()), other: await read(other.user()) };
        assert.deepEqual(faultsOf(before, after.one), [], label);
        assert.deepEqual(faultsOf({ one: before.other, other: before.one }, after.other), [], label);
        for (const [sessionId, title] of before.one.titles) {
          const base = before.other.titles.get(sessionId);
          // A title that only the other side gave comes over; one that this side gave stays.
          const isOwn =
            title.startsWith("one named") || base === undefined || !base.startsWith("other named");
          assert.equal(after.one.titles.get(sessionId), isOwn ? title : base, label);
        }
        for (const vault of [one, other]) {
          assert.deepEqual((await vault.verify()).problems, [], label);
          assert.deepEqual((await vault.rebuild("all")).differences, [], label);
        }
        assert.equal(
          countsOf(await mergeBackup(one, join(folder, "of-other"))),
          0,
          `${label}: merging again`,
        );
        counts.histories += 1;
        counts.messages += after.one.messages.size;
        counts.added += countsOf(merged);
      } finally {
        await one.close();
        await other.close();
        rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
      }
    }
    t.diagnostic(JSON.stringify(counts));
  });

  test("is seen to be wrong when it forgets or writes over", async () => {
    const { folder, one, other } = await diverge(createRandom(seed));
    try {
      const home = one.user().runtime("synth").homeSessionId;
      await other.user().append(home, [{ role: "user", content: "only here" }]);
      await one.user().append(home, [{ role: "user", content: "and here" }]);
      await other.user().setSettings({ both: "other" });
      await one.user().setSettings({ both: "one" });
      const before = { one: await read(one.user()), other: await read(other.user()) };
      // What a merging leaves that does nothing, and one that puts the backup in the place of the vault.
      assert.ok(faultsOf(before, before.one).some((fault) => fault.startsWith("missing")));
      assert.ok(faultsOf(before, before.other).some((fault) => fault.startsWith("missing")));
      assert.ok(faultsOf(before, before.other).some((fault) => fault.startsWith("settings")));
      const [key, message] = [...before.one.messages][0] ?? [];
      assert.ok(key !== undefined && message !== undefined);
      const changed = new Map([
        ...before.other.messages,
        ...before.one.messages,
        [key, { ...message, content: "new" }],
      ]);
      assert.ok(
        faultsOf(before, { ...before.one, messages: changed }).some((fault) => fault.startsWith("changed")),
      );
    } finally {
      await one.close();
      await other.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  });

  test("goes on where it was stopped", async () => {
    const { folder, one, other } = await diverge(createRandom(seed + 1));
    try {
      for (let index = 0; index < 30; index += 1) {
        const { sessionId } = await other.user().createSession({ title: `late ${index}` });
        await other.user().append(sessionId, [{ role: "user", content: `late ${index}` }]);
      }
      await backupVault(other, join(folder, "of-other"), { test: false });
      const stop = new AbortController();
      const options = {
        signal: stop.signal,
        onProgress: ({ phase, bytesDone }: { phase: string; bytesDone: number }) => {
          if (phase === "merge" && bytesDone > 10) stop.abort();
        },
      };
      await assert.rejects(mergeBackup(one, join(folder, "of-other"), options), { name: "AbortError" });
      assert.deepEqual((await one.verify()).problems, []);
      await mergeBackup(one, join(folder, "of-other"));
      const [mine, theirs] = [await read(one.user()), await read(other.user())];
      for (const key of theirs.messages.keys()) assert.ok(mine.messages.has(key));
      assert.deepEqual((await one.verify()).problems, []);
    } finally {
      await one.close();
      await other.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  });
});
