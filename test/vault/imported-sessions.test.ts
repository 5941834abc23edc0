import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { isChattyError } from "@chatty/model";
import type { Conversation, UserVault } from "@chatty/store";
import { writeHostileExports } from "./full-vault.ts";
import { openTestVault } from "./open-test-vault.ts";
import type { TestVault } from "./open-test-vault.ts";
import { pathsIn } from "./vault-files.ts";

async function importInto(opened: TestVault, path: string): Promise<string> {
  return (await opened.user.import({ kind: "path", path })).runtimeId;
}

function importedIds(user: UserVault): string[] {
  const { sessions } = user.sessions({ limit: 1000 });
  return sessions.filter((session) => session.imported).map(({ sessionId }) => sessionId);
}

/** Texts long enough to be found again wherever they were copied to. */
function canaries(conversation: Conversation): string[] {
  return conversation.messages
    .map(({ content }) => content)
    .filter((content) => /^[ -~]{12,}$/.test(content));
}

function copiesIn(folder: string, texts: readonly string[]): string[] {
  return pathsIn(folder).filter((path) => {
    const bytes = readFileSync(join(folder, path));
    return texts.some((text) => bytes.includes(text));
  });
}

async function isReadOnly(act: () => Promise<unknown>): Promise<void> {
  await assert.rejects(
    act,
    (error) => isChattyError(error, "SESSION_READ_ONLY") && error.hint !== undefined,
    String(act),
  );
}

