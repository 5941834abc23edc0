import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import type { SessionId } from "@chatty/model";
import { dieAfter, openTestVault } from "./open-test-vault.ts";
import type { TestVault } from "./open-test-vault.ts";
import { fileChanges, listFiles, pathsIn } from "./vault-files.ts";

interface Filled extends TestVault {
  /** Two conversations of thirty messages each. */
  sessions: [SessionId, SessionId];
  journal: (sessionId: SessionId) => string;
}

async function filledVault(t: TestContext): Promise<Filled> {
  const opened = await openTestVault(t);
  const { user } = opened;
  const first = await user.createSession({ title: "First" });
  const second = await user.createSession({ title: "Second" });
  for (let number = 0; number < 15; number += 1) {
    for (const { sessionId } of [first, second]) {
      await user.append(sessionId, [
        { role: "user", content: `question ${number} ${"x".repeat(number * 9)}` },
        { role: "assistant", content: `answer ${number}` },
      ]);
    }
  }
  await opened.vault.settle();
  await opened.reopen();
  return Object.assign(opened, {
    sessions: [first.sessionId, second.sessionId] as [SessionId, SessionId],
    journal: (sessionId: SessionId) =>
      join(opened.native, "instances", "synth-001", "sessions", sessionId, "messages.jsonl"),
  });
}

function linesOf(path: string): string[] {
  return readFileSync(path, "utf8").split("\n").slice(0, -1);
}

async function textsOf(opened: Filled, sessionId: SessionId): Promise<string[]> {
  return (await opened.user.show(sessionId)).messages.map(({ content }) => content);
}

/** Everything that must be true after any repair of this vault. */
async function isWell(opened: Filled): Promise<void> {
  assert.deepEqual((await opened.vault.verify()).problems, []);
  await opened.vault.settle();
  const before = listFiles(opened.root);
  const again = await opened.vault.repair();
  assert.deepEqual(again, { recovered: 0, lost: [], quarantined: [], remaining: [] });
  assert.deepEqual(fileChanges(before, listFiles(opened.root)), []);
  for (const sessionId of opened.sessions) {
    const [sent] = await opened.user.append(sessionId, [{ role: "user", content: "going on" }]);
    assert.ok(sent !== undefined);
    const shown = await opened.user.show(sessionId);
    assert.equal(shown.messages.at(-1)?.content, "going on");
    const page = await opened.user.messages(sessionId, { limit: 5 });
    assert.equal(page.messages.at(-1)?.content, "going on");
  }
  await opened.reopen();
  assert.deepEqual((await opened.vault.verify()).problems, []);
}

function quarantined(opened: Filled, bytes: Buffer): boolean {
  const folder = join(opened.root, "quarantine");
  return readdirSync(folder).some((name) => readFileSync(join(folder, name)).equals(bytes));
}

