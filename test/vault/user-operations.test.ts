import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { SessionId } from "@chatty/model";
import { isChattyError } from "@chatty/model";
import type { UserVault } from "@chatty/store";
import { bytesOf } from "./full-vault.ts";
import { dieAfter, eventsOf, openTestVault, transcripts } from "./open-test-vault.ts";
import type { TestVault } from "./open-test-vault.ts";

async function say(user: UserVault, session: string, ...texts: string[]): Promise<string[]> {
  const drafts = texts.map((content) => ({ role: "user" as const, content }));
  return (await user.append(session, drafts)).map(({ messageId }) => messageId);
}

async function textsOf(user: UserVault, session: string): Promise<string[]> {
  return (await user.show(session)).messages.map(({ content }) => content);
}

function shortName(title: string, sessionId: SessionId, opened: TestVault): string {
  const found = transcripts(opened, "synth-001").filter((name) => name.startsWith(`${title}--`));
  assert.equal(found.length, 1, `one transcript of ${sessionId}: ${found.join(", ")}`);
  return found[0] ?? "";
}

async function refuses(code: string, ...acts: (() => Promise<unknown>)[]): Promise<void> {
  for (const act of acts) await assert.rejects(act, (error) => isChattyError(error, code), String(act));
}

describe("sessions", () => {
  test("begin in the active runtime, or in the one that is named", async (t) => {
    const opened = await openTestVault(t);
    const { user } = opened;
    assert.equal((await user.createSession()).runtimeId, "synth");
    await user.selectRuntime("lin");
    const made = await user.createSession({ title: " T " });
    assert.deepEqual([made.runtimeId, made.constructId, made.title], ["lin", "lin-001", " T "]);
    assert.equal((await user.createSession({ runtime: "SYNTH-001-001" })).runtimeId, "synth");
    const id = "0198c0de-0000-7000-8000-00000000abcd" as SessionId;
    const once = await user.createSession({ id, title: "once" });
    assert.deepEqual(await user.createSession({ id, title: "again" }), once);
    const wrong = "../../../../tmp/out" as SessionId;
    await assert.rejects(user.createSession({ id: wrong }));
    await assert.rejects(user.forkSession(id, { id: wrong }));
    await refuses("TITLE_INVALID", () => user.createSession({ title: " " }));
    await refuses("RUNTIME_NOT_FOUND", () => user.createSession({ runtime: "nobody" }));
  });

  test("take their transcript along when they are renamed", async (t) => {
    const opened = await openTestVault(t);
    const { user, vault } = opened;
    const { sessionId } = await user.createSession({ title: "Before" });
    await say(user, sessionId, "text");
    await vault.settle();
    const text = readFileSync(
      join(opened.native, "instances/synth-001/chatty", shortName("before", sessionId, opened)),
      "utf8",
    );
    assert.equal((await user.renameSession(sessionId, "After: a/b")).title, "After: a/b");
    await vault.settle();
    const names = transcripts(opened, "synth-001");
    assert.equal(names.length, 2, names.join(", "));
    const renamed = names.find((name) => name.startsWith("after"));
    assert.ok(renamed !== undefined, names.join(", "));
    const later = readFileSync(join(opened.native, "instances/synth-001/chatty", renamed), "utf8");
    assert.ok(later.startsWith(text) && later.length > text.length, "a transcript only grows");
    await refuses(
      "TITLE_INVALID",
      () => user.renameSession(sessionId, ""),
      () => user.renameSession(sessionId, "x".repeat(2001)),
    );
    await opened.reopen();
    assert.equal(opened.user.session(sessionId).title, "After: a/b");
  });

  test("become the home, whose slug and file name follow", async (t) => {
    const opened = await openTestVault(t);
    const { user, vault } = opened;
    const former = user.runtime("synth").homeSessionId;
    await say(user, former, "in the former home");
    const { sessionId } = await user.createSession({ title: "Candidate" });
    await say(user, sessionId, "in the new home");
    await vault.settle();
    shortName("candidate", sessionId, opened);
    const home = await user.setHome(sessionId);
    assert.deepEqual([home.home, home.aliases[0]], [true, "synth-001_chat_with_synth-001"]);
    await vault.settle();
    const slugs = ["synth-001_chat_with_synth-001", "chat_with_synth-001", "CHAT_WITH_SYNTH-001.MD"];
    for (const slug of slugs) assert.equal(user.resolveSession(slug), sessionId, slug);
    assert.deepEqual(user.session(former).aliases, []);
    const names = transcripts(opened, "synth-001");
    assert.deepEqual(
      names.filter((name) => name === "chat_with_synth-001.md" || name.startsWith("synth--")).length,
      2,
      names.join(", "),
    );
    const read = (name: string): string =>
      readFileSync(join(opened.native, "instances/synth-001/chatty", name), "utf8");
    assert.match(read("chat_with_synth-001.md"), /in the new home/);
    assert.match(read(shortName("synth", former, opened)), /in the former home/);
    await user.setHome(former);
    await vault.settle();
    assert.match(read("chat_with_synth-001.md"), /in the former home/);
    assert.match(read(shortName("candidate", sessionId, opened)), /in the new home/);
    assert.equal((await vault.verify()).ok, true);
    const [first] = user.sessions({ runtimeId: home.runtimeId }).sessions;
    assert.equal(first?.sessionId, former, "the home comes first");
  });

  test("that are archived or deleted must be there to become the home", async (t) => {
    const { user } = await openTestVault(t);
    const { sessionId } = await user.createSession({ title: "T" });
    await user.setArchived(sessionId, true);
    const home = await user.setHome(sessionId);
    assert.deepEqual([home.home, home.archived], [true, false]);
    const other = await user.createSession({ title: "U" });
    await user.deleteSession(other.sessionId);
    await refuses("SESSION_DELETED", () => user.setHome(other.sessionId));
  });

  test("are starred, archived, deleted and brought back, each more than once without harm", async (t) => {
    const opened = await openTestVault(t);
    const { user } = opened;
    const { sessionId } = await user.createSession({ title: "T" });
    const has = (query: object): boolean =>
      user.sessions(query).sessions.some((session) => session.sessionId === sessionId);
    for (const starred of [true, true, false, false, true]) {
      assert.equal((await user.setStarred(sessionId, starred)).starred, starred);
      assert.equal(has({ starred: true }), starred);
    }
    for (const archived of [true, true, false, true]) {
      assert.equal((await user.setArchived(sessionId, archived)).archived, archived);
      assert.deepEqual([has({}), has({ archived: true })], [!archived, archived]);
    }
    await user.deleteSession(sessionId);
    await user.deleteSession(sessionId);
    assert.deepEqual([has({}), has({ archived: true }), has({ starred: true })], [false, false, false]);
    assert.ok(has({ deleted: true }));
    await refuses(
      "SESSION_DELETED",
      () => say(user, sessionId, "x"),
      () => user.renameSession(sessionId, "x"),
    );
    await opened.reopen();
    const restored = await opened.user.restoreSession(sessionId);
    assert.deepEqual([restored.archived, restored.starred], [false, true]);
    assert.deepEqual((await opened.vault.verify()).problems, []);
  });

  test("that are a home leave an empty one behind when they are deleted or archived", async (t) => {
    const opened = await openTestVault(t);
    const { user, vault } = opened;
    for (const retire of [
      (id: string) => user.deleteSession(id),
      (id: string) => user.setArchived(id, true),
    ]) {
      const former = user.runtime("synth").homeSessionId;
      await say(user, "chat_with_synth-001", "kept");
      const view = await retire(former);
      assert.deepEqual([view.home, view.archived], [false, true]);
      const home = user.session("synth-001_chat_with_synth-001");
      assert.notEqual(home.sessionId, former);
      assert.deepEqual([home.home, home.messageCount], [true, 0]);
      assert.deepEqual(await textsOf(user, former), ["kept"]);
      await vault.settle();
      assert.ok(transcripts(opened, "synth-001").includes("chat_with_synth-001.md"));
      const back = await user.restoreSession(former);
      assert.deepEqual([back.home, back.archived], [false, false]);
    }
    assert.deepEqual((await vault.verify()).problems, []);
  });

  test("keep a home that is there when undo takes back a restoration or an unarchiving", async (t) => {
    const { user, vault } = await openTestVault(t);
    for (const [hide, show] of [
      [(id: string) => user.deleteSession(id), (id: string) => user.restoreSession(id)],
      [(id: string) => user.setArchived(id, true), (id: string) => user.setArchived(id, false)],
    ] as const) {
      const { sessionId } = await user.createSession({ title: "T" });
      await hide(sessionId);
      await show(sessionId);
      await user.setHome(sessionId);
      await user.undo(sessionId);
      const home = user.session(user.runtime("synth").homeSessionId);
      assert.notEqual(home.sessionId, sessionId);
      assert.deepEqual([home.home, home.archived], [true, false]);
      assert.ok(user.sessions().sessions.some((session) => session.sessionId === home.sessionId));
      await say(user, "chat_with_synth-001", "the home takes messages");
    }
    assert.deepEqual((await vault.verify()).problems, []);
  });

  test("are undone step by step until nothing is left, by new records only", async (t) => {
    const opened = await openTestVault(t);
    const { user } = opened;
    const { sessionId } = await user.createSession({ title: "First" });
    await say(user, sessionId, "a", "b");
    await user.renameSession(sessionId, "Second");
    await user.setArchived(sessionId, true);
    await user.deleteSession(sessionId);
    const journal = (): Buffer =>
      readFileSync(join(opened.native, "instances/synth-001/sessions", sessionId, "messages.jsonl"));
    await opened.vault.settle();
    const before = journal();
    const seen: unknown[] = [];
    for (;;) {
      try {
        const { title, archived, messageCount } = await user.undo(sessionId);
        seen.push([title, archived, messageCount]);
      } catch (error) {
        assert.ok(isChattyError(error, "NOTHING_TO_UNDO"), String(error));
        break;
      }
    }
    assert.deepEqual(seen, [
      ["Second", true, 2],
      ["Second", false, 2],
      ["First", false, 2],
      ["First", false, 1],
      ["First", false, 0],
    ]);
    await opened.vault.settle();
    assert.ok(journal().subarray(0, before.length).equals(before), "the journal only grew");
    await opened.reopen();
    assert.equal(opened.user.session(sessionId).title, "First");
    assert.deepEqual((await opened.vault.verify()).problems, []);
    assert.equal((await opened.vault.rebuild("all")).identical, true);
  });

  test("are forked with their past shown and nothing copied, also from a fork", async (t) => {
    const opened = await openTestVault(t);
    const { user } = opened;
    const { sessionId } = await user.createSession({ title: "Origin" });
    const [a, b] = await say(user, sessionId, "canary-a", "canary-b", "canary-c");
    assert.ok(a !== undefined && b !== undefined);
    const whole = await user.forkSession(sessionId);
    assert.deepEqual(await textsOf(user, whole.sessionId), ["canary-a", "canary-b", "canary-c"]);
    const fork = await user.forkSession(sessionId, { at: b as never, runtime: "lin" });
    assert.deepEqual([fork.runtimeId, fork.messageCount], ["lin", 2]);
    await say(user, fork.sessionId, "on its own");
    await say(user, sessionId, "later in the origin");
    const expected = ["canary-a", "canary-b", "on its own"];
    assert.deepEqual(await textsOf(user, fork.sessionId), expected);
    const shown = await user.show(fork.sessionId);
    assert.deepEqual(
      shown.messages.map((message) => message.flags?.includes("past") === true),
      [true, true, false],
    );
    assert.equal(shown.messages[2]?.parentId, b);
    assert.equal(shown.activePath.length, 3);
    const second = await user.forkSession(fork.sessionId);
    await say(user, second.sessionId, "once more");
    assert.deepEqual(await textsOf(user, second.sessionId), [...expected, "once more"]);
    await opened.reopen();
    assert.deepEqual(await textsOf(opened.user, second.sessionId), [...expected, "once more"]);
    for (const { sessionId: id, constructId } of [fork, second]) {
      const folder = join(opened.native, "instances", constructId, "sessions", id);
      assert.ok(
        !readFileSync(join(folder, "messages.jsonl"), "utf8").includes("canary"),
        "nothing is copied",
      );
    }
    await refuses("MESSAGE_NOT_FOUND", () =>
      opened.user.forkSession(sessionId, { at: "0198c0de-0000-7000-8000-00000000abcd" as never }),
    );
    assert.deepEqual((await opened.vault.verify()).problems, []);
    assert.equal((await opened.vault.rebuild("all")).identical, true);
  });

  test("show what they were at a moment of the past", async (t) => {
    let nowMs = 1_700_000_000_000;
    const opened = await openTestVault(t, () => (nowMs += 1_000));
    const { user } = opened;
    const { sessionId } = await user.createSession({ title: "Early" });
    const moments: number[] = [];
    const mark = (): void => void moments.push(nowMs);
    await say(user, sessionId, "a");
    mark();
    await say(user, sessionId, "b");
    await user.renameSession(sessionId, "Late");
    mark();
    await user.undo(sessionId);
    await user.undo(sessionId);
    mark();
    const seen = [];
    for (const at of moments) {
      const shown = await user.show(sessionId, { at });
      seen.push([shown.session.title, shown.messages.map(({ content }) => content)]);
    }
    assert.deepEqual(seen, [
      ["Early", ["a"]],
      ["Late", ["a", "b"]],
      ["Early", ["a"]],
    ]);
  });
});

