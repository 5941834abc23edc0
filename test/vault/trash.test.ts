import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";
import type { MessageId, SessionId } from "@chatty/model";
import { writeHostileExports } from "./full-vault.ts";
import { openTestVault } from "./open-test-vault.ts";
import type { TestVault } from "./open-test-vault.ts";

const dayMs = 24 * 60 * 60 * 1000;

/** Changes the configuration of a vault behind its back, while it is closed. */
async function behindItsBack(opened: TestVault, ...statements: string[]): Promise<void> {
  await opened.vault.close();
  const database = new DatabaseSync(join(opened.root, "chatty.db"));
  for (const statement of statements) database.exec(statement);
  database.close();
  await opened.reopen();
}

describe("the trash", () => {
  test("keeps things whole for as long as the setting says, and then purges them with a line of the audit", async (t) => {
    const clock = { now: 1_800_000_000_000 };
    const opened = await openTestVault(t, () => clock.now);
    const { sessionId } = await opened.user.createSession({ title: "Old" });
    await opened.user.append(sessionId, [{ role: "user", content: "text" }]);
    await opened.user.setStarred(sessionId, true);
    const whole = await opened.user.show(sessionId);
    const younger = await opened.user.createSession({ title: "Young" });
    const custom = await opened.user.createConstruct({ name: "Zoe" });
    await opened.user.deleteSession(sessionId);
    await opened.user.deleteConstruct(custom.constructId);
    clock.now += 10 * dayMs;
    await opened.user.deleteSession(younger.sessionId);
    assert.deepEqual(
      opened.user.trash().map(({ kind, title, until }) => [kind, title, ((until ?? 0) - clock.now) / dayMs]),
      [
        ["session", "Young", 30],
        ["session", "Old", 20],
        ["runtime", "Zoe", 20],
      ],
    );
    clock.now += 20 * dayMs - 1;
    assert.deepEqual(await opened.user.emptyTrash(), []);
    await opened.reopen();
    await opened.user.restoreSession(sessionId);
    const back = await opened.user.show(sessionId);
    assert.deepEqual(
      [back.messages, back.session.starred, back.session.deleted],
      [whole.messages, true, false],
    );
    await opened.user.deleteSession(sessionId);
    clock.now += 1;
    const purged = await opened.user.emptyTrash();
    assert.deepEqual(
      purged.map(({ title }) => title),
      ["Zoe"],
    );
    assert.ok(!existsSync(join(opened.native, "instances", custom.constructId)));
    await opened.user.setSettings({ "trash.days": 1 });
    assert.equal((await opened.user.emptyTrash({ at: clock.now + dayMs })).length, 2);
    assert.deepEqual(opened.user.trash(), []);
    assert.deepEqual(
      opened.vault.audit().map(({ kind, reason }) => [kind, reason]),
      [
        ["runtime_purged", "expired"],
        ["session_purged", "expired"],
        ["session_purged", "expired"],
      ],
    );
    await opened.reopen();
    assert.deepEqual((await opened.vault.verify()).problems, []);
    assert.deepEqual((await opened.vault.rebuild("all")).differences, []);
  });

  test("keeps everything for ever when it is told to, and imported conversations as long as their import", async (t) => {
    const opened = await openTestVault(t);
    const [earlier] = writeHostileExports(opened.folder, 3);
    await opened.user.import({ kind: "path", path: earlier });
    const [imported] = opened.user.sessions({ kind: "imported" }).sessions;
    assert.ok(imported !== undefined);
    await opened.user.deleteSession(imported.sessionId);
    const { sessionId } = await opened.user.createSession({ title: "Native" });
    await opened.user.deleteSession(sessionId);
    assert.deepEqual(
      opened.user.trash().map(({ imported: isImported, until }) => [isImported, until === undefined]),
      [
        [false, false],
        [true, true],
      ],
    );
    await opened.user.setSettings({ "trash.days": false });
    assert.ok(opened.user.trash().every(({ until }) => until === undefined));
    assert.deepEqual(await opened.user.emptyTrash({ at: Date.now() + 10_000 * dayMs }), []);
    await opened.user.setSettings({ "trash.days": "soon" });
    assert.ok(
      opened.user.trash().some(({ until }) => until !== undefined),
      "nonsense counts as absent",
    );
  });

  test("goes on with a new audit when the end of the old one is damaged, and keeps that one", async (t) => {
    const opened = await openTestVault(t);
    const purge = async (): Promise<void> => {
      const { sessionId } = await opened.user.createSession({ title: "Purged" });
      await opened.user.deleteSession(sessionId);
      await opened.user.purgeSession(sessionId);
    };
    await purge();
    await opened.vault.close();
    const audit = join(opened.root, "continuity/audit.jsonl");
    writeFileSync(audit, readFileSync(audit, "utf8").slice(0, -20));
    await opened.reopen();
    const { problems } = await opened.vault.verify();
    assert.ok(problems.length > 0 && problems.every(({ path }) => path === "continuity/audit.jsonl"));
    await purge();
    assert.equal(opened.vault.audit().length, 1);
    assert.ok(readdirSync(join(opened.root, "quarantine")).some((name) => name.endsWith("audit.jsonl")));
    assert.deepEqual((await opened.vault.verify()).problems, []);
    await opened.reopen();
    assert.deepEqual((await opened.vault.verify()).problems, []);
  });

  test("takes what earlier versions moved to the trash folder along", async (t) => {
    const opened = await openTestVault(t);
    const folder = join(opened.root, "trash", "2020-01-01T000000-0198c0de-0000-7000-8000-00000000abcd");
    const other = join(opened.root, "trash", "2020-01-01T000000-0198c0de-0000-7000-8000-00000000abce");
    for (const path of [folder, other]) mkdirSync(path, { recursive: true });
    writeFileSync(
      join(folder, "messages.jsonl"),
      JSON.stringify({ metadata: { userId: opened.user.userId } }),
    );
    writeFileSync(join(other, "messages.jsonl"), JSON.stringify({ metadata: { userId: "somebody else" } }));
    await opened.user.emptyTrash();
    assert.deepEqual([existsSync(folder), existsSync(other)], [false, true]);
    assert.deepEqual(
      opened.vault.audit().map(({ reason }) => reason),
      ["expired"],
    );
  });
});