describe("a damaged journal", () => {
  test("loses one record to a flipped bit, and says which", async (t) => {
    const opened = await filledVault(t);
    const [sessionId] = opened.sessions;
    const path = opened.journal(sessionId);
    const bytes = readFileSync(path);
    const at = bytes.indexOf("question 7");
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const lines = bytes.toString("utf8").split("\n");
    const before = lines.slice(0, 15).join("\n").length + 1;
    const report = await opened.vault.repair();
    assert.deepEqual(report.remaining, []);
    assert.equal(report.recovered >= 29, true);
    assert.deepEqual(
      report.lost.map(({ from, to }) => [from, to]),
      [[before, before + (lines[15] ?? "").length + 1]],
    );
    assert.ok(quarantined(opened, bytes));
    const { messages } = await opened.user.show(sessionId);
    assert.equal(messages.length, 29);
    assert.deepEqual(
      messages.filter(({ flags }) => flags?.includes("parent-lost")).map(({ content }) => content),
      ["answer 7"],
    );
    const page = await opened.user.messages(sessionId, { limit: 100 });
    assert.deepEqual(
      page.messages.filter(({ flags }) => flags?.includes("parent-lost")).map(({ content }) => content),
      ["answer 7"],
    );
    const [torn] = page.messages;
    assert.equal(torn?.siblings.ids.length, 2, "there is a way back to what was said before");
    const note = linesOf(path)
      .map((line) => JSON.parse(line) as { kind?: string; text?: string; metadata?: object })
      .find(({ kind }) => kind === "note");
    assert.match(note?.text ?? "", /1 record could not be read here/);
    await isWell(opened);
  });

  test("is put together again from two files whose blocks were swapped", async (t) => {
    const opened = await filledVault(t);
    const paths = opened.sessions.map(opened.journal);
    const sound = paths.map((path) => readFileSync(path));
    const [left, right] = sound.map((bytes) => Buffer.from(bytes));
    assert.ok(left && right);
    const block = Buffer.from(left.subarray(1024, 4096));
    right.copy(left, 1024, 1024, 4096);
    block.copy(right, 1024);
    for (const [index, bytes] of [left, right].entries()) writeFileSync(paths[index] ?? "", bytes);
    assert.equal((await opened.vault.verify()).ok, false);
    const report = await opened.vault.repair();
    assert.deepEqual([report.lost, report.remaining], [[], []]);
    for (const [index, path] of paths.entries()) assert.deepEqual(readFileSync(path), sound[index]);
    await isWell(opened);
  });

  test("goes back to its own folder when two files were swapped", async (t) => {
    const opened = await filledVault(t);
    const [first, second] = opened.sessions.map(opened.journal);
    assert.ok(first && second);
    const [one, other] = [readFileSync(first), readFileSync(second)];
    writeFileSync(first, other);
    writeFileSync(second, one);
    await opened.reopen();
    const { problems } = await opened.vault.verify();
    assert.equal(problems.filter(({ code }) => code === "FILE_SWAPPED").length, 2, JSON.stringify(problems));
    const report = await opened.vault.repair();
    assert.deepEqual([report.lost, report.remaining], [[], []]);
    assert.deepEqual([readFileSync(first), readFileSync(second)], [one, other]);
    await isWell(opened);
  });

  test("gets its header back from what is known of the session", async (t) => {
    const opened = await filledVault(t);
    const [sessionId] = opened.sessions;
    const path = opened.journal(sessionId);
    const sound = readFileSync(path);
    const bytes = Buffer.from(sound);
    bytes.fill(0, 0, 100);
    writeFileSync(path, bytes);
    const report = await opened.vault.repair();
    assert.deepEqual([report.lost, report.remaining], [[], []]);
    assert.deepEqual(readFileSync(path), sound);
    await isWell(opened);
  });

  for (const what of ["is gone", "is empty", "is full of NULs"]) {
    test(`that ${what} is told as lost, and the conversation stays in the lists`, async (t) => {
      const opened = await filledVault(t);
      const [sessionId] = opened.sessions;
      const path = opened.journal(sessionId);
      const { size } = statSync(path);
      if (what === "is gone") rmSync(path);
      else writeFileSync(path, Buffer.alloc(what === "is empty" ? 0 : size));
      await opened.reopen();
      const verified = await opened.vault.verify();
      assert.ok(verified.problems.length > 0);
      const report = await opened.vault.repair();
      assert.deepEqual(
        report.lost.map((range) => [range.from, range.to]),
        [[0, size]],
      );
      assert.deepEqual(report.remaining, []);
      assert.equal(opened.user.session(sessionId).title, "First");
      assert.deepEqual(await textsOf(opened, sessionId), []);
      await isWell(opened);
    });
  }

  for (const [what, cut] of Object.entries({ "in the middle of a line": 3, "between two lines": 0 })) {
    test(`that ends too early (${what}) keeps what is left and says what is gone`, async (t) => {
      const opened = await filledVault(t);
      const [sessionId] = opened.sessions;
      const path = opened.journal(sessionId);
      const bytes = readFileSync(path);
      const kept = linesOf(path).slice(0, 21).join("\n").length + 1;
      writeFileSync(path, bytes.subarray(0, kept + cut));
      await opened.reopen();
      const codes = (await opened.vault.verify()).problems.map(({ code }) => code);
      assert.ok(codes.includes("FILE_TRUNCATED"), codes.join());
      const report = await opened.vault.repair();
      assert.deepEqual(
        report.lost.map((range) => [range.from, range.to]),
        [[kept, bytes.length]],
      );
      assert.equal((await textsOf(opened, sessionId)).length, 20);
      await isWell(opened);
    });
  }

  test("that was edited by hand is told apart, and the words of the edit are kept", async (t) => {
    const opened = await filledVault(t);
    const [sessionId] = opened.sessions;
    const path = opened.journal(sessionId);
    const edited = readFileSync(path, "utf8").replace("question 3", "question of mine");
    writeFileSync(path, edited);
    const { problems } = await opened.vault.verify();
    assert.ok(
      problems.some(({ message }) => message.includes("edited by hand")),
      JSON.stringify(problems),
    );
    const report = await opened.vault.repair();
    assert.equal(report.lost.length, 1);
    assert.ok(quarantined(opened, Buffer.from(edited)));
    await isWell(opened);
  });

  test("that was written anew, seals and all, is told, taken as it is, and says so", async (t) => {
    const opened = await filledVault(t);
    const [sessionId] = opened.sessions;
    const path = opened.journal(sessionId);
    const { size } = statSync(path);
    let prev = "";
    const forged = linesOf(path).map((line) => {
      const covered = line
        .replace("question 3", "another question")
        .replace(/"prev":"[0-9a-f]*","hash":"[0-9a-f]{64}"\}$/, `"prev":"${prev}"`);
      prev = createHash("sha256").update(covered).digest("hex");
      return `${covered},"hash":"${prev}"}\n`;
    });
    writeFileSync(path, forged.join(""));
    const codes = (await opened.vault.verify()).problems.map(({ code }) => code);
    assert.ok(codes.includes("FILE_REPLACED"), codes.join());
    const report = await opened.vault.repair();
    assert.deepEqual(report.remaining, []);
    assert.deepEqual(
      report.lost.map(({ from, to }) => [from, to]),
      [[0, Math.max(size, Buffer.byteLength(forged.join("")))]],
    );
    assert.ok(quarantined(opened, Buffer.from(forged.join(""))));
    await isWell(opened);
  });

  test("with a block twice comes out as it was", async (t) => {
    const opened = await filledVault(t);
    const [sessionId] = opened.sessions;
    const path = opened.journal(sessionId);
    const sound = readFileSync(path);
    const lines = linesOf(path);
    writeFileSync(path, [...lines.slice(0, 12), ...lines.slice(5, 12), ...lines.slice(12), ""].join("\n"));
    const codes = (await opened.vault.verify()).problems.map(({ code }) => code);
    assert.ok(codes.includes("LINE_REPEATED"), codes.join());
    const report = await opened.vault.repair();
    assert.deepEqual([report.lost, report.remaining], [[], []]);
    assert.deepEqual(readFileSync(path), sound);
    await isWell(opened);
  });
});

