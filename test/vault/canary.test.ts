import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { createUuid, isChattyError } from "@chatty/model";
import type { MessageId, SessionId } from "@chatty/model";
import type { UserVault } from "@chatty/store";
import { bytesOf } from "./full-vault.ts";
import { openTestVault } from "./open-test-vault.ts";
import type { TestVault } from "./open-test-vault.ts";

/** A word that stands nowhere else, and that says where it was put. */
function canaries(): { word: (where: string) => string; all: () => string[] } {
  const words = new Set<string>();
  return {
    word: (where) => {
      const word = `canary${where}${Math.random().toString(36).slice(2)}q`;
      words.add(word);
      return word;
    },
    all: () => [...words],
  };
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Where in a home these words stand, in names or bytes, databases and their logs included. */
function found(home: string, words: readonly string[]): string[] {
  return filesIn(home).flatMap((path) => {
    const bytes = readFileSync(path);
    return words
      .filter(
        (word) => path.includes(word) || bytes.includes(word) || bytes.includes(Buffer.from(word, "utf16le")),
      )
      .map((word) => `${word} in ${path.slice(home.length)}`);
  });
}

/** A ChatGPT export as one plain file, so that its words can be found in the archive. */
function writeExport(
  folder: string,
  name: string,
  words: { title: string; text: string; account: string },
): string {
  const message = (
    id: string,
    parent: string | null,
    role: string,
    text: string,
    children: string[],
  ): object => ({
    id,
    parent,
    children,
    message: {
      id,
      author: { role, name: null, metadata: {} },
      create_time: 1_700_000_000,
      content: { content_type: "text", parts: [text] },
      status: "finished_successfully",
      metadata: {},
      recipient: "all",
    },
  });
  const conversation = {
    title: words.title,
    create_time: 1_700_000_000,
    update_time: 1_700_000_100,
    mapping: {
      root: { id: "root", message: null, parent: null, children: ["a"] },
      a: message("a", "root", "user", words.text, ["b"]),
      b: message("b", "a", "assistant", `${words.text} answered`, []),
    },
    current_node: "b",
    conversation_id: `00000000-0000-4000-8000-0000000${words.account}`,
    id: `00000000-0000-4000-8000-0000000${words.account}`,
  };
  const path = join(folder, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, JSON.stringify([conversation]));
  return path;
}

async function fillSession(user: UserVault, word: (where: string) => string): Promise<string> {
  const { sessionId } = await user.createSession({ title: word("title") });
  const [first] = await user.append(
    sessionId,
    [{ role: "user", content: word("message") }],
    [{ name: `${word("filename")}.txt`, bytes: bytesOf(word("file")) }],
  );
  assert.ok(first !== undefined);
  const staged = await user.stageFile({ name: `${word("staged")}.txt`, bytes: bytesOf(word("stagedbytes")) });
  await user.append(sessionId, [
    {
      role: "user",
      content: word("withfile"),
      author: word("author"),
      parts: [
        { kind: "text", text: word("part") },
        { kind: "file", fileId: staged.fileId, name: staged.name, mime: staged.mime },
      ],
      metadata: { note: word("metadata") },
    },
  ]);
  await user.checkpoint(sessionId, {
    id: "0198c0de-0000-7000-8000-00000000aaaa" as MessageId,
    role: "assistant",
    content: word("checkpoint"),
  });
  await user.reviseMessage(sessionId, first.messageId, word("revision"));
  await user.renameSession(sessionId, word("renamed"));
  await user.setDraft(sessionId, word("earlierdraft"));
  await user.setDraft(sessionId, word("draft"));
  await user.setPlace(sessionId, { anchorId: first.messageId });
  await user.setStarred(sessionId, true);
  await remember(user, sessionId, first.messageId, word);
  return sessionId;
}

/** What is remembered of a conversation, and over conversations. */
async function remember(
  user: UserVault,
  sessionId: SessionId,
  messageId: MessageId,
  word: (where: string) => string,
): Promise<void> {
  const { runtimeId, revision } = user.session(sessionId);
  const text = word("summary");
  const points = [{ text, sessionId, messageId, kind: "point" as const }];
  const made = { sessionId, runtimeId, revision, messageRange: null, method: "extractive" as const };
  await user.memory.keepSummary({ ...made, madeAt: 1, text, points });
  await user.memory.keepContext({
    ...{ sessionId, runtimeId, revision, timestamp: 1, confidence: 1, messageRange: null },
    summary: word("context"),
    keyPoints: [{ text: word("keypoint"), messageId }],
    entities: { [word("entity")]: 1 },
  });
  const passage = { sessionId, runtimeId, messageIds: [messageId], score: 1, excerpt: word("recalled") };
  const before = user.sessions({ limit: 1000 }).sessions.filter((one) => one.messageCount > 0);
  // Recalled in every conversation that there is: the purge of one must find all of it.
  for (const { sessionId: other } of before) {
    await user.memory.addRecall({
      at: 1,
      sessionId: other,
      answerId: createUuid() as MessageId,
      passages: [passage],
    });
  }
  const conversation = { sessionId, runtimeId, title: word("periodtitle"), messages: 1, revision };
  const old = user.memory.periodSummary("2024-03");
  await user.memory.keepPeriodSummary({
    ...{ period: "2024-03", madeAt: 1, method: "extractive", isWhole: true },
    conversations: [...(old?.conversations ?? []), conversation],
    text: `${old?.text ?? ""}\n${text}`,
    points: [...(old?.points ?? []), ...points],
  });
  await user.memory.keepPeriodSummary({
    ...{ period: "2024-03-12", madeAt: 1, method: "model", model: "a/b", isWhole: true },
    ...{ conversations: [conversation], text: word("modelled"), points: [] },
  });
}

/** Pieces as damage and earlier versions leave them, with words of a session in them. */
function leavePieces(opened: TestVault, sessionId: string, word: (where: string) => string): void {
  const { root } = opened;
  const path = `vvault/users/shard_0000/${opened.user.userId}/instances/synth-001/sessions/${sessionId}/messages.jsonl`;
  mkdirSync(join(root, "quarantine/folder"), { recursive: true });
  writeFileSync(join(root, "quarantine/2026-01-01T000000-abcd-messages.jsonl"), word("quarantined"));
  writeFileSync(
    join(root, "quarantine/2026-01-01T000000-abcd-messages.jsonl.json"),
    JSON.stringify({ path }),
  );
  writeFileSync(join(root, "quarantine/folder/whole.jsonl"), `${sessionId} ${word("deep")}`);
  mkdirSync(join(root, "before-updates/2026-01-01-from-1"), { recursive: true });
  writeFileSync(join(root, "before-updates/2026-01-01-from-1/chatty.db"), `${sessionId} ${word("before")}`);
  const folder = join(opened.native, "instances/synth-001/chatty");
  const [transcript = ""] = readdirSync(folder).filter((name) => name.includes(sessionId.slice(-12)));
  cpSync(join(folder, transcript), join(folder, transcript.replace(".md", " (edited).md")));
  writeFileSync(
    join(folder, transcript),
    `${readFileSync(join(folder, transcript), "utf8")} ${word("edited")}`,
  );
}

/** Bytes of every file of a user, but for what is derived and written anew. */
function bytesOfUser(root: string, userId: string): Record<string, string> {
  const own = filesIn(root).filter((path) => path.includes(userId) && !path.includes("/catalog/"));
  return Object.fromEntries(own.map((path) => [path, readFileSync(path).toString("base64")]));
}

describe("nothing is left", () => {
  test("of a conversation that was purged", async (t) => {
    const opened = await openTestVault(t);
    const purged = canaries();
    const kept = canaries();
    const keptId = await fillSession(opened.user, kept.word);
    const sessionId = await fillSession(opened.user, purged.word);
    await opened.vault.settle();
    leavePieces(opened, sessionId, purged.word);
    await opened.reopen();
    await opened.user.deleteSession(sessionId);
    const before = found(opened.home, purged.all());
    for (const word of purged.all()) {
      const isOverwritten = word.startsWith("canaryearlierdraft");
      assert.ok(isOverwritten || before.some((place) => place.startsWith(word)), `${word} was never there`);
    }
    await opened.user.purgeSession(sessionId);
    assert.deepEqual(found(opened.home, purged.all()), [], "while the vault is open");
    const ids = found(opened.home, [sessionId]).map((place) => place.split(" in ")[1]?.split("/").at(-1));
    assert.ok(
      ids.every((name) => /^(?:audit|\d+)\.jsonl$|^chatty\.db(?:-wal)?$/.test(name ?? "")),
      `only the audit has its id: ${ids.join(" ")}`,
    );
    assert.deepEqual(
      opened.vault.audit().map(({ kind, sessionId: id, reason }) => [kind, id, reason]),
      [["session_purged", sessionId, "asked"]],
    );
    await opened.reopen();
    assert.deepEqual(found(opened.home, purged.all()), [], "after a new start");
    assert.deepEqual((await opened.vault.verify()).problems, []);
    assert.deepEqual((await opened.vault.rebuild("all")).differences, []);
    assert.deepEqual(found(opened.home, purged.all()), [], "after a rebuild");
    assert.equal((await opened.user.show(keptId)).messages.length, 3);
  });

  test("of an imported runtime that was purged, and what another one needs stays", async (t) => {
    const opened = await openTestVault(t);
    const { user } = opened;
    const purged = canaries();
    const mine = { title: purged.word("title"), text: purged.word("text"), account: "00001" };
    const path = writeExport(join(opened.folder, "a"), "conversations.json", mine);
    const theirs = { title: "shared title", text: "shared text", account: "00002" };
    const shared = writeExport(join(opened.folder, "b"), "conversations.json", theirs);
    const first = await user.import({ kind: "path", path }, { into: "new", name: purged.word("name") });
    await user.import({ kind: "path", path: shared }, { into: first.runtimeId });
    const second = await user.import({ kind: "path", path: shared }, { into: "new" });
    assert.notEqual(first.runtimeId, second.runtimeId);
    const [imported] = user.sessions({
      runtimeId: first.runtimeId,
      kind: "imported",
      title: "canary",
    }).sessions;
    assert.ok(imported !== undefined);
    await user.renameSession(imported.sessionId, purged.word("overlay"));
    await user.setDraft(imported.sessionId, purged.word("draft"));
    await user.renameRuntime(first.runtimeId, purged.word("runtime"));
    await user.append(first.homeSessionId, [{ role: "user", content: purged.word("home") }]);
    await user.updateConstruct(first.constructId, { instructions: purged.word("instructions") });
    await user.addKnowledgeFile(first.constructId, {
      name: purged.word("knowledge"),
      bytes: bytesOf(purged.word("bytes")),
    });
    const fork = await user.forkSession(imported.sessionId, { runtime: "synth" });
    await user.renameSession(fork.sessionId, "Fork");
    await user.deleteSession(fork.sessionId);
    await opened.vault.settle();
    await opened.vault.rebuild("views");
    await assert.rejects(user.purgeRuntime(first.runtimeId), (error) =>
      isChattyError(error, "RUNTIME_NOT_DELETED"),
    );
    await user.deleteRuntime(first.runtimeId);
    assert.ok(found(opened.home, purged.all()).length > 10);
    await user.purgeRuntime(first.runtimeId);
    // The fork is another conversation, and began with the title.
    await user.purgeSession(fork.sessionId);
    assert.deepEqual(found(opened.home, purged.all()), []);
    assert.deepEqual(user.runtimes({ deleted: true }), []);
    await opened.reopen();
    assert.deepEqual(found(opened.home, purged.all()), []);
    assert.deepEqual((await opened.vault.verify()).problems, []);
    assert.deepEqual((await opened.vault.rebuild("all")).differences, []);
    const [left] = opened.user.sessions({ runtimeId: second.runtimeId, kind: "imported" }).sessions;
    assert.ok(left !== undefined);
    assert.deepEqual(
      (await opened.user.show(left.sessionId)).messages.map(({ content }) => content),
      ["shared text", "shared text answered"],
    );
    const again = await opened.user.import({ kind: "path", path });
    assert.equal(again.conversations.new, 1, "it can be imported anew");
  });

  test("of an account that was erased, and the other one has not changed by a byte", async (t) => {
    const opened = await openTestVault(t);
    const erased = canaries();
    const other = opened.user;
    const user = await opened.vault.createUser(erased.word("username"));
    const sessionId = await fillSession(user, erased.word);
    await fillSession(other, canaries().word);
    await user.deleteSession(await fillDeleted(user, erased.word));
    const { word } = erased;
    await user.setSettings({ [word("settingkey")]: word("setting") });
    await user.setSecret(word("secretkey"), word("secret"));
    const construct = await user.createConstruct({
      name: word("construct"),
      instructions: word("instructions"),
    });
    await user.updateConstruct(construct.constructId, { description: word("description") });
    await user.putConstructAction(construct.constructId, {
      name: word("action"),
      url: `https://example.org/${word("url")}`,
      method: "GET",
      headers: { key: word("header") },
      parameters: {},
    });
    await user.stageFile({ name: word("waiting"), bytes: bytesOf(word("waitingbytes")) });
    const path = writeExport(join(opened.folder, "a"), "conversations.json", {
      title: word("importedtitle"),
      text: word("importedtext"),
      account: "00003",
    });
    await user.import({ kind: "path", path }, { name: word("importname") });
    const upload = await user.uploads.begin({ name: `${word("upload")}.json`, size: 100 });
    await user.uploads.append(upload.uploadId, 0, bytesOf(word("uploaded")));
    await opened.vault.settle();
    await opened.vault.rebuild("views");
    leavePieces(
      { ...opened, user, native: opened.native.replace(other.userId, user.userId) },
      sessionId,
      (where) => `${user.userId} ${word(where)}`,
    );
    const before = bytesOfUser(opened.root, other.userId);
    assert.ok(Object.keys(before).length > 5);
    const there = new Set(found(opened.home, erased.all()).map((place) => place.split(" ")[0]));
    assert.ok(there.size > 30, `${there.size} of ${erased.all().length}`);
    await opened.vault.eraseUser(user.userId);
    assert.deepEqual(found(opened.home, erased.all()), []);
    assert.deepEqual(bytesOfUser(opened.root, other.userId), before);
    assert.deepEqual(
      filesIn(opened.root).filter((file) => file.includes(user.userId)),
      [],
    );
    assert.ok(!existsSync(join(opened.root, "catalog", `${user.userId}.db`)));
    for (const act of [
      () => user.createSession(),
      () => user.append(sessionId, [{ role: "user", content: "x" }]),
      () => user.setDraft(sessionId, "x"),
      () => opened.vault.eraseUser(user.userId),
    ]) {
      await assert.rejects(
        async () => await act(),
        (error) => isChattyError(error, "USER_NOT_FOUND"),
      );
    }
    await opened.reopen();
    assert.deepEqual(found(opened.home, erased.all()), []);
    assert.deepEqual(
      opened.vault.users().map(({ userId }) => userId),
      [other.userId],
    );
    assert.deepEqual(
      opened.vault.audit().map(({ kind, userId }) => [kind, userId]),
      [["user_erased", user.userId]],
    );
    assert.deepEqual((await opened.vault.verify()).problems, []);
  });
});

async function fillDeleted(user: UserVault, word: (where: string) => string): Promise<string> {
  const { sessionId } = await user.createSession({ title: word("deleted") });
  await user.append(sessionId, [{ role: "user", content: word("deletedtext") }]);
  return sessionId;
}
