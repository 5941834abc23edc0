import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { isChattyError } from "@chatty/model";
import { chatgptExportOf, hostileConversations } from "../fidelity/hostile-export.ts";
import { writeZip } from "../fidelity/zip-writer.ts";
import { eventsOf, openTestVault } from "./open-test-vault.ts";
import type { TestVault } from "./open-test-vault.ts";

async function importAccount(opened: TestVault, name: string, seed: number): Promise<string> {
  const path = join(opened.folder, `${name}.zip`);
  const account = { id: `user-${name}`, email: `${name}@example.org` };
  const made = chatgptExportOf(hostileConversations(seed, 6), { isWhole: true, account });
  writeFileSync(path, writeZip(made.members));
  return (await opened.user.import({ kind: "path", path })).runtimeId;
}

function activeOf(opened: TestVault): string[] {
  return opened.user.runtimes().flatMap((runtime) => (runtime.active ? [runtime.runtimeId] : []));
}

/** What each selection said: type, runtime, the one before, who did it. */
async function selections(opened: TestVault): Promise<unknown[][]> {
  return (await eventsOf(opened, "runtime_selections")).map((event) => [
    event["eventType"],
    event["runtimeId"],
    event["previousRuntimeId"],
    event["source"],
  ]);
}

describe("runtimes", () => {
  test("are selected one after the other, and each event names the one before", async (t) => {
    const opened = await openTestVault(t);
    assert.deepEqual(activeOf(opened), ["synth"]);
    await opened.user.selectRuntime("lin");
    await opened.user.selectRuntime("LIN-001");
    await opened.user.selectRuntime("synth-001-001");
    const runtimeId = await importAccount(opened, "alex", 1);
    assert.deepEqual(activeOf(opened), [runtimeId]);
    await opened.user.selectRuntime("lin");
    const expected = [
      ["runtime_selected", "synth", undefined, "auto_restore"],
      ["runtime_switched", "lin", "synth", "user_action"],
      ["runtime_switched", "synth", "lin", "user_action"],
      ["runtime_imported", runtimeId, "synth", "import"],
      ["runtime_switched", "lin", runtimeId, "user_action"],
    ];
    assert.deepEqual(await selections(opened), expected);
    const events = await eventsOf(opened, "runtime_selections");
    const commits = events.map((event) => Number(event["commit"]));
    assert.deepEqual(
      commits,
      [...new Set(commits)].sort((left, right) => left - right),
    );
    assert.deepEqual(events[3]?.["metadata"], {
      constructId: `${runtimeId}-001`,
      provider: "chatgpt",
      isImported: true,
      isCore: false,
    });
    await opened.reopen();
    assert.deepEqual(activeOf(opened), ["lin"]);
    assert.deepEqual(await selections(opened), expected);
  });

  test("asked for at the same moment are selected in the order of asking", async (t) => {
    const opened = await openTestVault(t);
    const names = ["lin", "synth", "lin", "lin", "synth", "lin"];
    await Promise.all(names.map((name) => opened.user.selectRuntime(name)));
    assert.deepEqual(
      (await selections(opened)).map(([, runtimeId, previous]) => [runtimeId, previous]),
      [
        ["synth", undefined],
        ["lin", "synth"],
        ["synth", "lin"],
        ["lin", "synth"],
        ["synth", "lin"],
        ["lin", "synth"],
      ],
    );
  });

  test("are renamed without another id, and refuse an empty name", async (t) => {
    const opened = await openTestVault(t);
    const renamed = await opened.user.renameRuntime("lin", "  Vessel \u{1F6A2} ");
    assert.deepEqual([renamed.runtimeId, renamed.name], ["lin", "  Vessel \u{1F6A2} "]);
    await assert.rejects(opened.user.renameRuntime("lin", " \n"), (error) =>
      isChattyError(error, "NAME_EMPTY"),
    );
    await opened.reopen();
    assert.equal(opened.user.runtime("lin").name, "  Vessel \u{1F6A2} ");
  });

  test("that are deleted hide with their sessions, and come back with all of them", async (t) => {
    const opened = await openTestVault(t);
    const { user } = opened;
    const runtimeId = await importAccount(opened, "alex", 2);
    const own = await user.createSession({ title: "own", runtime: runtimeId });
    const before = user.sessions({ limit: 100 }).sessions;
    const counts = user.runtime(runtimeId);
    await user.deleteRuntime(runtimeId);
    assert.deepEqual(activeOf(opened), ["synth"], "the core takes over");
    assert.deepEqual((await selections(opened)).at(-1), [
      "runtime_switched",
      "synth",
      runtimeId,
      "auto_restore",
    ]);
    assert.ok(!user.runtimes().some((runtime) => runtime.runtimeId === runtimeId));
    assert.ok(!user.sessions({ limit: 100 }).sessions.some((session) => session.runtimeId === runtimeId));
    await user.deleteRuntime(runtimeId);
    for (const refused of [
      () => user.selectRuntime(runtimeId),
      () => user.renameRuntime(runtimeId, "x"),
      () => user.createSession({ runtime: runtimeId }),
      () => user.forkSession("chat_with_synth-001", { runtime: runtimeId }),
    ]) {
      await assert.rejects(refused, (error) => isChattyError(error, "RUNTIME_DELETED"), String(refused));
    }
    await opened.reopen();
    assert.ok(!opened.user.runtimes().some((runtime) => runtime.runtimeId === runtimeId));
    assert.equal((await opened.user.restoreRuntime(runtimeId)).active, false);
    assert.deepEqual({ ...opened.user.runtime(runtimeId), active: true }, counts);
    assert.deepEqual(opened.user.sessions({ limit: 100 }).sessions, before);
    assert.equal(opened.user.session(own.sessionId).title, "own");
  });

  test("that are part of Chatty cannot be deleted", async (t) => {
    const { user } = await openTestVault(t);
    for (const name of ["synth", "lin"]) {
      await assert.rejects(user.deleteRuntime(name), (error) => isChattyError(error, "RUNTIME_IS_CORE"));
    }
    await assert.rejects(user.selectRuntime("nobody"), (error) => isChattyError(error, "RUNTIME_NOT_FOUND"));
  });

  test("that belong together are joined with stars, overlays and counts, and stay apart for good", async (t) => {
    const opened = await openTestVault(t);
    const { user } = opened;
    const one = await importAccount(opened, "one", 3);
    const two = await importAccount(opened, "two", 4);
    assert.notEqual(one, two);
    const [first, second] = user
      .sessions({ runtimeId: user.runtime(two).runtimeId, limit: 50 })
      .sessions.filter((session) => session.imported)
      .map(({ sessionId }) => sessionId);
    assert.ok(first !== undefined && second !== undefined);
    await user.setStarred(first, true);
    await user.renameSession(second, "mine");
    const counts = [one, two].map((name) => user.runtime(name).conversationCount);
    const joined = await user.joinRuntime(two, one);
    assert.equal(joined.runtimeId, one);
    assert.equal(joined.conversationCount, (counts[0] ?? 0) + (counts[1] ?? 0));
    assert.equal(joined.active, true);
    assert.deepEqual((await selections(opened)).at(-1), ["runtime_switched", one, two, "auto_restore"]);
    await opened.reopen();
    assert.ok(!opened.user.runtimes().some((runtime) => runtime.runtimeId === two));
    assert.equal(opened.user.runtime(two).runtimeId, one, "the old id stands for the new one");
    const listed = opened.user.sessions({ runtimeId: joined.runtimeId, limit: 100 }).sessions;
    assert.equal(listed.find((session) => session.sessionId === first)?.starred, true);
    assert.equal(listed.find((session) => session.sessionId === second)?.title, "mine");
    assert.equal(listed.length, joined.conversationCount);
    await assert.rejects(opened.user.joinRuntime(one, "synth"), (error) =>
      isChattyError(error, "RUNTIMES_DIFFER"),
    );
    assert.equal((await opened.vault.verify()).ok, true);
  });

  test("that were joined keep one home when a conversation of theirs takes it and is deleted", async (t) => {
    const opened = await openTestVault(t);
    const { user } = opened;
    const one = await importAccount(opened, "one", 5);
    const two = await importAccount(opened, "two", 6);
    const session = await user.createSession({ title: "from the second", runtime: two });
    await user.joinRuntime(two, one);
    await user.setHome(session.sessionId);
    assert.equal(user.runtime(one).homeSessionId, session.sessionId);
    await user.deleteSession(session.sessionId);
    const home = user.session(user.runtime(one).homeSessionId);
    assert.notEqual(home.sessionId, session.sessionId);
    assert.deepEqual([home.home, home.archived, home.messageCount], [true, false, 0]);
    const former = user.session(session.sessionId);
    assert.deepEqual([former.home, former.archived], [false, true]);
  });
});