describe("imported sessions", () => {
  test("take no message, no purge and no home, and say what to do instead", async (t) => {
    const opened = await openTestVault(t);
    const { user } = opened;
    const [earlier] = writeHostileExports(opened.folder, 6);
    await importInto(opened, earlier);
    const [id = ""] = importedIds(user);
    const before = await user.show(id);
    await isReadOnly(() => user.append(id, [{ role: "user", content: "x" }]));
    await assert.rejects(user.undo(id), (error) => isChattyError(error, "NOTHING_TO_UNDO"));
    await isReadOnly(() => user.setHome(id));
    await isReadOnly(() => user.tail(id, 5));
    await user.deleteSession(id);
    await isReadOnly(() => user.purgeSession(id));
    await user.restoreSession(id);
    assert.deepEqual(await user.show(id), before);
  });

  test("keep what a person did to them when a later export comes, and what was deleted stays deleted", async (t) => {
    const opened = await openTestVault(t);
    const [earlier, later] = writeHostileExports(opened.folder, 20);
    await importInto(opened, earlier);
    const ids = importedIds(opened.user);
    const [renamed = "", starred = "", archived = "", deleted = ""] = ids;
    await opened.user.renameSession(renamed, "My title");
    await opened.user.setStarred(starred, true);
    await opened.user.setArchived(archived, true);
    await opened.user.deleteSession(deleted);
    const check = (user: UserVault, when: string): void => {
      assert.equal(user.session(renamed).title, "My title", when);
      assert.equal(user.session(starred).starred, true, when);
      assert.equal(user.session(archived).archived, true, when);
      const listed = [...importedIds(user)];
      assert.ok(!listed.includes(deleted) && !listed.includes(archived), when);
      assert.ok(listed.includes(renamed) && listed.includes(starred), when);
    };
    check(opened.user, "at once");
    await importInto(opened, later);
    check(opened.user, "after a later export");
    await importInto(opened, earlier);
    check(opened.user, "after the first one again");
    await opened.vault.rebuild("all");
    check(opened.user, "after a rebuild");
    await opened.reopen();
    check(opened.user, "after opening again");
    await opened.user.restoreSession(deleted);
    assert.ok(importedIds(opened.user).includes(deleted));
    assert.deepEqual((await opened.vault.verify()).problems, []);
  });

  test("are forked with everything shown and nothing copied into the tree of native sessions", async (t) => {
    const opened = await openTestVault(t);
    const { user, vault } = opened;
    const [earlier] = writeHostileExports(opened.folder, 20);
    const runtimeId = await importInto(opened, earlier);
    let forks = 0;
    const texts: string[] = [];
    for (const id of importedIds(user)) {
      const source = await user.show(id);
      texts.push(...canaries(source));
      const middle = source.activePath[Math.floor(source.activePath.length / 2)];
      if (middle === undefined) continue;
      const fork = await user.forkSession(id, { at: middle });
      const [own] = await user.append(fork.sessionId, [{ role: "user", content: "going on" }]);
      const shown = await user.show(fork.sessionId);
      assert.equal(fork.runtimeId, runtimeId);
      assert.equal(fork.imported, false);
      const until = source.activePath.slice(0, source.activePath.indexOf(middle) + 1);
      assert.deepEqual(shown.activePath, [...until, own?.messageId]);
      assert.equal(shown.messages.length, until.length + 1);
      const past = source.messages.filter((message) => until.includes(message.id));
      assert.deepEqual(
        shown.messages.slice(0, -1).map(({ id: messageId, content, role }) => [messageId, content, role]),
        past.map(({ id: messageId, content, role }) => [messageId, content, role]),
      );
      const { forks: links } = (await user.show(id)).session.metadata as { forks?: string[] };
      assert.deepEqual(links, [fork.sessionId]);
      forks += 1;
    }
    assert.ok(forks > 5 && texts.length > 20, `${forks} forks, ${texts.length} texts`);
    await vault.settle();
    await vault.rebuild("all");
    assert.deepEqual(copiesIn(join(opened.root, "vvault"), texts), []);
    assert.deepEqual(copiesIn(join(opened.root, "continuity"), texts), []);
    assert.ok(copiesIn(join(opened.root, "imports"), texts).length > 0, "the search finds what is there");
    const homes = user.runtimes().map((runtime) => runtime.homeSessionId);
    const folders = pathsIn(join(opened.root, "vvault")).filter((path) => path.endsWith("/messages.jsonl"));
    assert.equal(folders.length, homes.length + forks, "homes and forks are all that is there");
    assert.deepEqual((await vault.verify()).problems, []);
  });

  test("stay what they were in a fork when a later export changes them", async (t) => {
    const opened = await openTestVault(t);
    const [earlier, later] = writeHostileExports(opened.folder, 20);
    await importInto(opened, earlier);
    const said = ({ activePath, messages }: Conversation): unknown[] => {
      const onPath = messages.filter((message) => activePath.includes(message.id));
      return [activePath, onPath.map(({ id, role, content, timestamp }) => [id, role, content, timestamp])];
    };
    const forks = new Map<string, unknown[]>();
    for (const id of importedIds(opened.user)) {
      const source = await opened.user.show(id);
      if (source.activePath.length === 0) continue;
      forks.set((await opened.user.forkSession(id)).sessionId, said(source));
    }
    await importInto(opened, later);
    for (const [fork, before] of forks) assert.deepEqual(said(await opened.user.show(fork)), before);
    assert.deepEqual((await opened.vault.verify()).problems, []);
  });

  test("show what was imported of them at a moment of the past", async (t) => {
    let nowMs = 1_700_000_000_000;
    const opened = await openTestVault(t, () => (nowMs += 1));
    const [earlier, later] = writeHostileExports(opened.folder, 20);
    const beforeAll = nowMs;
    await importInto(opened, earlier);
    const between = nowMs;
    const shown = new Map<string, Conversation>();
    for (const id of importedIds(opened.user)) shown.set(id, await opened.user.show(id));
    await importInto(opened, later);
    let changed = 0;
    for (const [id, before] of shown) {
      const then = await opened.user.show(id, { at: between });
      assert.deepEqual([then.activePath, then.messages], [before.activePath, before.messages]);
      const now = await opened.user.show(id);
      if (JSON.stringify(now.messages) !== JSON.stringify(then.messages)) changed += 1;
      await assert.rejects(opened.user.show(id, { at: beforeAll }), (error) =>
        isChattyError(error, "SESSION_NOT_FOUND"),
      );
    }
    assert.ok(changed > 2, `${changed} changed`);
  });
});
