import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isChattyError } from "@chatty/model";
import type { UserVault } from "@chatty/store";
import { bytesOf, writeHostileExports } from "./full-vault.ts";
import { openTestVault } from "./open-test-vault.ts";
import type { TestVault } from "./open-test-vault.ts";

async function refuses(code: string, ...acts: (() => Promise<unknown>)[]): Promise<void> {
  for (const act of acts) await assert.rejects(act, (error) => isChattyError(error, code), String(act));
}

async function importHostile(opened: TestVault): Promise<string> {
  const [earlier] = writeHostileExports(opened.folder, 4);
  const { runtimeId } = await opened.user.import({ kind: "path", path: earlier });
  return runtimeId;
}

function flags(user: UserVault, name: string): unknown {
  const { title, starred, archived, deleted, home } = user.session(name);
  return { title, starred, archived, deleted, home };
}

describe("undo and redo of a session", () => {
  test("take back and give again every kind of change, in the order in which they were made", async (t) => {
    const opened = await openTestVault(t);
    const { sessionId } = await opened.user.createSession({ title: "One" });
    const [message] = await opened.user.append(sessionId, [{ role: "user", content: "text" }]);
    assert.ok(message !== undefined);
    const steps: (() => Promise<unknown>)[] = [
      () => opened.user.reviseMessage(sessionId, message.messageId, "better text"),
      () => opened.user.renameSession(sessionId, "Two"),
      () => opened.user.setStarred(sessionId, true),
      () => opened.user.setHome(sessionId),
      () => opened.user.setMessageDeleted(sessionId, message.messageId, true),
      () => opened.user.deleteSession(sessionId),
      () => opened.user.setHome(sessionId),
      () => opened.user.setStarred(sessionId, false),
    ];
    const state = async (): Promise<string> => {
      const { messages } = await opened.user.show(sessionId);
      const texts = messages.map(({ content }) => content);
      return JSON.stringify([texts, flags(opened.user, sessionId)]);
    };
    const states = [await state()];
    for (const step of steps) {
      await step();
      states.push(await state());
    }
    await opened.reopen();
    for (const expected of states.slice(0, -1).toReversed()) {
      await opened.user.undo(sessionId);
      assert.equal(await state(), expected);
    }
    await opened.reopen();
    for (const expected of states.slice(1)) {
      await opened.user.redo(sessionId);
      assert.equal(await state(), expected);
    }
    await refuses("NOTHING_TO_REDO", () => opened.user.redo(sessionId));
    await opened.user.undo(sessionId);
    await opened.user.setArchived(opened.user.runtime("lin").homeSessionId, true);
    await opened.user.append(sessionId, [{ role: "user", content: "and more" }]);
    await refuses("NOTHING_TO_REDO", () => opened.user.redo(sessionId));
    assert.deepEqual((await opened.vault.verify()).problems, []);
  });

  test("pass over a home that yet another session took since", async (t) => {
    const { user } = await openTestVault(t);
    const first = await user.createSession({ title: "First" });
    const second = await user.createSession({ title: "Second" });
    await user.setHome(first.sessionId);
    await user.setHome(second.sessionId);
    await refuses("NOTHING_TO_UNDO", () => user.undo(first.sessionId));
    assert.equal(user.session(second.sessionId).home, true);
    await user.undo(second.sessionId);
    assert.equal(user.session(first.sessionId).home, true);
  });

  test("work on what a person did to an imported session, across a new start", async (t) => {
    const opened = await openTestVault(t);
    const runtimeId = await importHostile(opened);
    const [session] = opened.user.sessions({ kind: "imported" }).sessions;
    assert.ok(session !== undefined && session.runtimeId === runtimeId);
    const { sessionId } = session;
    const states = [flags(opened.user, sessionId)];
    for (const step of [
      () => opened.user.renameSession(sessionId, "Mine"),
      () => opened.user.setStarred(sessionId, true),
      () => opened.user.setArchived(sessionId, true),
      () => opened.user.deleteSession(sessionId),
      () => opened.user.restoreSession(sessionId),
    ]) {
      await step();
      states.push(flags(opened.user, sessionId));
    }
    // Restoring takes a session out of the archive as well, which is a step of its own.
    states.splice(-1, 0, { ...(states[3] as object) });
    await opened.reopen();
    for (const expected of states.slice(0, -1).toReversed()) {
      await opened.user.undo(sessionId);
      assert.deepEqual(flags(opened.user, sessionId), expected);
    }
    await refuses("NOTHING_TO_UNDO", () => opened.user.undo(sessionId));
    for (const expected of states.slice(1)) {
      await opened.user.redo(sessionId);
      assert.deepEqual(flags(opened.user, sessionId), expected);
    }
  });
});

