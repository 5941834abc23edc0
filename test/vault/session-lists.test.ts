import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SessionId } from "@chatty/model";
import { isChattyError } from "@chatty/model";
import type { SessionQuery, SessionView, UserVault } from "@chatty/store";
import { createRandom } from "../fidelity/seeded-random.ts";
import { bytesOf, writeHostileExports } from "./full-vault.ts";
import { openTestVault } from "./open-test-vault.ts";

const nowMs = 1_700_000_000_000;

function allPages(user: UserVault, query: SessionQuery, limits: () => number): SessionView[] {
  const all: SessionView[] = [];
  for (let after: string | undefined; ;) {
    const limit = limits();
    const page = user.sessions({ ...query, limit, ...(after === undefined ? {} : { after }) });
    assert.ok(page.sessions.length <= limit);
    all.push(...page.sessions);
    if (page.next === undefined) return all;
    assert.equal(page.sessions.length, limit, "only the last page is short");
    after = page.next;
  }
}

function refused(act: () => unknown, code: string): void {
  assert.throws(act, (error) => isChattyError(error, code), code);
}

describe("lists of sessions", () => {
  test("give hundreds of sessions of one instant page by page, each once, whatever the pages' sizes", async (t) => {
    const opened = await openTestVault(t, () => nowMs);
    const { user } = opened;
    const made: SessionId[] = [];
    for (let batch = 0; batch < 4; batch += 1) {
      const views = await Promise.all(
        Array.from({ length: 100 }, (_, index) => user.createSession({ title: `${batch}-${index}` })),
      );
      made.push(...views.map(({ sessionId }) => sessionId));
    }
    const home = user.runtime("synth").homeSessionId;
    const synth = user.runtime("synth").runtimeId;
    const expected = [home, ...[...made].sort()];
    const random = createRandom(1);
    for (const limits of [() => 1000, () => 7, () => 50, () => 1 + random.below(90)]) {
      const listed = allPages(user, { runtimeId: synth }, limits);
      assert.deepEqual(
        listed.map(({ sessionId }) => sessionId),
        expected,
      );
    }
    assert.deepEqual(new Set(listed(user)).size, made.length + 2);
    assert.equal(user.runtime("synth").conversationCount, made.length + 1);
    const chosen = made.filter((_, index) => index % 8 === 0);
    for (const id of chosen) await user.setStarred(id, true);
    for (const id of chosen.slice(0, 10)) await user.setArchived(id, true);
    await user.deleteSession(chosen[20] ?? "");
    const kept = chosen.filter((_, index) => index !== 20);
    const ids = (query: SessionQuery): string[] =>
      allPages(user, query, () => 9).map(({ sessionId }) => sessionId);
    assert.deepEqual(ids({ starred: true }), kept.slice(10).sort());
    assert.deepEqual(ids({ archived: true }), chosen.slice(0, 10).sort());
    assert.deepEqual(ids({ archived: true, starred: true }), chosen.slice(0, 10).sort());
    assert.equal(user.runtime("synth").conversationCount, made.length, "a deleted one does not count");
  });

  test("have the newest first, the home before them in its runtime, and go on behind a cursor while others change", async (t) => {
    let now = nowMs;
    const opened = await openTestVault(t, () => (now += 1));
    const { user } = opened;
    const made: SessionId[] = [];
    for (let index = 0; index < 12; index += 1) {
      made.push((await user.createSession({ title: "t" })).sessionId);
    }
    await user.append(made[3] ?? "", [{ role: "user", content: "newest" }]);
    const newestFirst = [made[3], ...[...made].reverse().filter((id) => id !== made[3])];
    assert.deepEqual(listed(user).slice(0, 12), newestFirst);
    const { runtimeId, homeSessionId } = user.runtime("synth");
    const inRuntime = allPages(user, { runtimeId }, () => 5).map(({ sessionId }) => sessionId);
    assert.deepEqual(inRuntime, [homeSessionId, ...newestFirst]);
    for (const query of [{}, { runtimeId }]) {
      const first = user.sessions({ ...query, limit: 6 });
      const moved = newestFirst[8] ?? "";
      await user.append(moved, [{ role: "user", content: "moves to the top" }]);
      const after = first.next === undefined ? {} : { after: first.next };
      const second = user.sessions({ ...query, limit: 50, ...after });
      const seen = [...first.sessions, ...second.sessions].map(({ sessionId }) => sessionId);
      assert.equal(new Set(seen).size, seen.length, "nobody is given twice");
      const missed = listed(user).filter(
        (id) => !seen.includes(id) && user.session(id).runtimeId === runtimeId,
      );
      assert.deepEqual(missed, [moved], "and nobody who stayed is left out");
      newestFirst.splice(0, 12, ...listed(user).slice(0, 12));
    }
  });

  test("refuse sizes and cursors that are none", async (t) => {
    const { user } = await openTestVault(t);
    for (const limit of [0, -1, 1.5, 1001, Number.NaN])
      refused(() => user.sessions({ limit }), "LIMIT_INVALID");
    for (const after of ["", "x", "bm9uZQ", "W10", "WzEsIjIiLCJ4Il0"]) {
      refused(() => user.sessions({ after }), "CURSOR_INVALID");
    }
    refused(() => user.sessions({ runtimeId: "nobody" as never }), "RUNTIME_NOT_FOUND");
  });
});