describe("the file of selections", () => {
  test("keeps every selection that can be read, and says where one is gone", async (t) => {
    const opened = await filledVault(t);
    for (const name of ["lin", "synth", "lin", "synth"]) await opened.user.selectRuntime(name);
    await opened.reopen();
    const { userId } = opened.user;
    const path = join(opened.root, "continuity/users/shard_0000", userId, "events/runtime_selections.jsonl");
    const lines = linesOf(path);
    const bytes = readFileSync(path);
    const from = `${lines.slice(0, 2).join("\n")}\n`.length;
    bytes.fill(0, from + 20, from + 60);
    writeFileSync(path, bytes);
    const dry = await opened.vault.repair({ dryRun: true });
    assert.deepEqual(readFileSync(path), bytes);
    const report = await opened.vault.repair();
    const expected = [[from, from + (lines[2] ?? "").length + 1]];
    for (const { lost } of [dry, report])
      assert.deepEqual(
        lost.map((range) => [range.from, range.to]),
        expected,
      );
    assert.deepEqual([dry.remaining, report.remaining], [[], []]);
    const kinds = linesOf(path).map((line) => (JSON.parse(line) as { eventType: string }).eventType);
    assert.deepEqual(kinds, ["runtime_selected", "runtime_switched", "events_lost", ...kinds.slice(3)]);
    assert.equal(kinds.length, lines.length);
    await opened.user.selectRuntime("lin");
    await isWell(opened);
  });
});

describe("a journal that was cut while the log still had its end", () => {
  test("gets the end back from what recovery kept", async (t) => {
    const opened = await filledVault(t);
    const [sessionId] = opened.sessions;
    await opened.vault.close();
    dieAfter(
      opened.home,
      `for (let n = 0; n < 5; n += 1) await user.append("${sessionId}", [{ role: "user", content: "late " + n }]);`,
    );
    const path = opened.journal(sessionId);
    const cut = `${linesOf(path).slice(0, 26).join("\n")}\n`.length;
    writeFileSync(path, readFileSync(path).subarray(0, cut));
    await opened.reopen();
    const codes = (await opened.vault.verify()).problems.map(({ code }) => code);
    assert.ok(codes.includes("FILE_TRUNCATED"), codes.join());
    const report = await opened.vault.repair();
    assert.deepEqual(report.remaining, []);
    const texts = await textsOf(opened, sessionId);
    assert.deepEqual(texts.slice(-5), ["late 0", "late 1", "late 2", "late 3", "late 4"]);
    assert.equal(texts.length, 25 + 5);
    assert.equal(report.lost.length, 1);
    await isWell(opened);
  });
});

describe("a verification at idle", () => {
  test("finds what verify finds, a little at a time, and can be ended", async (t) => {
    const opened = await filledVault(t);
    const path = opened.journal(opened.sessions[0]);
    const sound = await opened.vault.verifyInBackground({ restMs: 0 });
    assert.deepEqual(sound.problems, []);
    const bytes = readFileSync(path);
    bytes[500] = (bytes[500] ?? 0) ^ 4;
    writeFileSync(path, bytes);
    const found: string[] = [];
    const report = await opened.vault.verifyInBackground({
      restMs: 1,
      budgetMs: 1,
      onProblem: ({ code }) => found.push(code),
    });
    assert.equal(report.ok, false);
    assert.deepEqual(
      found,
      report.problems.map(({ code }) => code),
    );
    const ending = new AbortController();
    ending.abort(new Error("enough"));
    await assert.rejects(opened.vault.verifyInBackground({ signal: ending.signal }), /enough/);
  });
});

describe("a file that belongs to nothing", () => {
  test("is told of and left alone", async (t) => {
    const opened = await filledVault(t);
    const stray = join(opened.native, "instances", "synth-001", "stray.bin");
    writeFileSync(stray, "mine");
    const { problems } = await opened.vault.verify();
    assert.deepEqual(
      problems.map(({ code, path }) => [code, join(opened.root, path)]),
      [["FILE_ORPHANED", stray]],
    );
    await opened.vault.repair();
    assert.ok(existsSync(stray));
    assert.ok(pathsIn(opened.root).length > 0);
  });
});