describe("where a person was", () => {
  test("is kept for each runtime, and found again by the places or the home when it is lost", async (t) => {
    const opened = await openTestVault(t);
    const { user } = opened;
    const home = user.runtime("synth").homeSessionId;
    assert.deepEqual(user.activeSession(), { sessionId: home, foundBy: "home" });
    const first = await user.createSession({ title: "First" });
    const second = await user.createSession({ title: "Second" });
    const [message] = await user.append(first.sessionId, [{ role: "user", content: "x" }]);
    await user.setPlace(first.sessionId, { anchorId: message?.messageId as MessageId });
    await user.setActiveSession(second.sessionId);
    await user.selectRuntime("lin");
    assert.equal(user.activeSession().sessionId, user.runtime("lin").homeSessionId);
    assert.deepEqual(user.activeSession("synth"), { sessionId: second.sessionId, foundBy: "kept" });
    assert.ok(Object.keys(user.settings()).every((key) => !key.startsWith("active_")));
    await assert.rejects(user.setSettings({ "active_session:synth": "x" }));
    await opened.reopen();
    await opened.user.deleteSession(second.sessionId);
    assert.deepEqual(opened.user.activeSession("synth"), { sessionId: first.sessionId, foundBy: "place" });
    await opened.user.restoreSession(second.sessionId);
    assert.equal(opened.user.activeSession("synth").sessionId, second.sessionId);
    await behindItsBack(opened, "DELETE FROM settings WHERE key LIKE 'active_session:%'");
    assert.deepEqual(opened.user.activeSession("synth"), { sessionId: first.sessionId, foundBy: "place" });
    await behindItsBack(opened, "UPDATE places SET session_id = '0198c0de-0000-7000-8000-00000000ffff'");
    assert.deepEqual(opened.user.activeSession("synth"), { sessionId: home, foundBy: "home" });
  });

  test("the active runtime comes back from the events", async (t) => {
    const opened = await openTestVault(t);
    await opened.user.selectRuntime("lin");
    const active = (): string | undefined => opened.user.runtimes().find((each) => each.active)?.runtimeId;
    await behindItsBack(opened, "DELETE FROM settings WHERE key = 'active_runtime'");
    assert.equal(active(), "lin");
    await behindItsBack(opened, "UPDATE settings SET value = '\"nobody\"' WHERE key = 'active_runtime'");
    assert.equal(active(), "lin");
    await opened.reopen();
    assert.equal(active(), "lin");
  });

  test("a home that is lost or names nothing comes back from what was done before", async (t) => {
    const opened = await openTestVault(t);
    const made = opened.user.runtime("synth").homeSessionId;
    const { sessionId } = await opened.user.createSession({ title: "Pinned" });
    await opened.user.setHome(sessionId);
    await opened.user.renameRuntime("synth", "Another name");
    await behindItsBack(opened, "DELETE FROM homes WHERE runtime_id = 'synth'");
    assert.equal(opened.user.runtime("synth").homeSessionId, sessionId);
    await behindItsBack(
      opened,
      "UPDATE homes SET session_id = '0198c0de-0000-7000-8000-00000000ffff' WHERE runtime_id = 'synth'",
    );
    assert.equal(opened.user.runtime("synth").homeSessionId, sessionId);
    const spans = opened.user.homes("synth");
    assert.equal(spans[0]?.sessionId, sessionId);
    assert.ok(spans.some((span) => span.sessionId === made));
    await behindItsBack(opened, "DELETE FROM homes WHERE runtime_id = 'synth'", "DELETE FROM history");
    assert.equal(opened.user.runtime("synth").homeSessionId, made, "the one that was made as a home");
    assert.deepEqual((await opened.vault.verify()).problems, []);
  });

  test("switching never writes into another conversation", async (t) => {
    const opened = await openTestVault(t);
    const { user } = opened;
    const written = new Map<string, string[]>();
    const runtimes = ["synth", "lin"];
    const sessions: SessionId[] = [];
    for (let count = 0; count < 6; count += 1) {
      const { sessionId } = await user.createSession({
        runtime: runtimes[count % 2] ?? "",
        title: `S${count}`,
      });
      sessions.push(sessionId);
      written.set(sessionId, []);
    }
    // Switching, re-pinning, renaming and writing at the same time, as several tabs do it.
    const work: Promise<unknown>[] = [];
    for (let round = 0; round < 60; round += 1) {
      const sessionId = sessions[(round * 7) % sessions.length] ?? ("" as SessionId);
      const content = `for ${sessionId} ${round}`;
      written.get(sessionId)?.push(content);
      work.push(user.selectRuntime(runtimes[round % 2] ?? ""), user.setActiveSession(sessionId));
      work.push(user.append(sessionId, [{ role: "user", content }]));
      work.push(user.setDraft(sessionId, `draft ${sessionId}`));
      if (round % 5 === 0) work.push(user.setHome(sessionId), user.renameSession(sessionId, `R${round}`));
      if (round % 10 === 9) await Promise.all(work.splice(0));
    }
    await Promise.all(work);
    await opened.reopen();
    for (const [sessionId, texts] of written) {
      const { messages } = await opened.user.show(sessionId);
      assert.deepEqual(
        messages.map(({ content }) => content),
        texts,
      );
      assert.equal(opened.user.draft(sessionId)?.text, `draft ${sessionId}`);
    }
    assert.deepEqual((await opened.vault.verify()).problems, []);
  });
});