describe("names of a session", () => {
  test("find it in every spelling", async (t) => {
    const opened = await openTestVault(t);
    const { user } = opened;
    const [earlier] = writeHostileExports(opened.folder, 8);
    const { runtimeId } = await user.import({ kind: "path", path: earlier });
    const home = user.runtime(runtimeId).homeSessionId;
    const construct = `${runtimeId}-001`;
    const spellings = [
      home,
      home.toUpperCase(),
      `${construct}_chat_with_${construct}`,
      `${construct}_chat_with_${construct}`.toUpperCase(),
      `chat_with_${construct}`,
      `chat_with_${construct}.md`,
      `${construct}_chat_with_${construct}.md`,
      `chat_with_${construct}-001.md`,
      `${construct}-001_chat_with_${construct}-001`,
    ];
    for (const name of spellings) assert.equal(user.resolveSession(name), home, name);
    assert.deepEqual(user.session(home).aliases.slice(0, 3), [spellings[2], spellings[4], spellings[5]]);
    for (const alias of user.session(home).aliases) assert.equal(user.resolveSession(alias), home, alias);
    for (const name of [runtimeId, construct, `${construct}-001`, construct.toUpperCase()]) {
      assert.equal(user.runtime(name).runtimeId, runtimeId, name);
    }
    const imported = user.sessions({ limit: 50 }).sessions.filter((session) => session.imported);
    for (const { sessionId } of imported) {
      const { sourceId } = (await user.show(sessionId)).session;
      assert.ok(sourceId !== undefined);
      assert.equal(user.resolveSession(sourceId), sessionId, sourceId);
      assert.equal(user.resolveSession(sessionId.slice(0, 13)), sessionId);
      assert.equal(user.resolveSession(sessionId.slice(0, 13).toUpperCase()), sessionId);
    }
  });

  test("that mean nothing or several are refused", async (t) => {
    const { user } = await openTestVault(t, () => nowMs);
    const one = await user.createSession({ title: "one" });
    await user.createSession({ title: "two" });
    refused(() => user.session(one.sessionId.slice(0, 8)), "AMBIGUOUS_ID");
    const absent = [
      "",
      " ",
      "nobody",
      one.sessionId.slice(0, 5),
      `${one.sessionId} `,
      "0198c0de-0000-7000-8000-00000000abcd",
      "chat_with_nobody.md",
      "lin-001_chat_with_synth-001",
      "../vault.json",
      "%",
      "__proto__",
    ];
    for (const name of absent) refused(() => user.session(name), "SESSION_NOT_FOUND");
    for (const name of ["", "nobody", "synth-002", "../x"])
      refused(() => user.runtime(name), "RUNTIME_NOT_FOUND");
  });
});

describe("two users of one vault", () => {
  test("have lists, homes, names, files and rebuilds of their own", async (t) => {
    const opened = await openTestVault(t);
    const { vault } = opened;
    const one = opened.user;
    const two = await vault.createUser("second");
    refused(() => vault.user(), "USER_REQUIRED");
    refused(() => vault.user("0198c0de-0000-7000-8000-00000000abcd"), "USER_NOT_FOUND");
    const [earlier] = writeHostileExports(opened.folder, 6);
    for (const user of [one, two]) await user.import({ kind: "path", path: earlier });
    const session = await one.createSession({ title: "of the first" });
    await one.append(
      session.sessionId,
      [{ role: "user", content: "secret" }],
      [{ name: "a.txt", bytes: bytesOf("secret file") }],
    );
    refused(() => two.session(session.sessionId), "SESSION_NOT_FOUND");
    for (const act of [
      () => two.show(session.sessionId),
      () => two.append(session.sessionId, [{ role: "user", content: "x" }]),
      () => two.deleteSession(session.sessionId),
      () => two.forkSession(session.sessionId),
    ]) {
      await assert.rejects(act, (error) => isChattyError(error, "SESSION_NOT_FOUND"), String(act));
    }
    assert.notEqual(one.resolveSession("chat_with_synth-001"), two.resolveSession("chat_with_synth-001"));
    await two.deleteRuntime(two.runtimes().find((runtime) => runtime.kind === "imported")?.runtimeId ?? "");
    assert.ok(one.runtimes().some((runtime) => runtime.kind === "imported"));
    const ids = new Set(listed(one));
    assert.ok(listed(two).every((id) => !ids.has(id)));
    await vault.settle();
    assert.deepEqual((await vault.rebuild("all")).differences, []);
    assert.deepEqual((await vault.verify()).problems, []);
    await vault.close();
    await opened.reopen();
    assert.deepEqual(new Set(listed(opened.user)), ids);
    assert.equal(opened.vault.users().length, 2);
  });
});

function listed(user: UserVault): SessionId[] {
  return allPages(user, {}, () => 1000).map(({ sessionId }) => sessionId);
}