describe("undo of runtimes and constructs", () => {
  test("gives a runtime its name and itself back", async (t) => {
    const opened = await openTestVault(t);
    const runtimeId = await importHostile(opened);
    const { name } = opened.user.runtime(runtimeId);
    const { conversationCount } = opened.user.runtime(runtimeId);
    await opened.user.renameRuntime(runtimeId, "Another");
    await opened.user.deleteRuntime(runtimeId);
    assert.equal(opened.user.runtimes({ deleted: true }).length, 1);
    await opened.reopen();
    const back = await opened.user.undoRuntime(runtimeId);
    assert.deepEqual([back.name, back.conversationCount], ["Another", conversationCount]);
    assert.equal((await opened.user.undoRuntime(runtimeId)).name, name);
    await refuses("NOTHING_TO_UNDO", () => opened.user.undoRuntime(runtimeId));
    assert.equal((await opened.user.undoRuntime(runtimeId, "redo")).name, "Another");
    await opened.user.undoRuntime(runtimeId, "redo");
    assert.equal(opened.user.runtimes({ deleted: true }).length, 1);
    await refuses("NOTHING_TO_REDO", () => opened.user.undoRuntime(runtimeId, "redo"));
  });

  test("parts two runtimes again that were joined", async (t) => {
    const opened = await openTestVault(t);
    const [first, second] = writeHostileExports(opened.folder, 4);
    const one = await opened.user.import({ kind: "path", path: first }, { into: "new" });
    const two = await opened.user.import({ kind: "path", path: second }, { into: "new" });
    const looks = (): unknown => opened.user.runtimes().map((runtime) => ({ ...runtime, active: false }));
    const before = looks();
    await opened.user.joinRuntime(two.runtimeId, one.runtimeId);
    const joined = looks();
    assert.notDeepEqual(joined, before);
    await opened.user.undoRuntime(two.runtimeId);
    assert.deepEqual(looks(), before);
    await opened.reopen();
    assert.deepEqual(looks(), before);
    assert.deepEqual((await opened.vault.verify()).problems, []);
    await opened.user.undoRuntime(two.runtimeId, "redo");
    assert.deepEqual(looks(), joined);
  });

  test("gives a deleted construct back with its files, actions, versions and runtime", async (t) => {
    const opened = await openTestVault(t);
    const { user } = opened;
    const made = await user.createConstruct({ name: "Zoe", instructions: "be kind" });
    await user.updateConstruct(made.constructId, { instructions: "be brief" });
    await user.addKnowledgeFile(made.constructId, { name: "facts.md", bytes: bytesOf("facts") });
    await user.putConstructAction(made.constructId, {
      name: "look",
      url: "https://example.org",
      method: "GET",
      headers: {},
      parameters: {},
    });
    const whole = (): unknown => ({
      construct: opened.user.construct(made.constructId),
      files: opened.user.knowledgeFiles(made.constructId),
      actions: opened.user.constructActions(made.constructId),
      versions: opened.user.constructVersions(made.constructId),
    });
    const before = whole();
    await user.deleteConstruct(made.constructId);
    await refuses("CONSTRUCT_NOT_FOUND", () =>
      Promise.resolve().then(() => user.construct(made.constructId)),
    );
    await opened.reopen();
    await opened.user.undoConstruct(made.constructId);
    assert.deepEqual(whole(), before);
    await opened.user.undoConstruct(made.constructId, "redo");
    assert.ok(made.runtimeId !== undefined);
    await opened.user.restoreRuntime(made.runtimeId);
    assert.deepEqual(whole(), before, "a runtime that comes back brings its construct along");
    for (let count = 0; count < 2; count += 1) await opened.user.undoConstruct(made.constructId);
    assert.deepEqual(opened.user.constructActions(made.constructId), []);
    assert.deepEqual(opened.user.knowledgeFiles(made.constructId), []);
    const undone = await opened.user.undoConstruct(made.constructId);
    assert.deepEqual([undone?.instructions, undone?.version], ["be kind", 3]);
    await refuses("NOTHING_TO_UNDO", () => opened.user.undoConstruct(made.constructId));
  });
});