describe("purging a session", () => {
  async function makePurged(t: Parameters<typeof openTestVault>[0]): Promise<[TestVault, SessionId]> {
    const opened = await openTestVault(t);
    const { user } = opened;
    const { sessionId } = await user.createSession({ title: "Secret" });
    await user.append(
      sessionId,
      [{ role: "user", content: "canary-purged" }],
      [{ name: "a.txt", bytes: bytesOf("attached") }],
    );
    await refuses("SESSION_NOT_DELETED", () => user.purgeSession(sessionId));
    await user.setStarred(sessionId, true);
    await user.deleteSession(sessionId);
    return [opened, sessionId];
  }

  function isGone(opened: TestVault, sessionId: SessionId): void {
    const { root, user, native } = opened;
    assert.throws(
      () => user.session(sessionId),
      (error) => isChattyError(error, "SESSION_NOT_FOUND"),
    );
    for (const query of [{}, { archived: true }, { starred: true }]) {
      assert.ok(!user.sessions(query).sessions.some((session) => session.sessionId === sessionId));
    }
    assert.ok(!existsSync(join(native, "instances/synth-001/sessions", sessionId)));
    assert.ok(!transcripts(opened, "synth-001").some((name) => name.startsWith("secret")));
    assert.ok(!existsSync(join(root, "trash")), "nothing is kept of it");
    const told = opened.vault.audit().filter((entry) => entry.sessionId === sessionId);
    assert.deepEqual(
      told.map(({ kind, reason }) => [kind, reason]),
      [["session_purged", "asked"]],
    );
  }

  test("removes all of it, and no opening brings it back", async (t) => {
    const [opened, sessionId] = await makePurged(t);
    await opened.vault.settle();
    await opened.user.purgeSession(sessionId);
    await opened.vault.settle();
    isGone(opened, sessionId);
    assert.deepEqual((await opened.vault.verify()).problems, []);
    for (let round = 0; round < 2; round += 1) {
      await opened.reopen();
      isGone(opened, sessionId);
    }
    const index = readFileSync(join(opened.native, "session_index.json"), "utf8");
    assert.ok(!index.includes(sessionId));
    assert.deepEqual((await opened.vault.verify()).problems, []);
  });

  test("leaves nothing for a rebuild to find different", async (t) => {
    const [opened, sessionId] = await makePurged(t);
    await opened.user.purgeSession(sessionId);
    await opened.vault.settle();
    const report = await opened.vault.rebuild("all");
    assert.deepEqual(report.differences, []);
    isGone(opened, sessionId);
    const told = [
      ...(await eventsOf(opened, "conversations")),
      ...(await eventsOf(opened, "messages")),
    ].filter((event) => event["sessionId"] === sessionId);
    assert.deepEqual(told, [], "no event tells of it any more");
  });

  test("is done when it says so, also when the process is killed right afterwards", async (t) => {
    const [opened, sessionId] = await makePurged(t);
    await opened.vault.settle();
    await opened.vault.close();
    dieAfter(opened.home, `await user.purgeSession(${JSON.stringify(sessionId)});`);
    await opened.reopen();
    isGone(opened, sessionId);
    assert.deepEqual((await opened.vault.verify()).problems, []);
    await opened.vault.rebuild("all");
    isGone(opened, sessionId);
  });
});
