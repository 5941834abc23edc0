import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import type { MessageId } from "@chatty/model";
import { createUuid, isChattyError } from "@chatty/model";
import type { UserVault, Vault } from "../user-vault.ts";
import { openVault } from "../vault/open-vault.ts";
import type { VaultChange } from "../views.ts";

async function open(
  t: TestContext,
): Promise<{ vault: Vault; user: UserVault; reopen: () => Promise<UserVault> }> {
  const home = mkdtempSync(join(tmpdir(), "chatty-user-"));
  const opened = { vault: await openVault({ home, environment: "test" }) };
  t.after(async () => {
    await opened.vault.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 3 });
  });
  const reopen = async (): Promise<UserVault> => {
    await opened.vault.close();
    opened.vault = await openVault({ home, environment: "test" });
    return opened.vault.user();
  };
  return { vault: opened.vault, user: opened.vault.user(), reopen };
}

async function refused(act: () => unknown, code: string): Promise<void> {
  await assert.rejects(
    async () => await act(),
    (error) => isChattyError(error, code),
    code,
  );
}

async function* bytes(text: string): AsyncIterable<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}

async function textOf(source: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

describe("the revision of a session", () => {
  test("changes with every change, and a change for another one is refused and changes nothing", async (t) => {
    const { user, reopen } = await open(t);
    const { sessionId } = await user.createSession({ title: "T" });
    const seen = new Set<string>();
    const next = (): string => {
      const { revision } = user.session(sessionId);
      assert.ok(!seen.has(revision), revision);
      seen.add(revision);
      return revision;
    };
    const stale = next();
    const [said] = await user.append(sessionId, [{ role: "user", content: "a" }], [], { ifMatch: stale });
    next();
    await user.setStarred(sessionId, true);
    next();
    await user.renameSession(sessionId, "U", { ifMatch: user.session(sessionId).revision });
    next();
    await user.setMessageDeleted(sessionId, said?.messageId ?? ("" as MessageId), true);
    next();
    await user.setArchived(sessionId, true);
    const last = next();
    const before = user.session(sessionId);
    const options = { ifMatch: stale };
    for (const act of [
      () => user.append(sessionId, [{ role: "user", content: "b" }], [], options),
      () => user.renameSession(sessionId, "V", options),
      () => user.setHome(sessionId, options),
      () => user.setStarred(sessionId, false, options),
      () => user.setArchived(sessionId, false, options),
      () => user.deleteSession(sessionId, options),
      () => user.restoreSession(sessionId, options),
      () => user.undo(sessionId, options),
      () => user.setMessageDeleted(sessionId, said?.messageId ?? ("" as MessageId), false, options),
    ]) {
      await refused(act, "REVISION_CONFLICT");
    }
    assert.deepEqual(user.session(sessionId), before);
    assert.equal((await reopen()).session(sessionId).revision, last);
  });

  test("lets one of two changes through that were meant for the same state", async (t) => {
    const { user } = await open(t);
    const { sessionId, revision } = await user.createSession({ title: "T" });
    const outcomes = await Promise.allSettled(
      [1, 2, 3].map((n) =>
        user.append(sessionId, [{ role: "user", content: `${n}` }], [], { ifMatch: revision }),
      ),
    );
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ["fulfilled", "rejected", "rejected"]);
    assert.equal(user.session(sessionId).messageCount, 1);
  });
});

describe("a checkpoint", () => {
  test("is replaced by the next and by its message, which stays where the answer began", async (t) => {
    const { user, reopen } = await open(t);
    const { sessionId } = await user.createSession({ title: "T" });
    const [asked] = await user.append(sessionId, [{ role: "user", content: "?" }]);
    const id = createUuid() as MessageId;
    for (const content of ["so", "so far"])
      await user.checkpoint(sessionId, { id, role: "assistant", content });
    const seen = async (from: UserVault): Promise<unknown[]> =>
      (await from.messages(sessionId)).messages.map(({ content, partial, parentId }) => [
        content,
        partial,
        parentId,
      ]);
    assert.deepEqual((await seen(user))[1], ["so far", true, asked?.messageId]);
    await user.append(sessionId, [{ id, role: "assistant", content: "all of it" }]);
    const late = await user.checkpoint(sessionId, { id, role: "assistant", content: "late" });
    assert.equal(late.messageId, id);
    assert.deepEqual((await seen(user))[1], ["all of it", undefined, asked?.messageId]);
    const before = await seen(user);
    assert.deepEqual(await seen(await reopen()), before);
  });
});

describe("changes are told", () => {
  test("after they are in force, each once a moment, until the listener stops", async (t) => {
    const { user } = await open(t);
    const told: VaultChange[] = [];
    const stop = user.onChange((change) => {
      told.push(change);
      throw new Error("nobody minds");
    });
    const kinds = (): string[] => told.splice(0).map(({ kind }) => kind);
    const { sessionId } = await user.createSession({ title: "T" });
    assert.deepEqual(kinds(), ["session"]);
    await user.append(sessionId, [
      { role: "user", content: "a" },
      { role: "user", content: "b" },
    ]);
    assert.deepEqual(kinds(), ["session", "messages"]);
    await user.renameSession(sessionId, "U");
    assert.deepEqual(kinds(), ["session"]);
    await user.setStarred(sessionId, true);
    await user.setDraft(sessionId, "typed");
    await user.setSettings({ theme: "dark" });
    assert.deepEqual(kinds(), ["session", "draft", "settings"]);
    await user.selectRuntime("lin");
    assert.deepEqual(kinds(), ["runtime_selected"]);
    await user.renameRuntime("lin", "Vessel");
    assert.deepEqual(kinds(), ["runtime"]);
    await user.deleteSession(sessionId);
    await user.purgeSession(sessionId);
    await Promise.resolve();
    assert.deepEqual(kinds(), ["session", "session_removed"]);
    stop();
    await user.setSettings({ theme: null });
    assert.deepEqual(kinds(), []);
  });
});

describe("drafts, places, settings and secrets", () => {
  test("are there when the vault is opened again, and a secret stands nowhere but in the configuration", async (t) => {
    const { user, vault, reopen } = await open(t);
    const { sessionId } = await user.createSession({ title: "T" });
    const secret = "sk-very-secret-0123456789";
    await user.setDraft(sessionId, "not sent");
    await user.setPlace(sessionId, { anchorId: createUuid() as MessageId });
    await user.setSettings({ theme: "dark", deep: { a: [1, null] } });
    await user.setSecret("provider.key", secret);
    await refused(() => user.setSettings({ active_runtime: "lin" }), "SETTING_INVALID");
    await refused(() => user.setSecret("", "x"), "SECRET_INVALID");
    const place = user.place(sessionId);
    const again = await reopen();
    assert.equal(again.draft(sessionId)?.text, "not sent");
    assert.deepEqual(again.place(sessionId), place);
    assert.deepEqual(again.settings(), { theme: "dark", deep: { a: [1, null] } });
    assert.equal(again.secret("provider.key"), secret);
    const holders = readdirSync(vault.root, { recursive: true, encoding: "utf8" }).filter((name) => {
      const path = join(vault.root, name);
      return statSync(path).isFile() && readFileSync(path).includes(secret);
    });
    assert.ok(
      holders.every((name) => name.startsWith("chatty.db")),
      holders.join(" "),
    );
    await again.setSecret("provider.key", undefined);
    await again.setDraft(sessionId, "");
    assert.equal(again.secret("provider.key"), undefined);
    assert.equal(again.draft(sessionId), undefined);
  });
});

describe("constructs", () => {
  test("are made with a runtime and a home, changed with versions, and removed without their conversations", async (t) => {
    const { user, reopen } = await open(t);
    const made = await user.createConstruct({ name: "Zoë", instructions: "Be kind." });
    assert.deepEqual([made.constructId, made.runtimeId, made.version], ["zoe-001", "zoe", 1]);
    assert.equal(user.session(made.homeSessionId ?? "").home, true);
    await refused(() => user.createConstruct({ name: "Other", constructId: "zoe-001" }), "CONSTRUCT_EXISTS");
    const alone = await user.createConstruct({ name: "Zoë" }, { runtime: false });
    assert.deepEqual([alone.constructId, alone.runtimeId], ["zoe-002", undefined]);
    const changed = await user.updateConstruct("zoe", { name: "Zoe" }, { ifMatch: "1" });
    assert.deepEqual([changed.name, changed.version, user.runtime("zoe").name], ["Zoe", 2, "Zoe"]);
    await refused(() => user.updateConstruct("zoe", { name: "X" }, { ifMatch: "1" }), "REVISION_CONFLICT");
    await refused(() => user.updateConstruct("zoe", { name: " " }), "CONSTRUCT_INVALID");
    assert.deepEqual(
      user.constructVersions("zoe").map(({ version, snapshot }) => [version, snapshot["name"]]),
      [[1, "Zoë"]],
    );
    const draft = { name: "Look", url: "https://example.org", method: "get", headers: {}, parameters: {} };
    const action = await user.putConstructAction("zoe", draft);
    assert.deepEqual(user.constructActions(made.gptId), [action]);
    await user.removeConstructAction("zoe", action.actionId);
    await refused(() => user.removeConstructAction("zoe", action.actionId), "ACTION_NOT_FOUND");
    await refused(() => user.deleteConstruct("synth"), "CONSTRUCT_IS_CORE");
    await user.selectRuntime("zoe");
    await user.deleteConstruct("zoe-001");
    await refused(() => user.construct("zoe-001"), "CONSTRUCT_NOT_FOUND");
    assert.equal(user.session(made.homeSessionId ?? "").title, "Zoë");
    assert.ok(user.runtime("synth").active);
    assert.deepEqual(
      (await reopen()).constructs().map(({ constructId }) => constructId),
      ["lin-001", "synth-001", "zoe-002"],
    );
  });
});

describe("a staged file", () => {
  test("waits for the message that carries it and is found by its hash from then on", async (t) => {
    const { user, reopen } = await open(t);
    const { sessionId } = await user.createSession({ title: "T" });
    const staged = await user.stageFile({ name: "note.txt", bytes: bytes("hello") });
    assert.equal(await textOf((await user.findFile(staged.fileId)).bytes), "hello");
    const id = createUuid() as MessageId;
    const draft = {
      id,
      role: "user" as const,
      content: "",
      parts: [{ kind: "file" as const, fileId: staged.fileId }],
    };
    const [first] = await user.append(sessionId, [draft]);
    const view = await user.message(sessionId, id);
    assert.deepEqual(view.parts, [{ kind: "file", ...staged }]);
    assert.deepEqual(await user.append(sessionId, [draft]), [first], "a repeat is the same message");
    const again = await reopen();
    const found = await again.findFile(staged.fileId);
    assert.deepEqual([found.name, found.mime, found.size], ["note.txt", "text/plain", 5]);
    assert.equal(await textOf(again.readFile(sessionId, staged.fileId)), "hello");
    await refused(() => again.findFile(`sha256:${"0".repeat(64)}`), "FILE_NOT_FOUND");
    const unknown = [{ kind: "file" as const, fileId: `sha256:${"0".repeat(64)}` }];
    await refused(
      () => again.append(sessionId, [{ role: "user", content: "", parts: unknown }]),
      "FILE_NOT_FOUND",
    );
    await again.addKnowledgeFile("synth", { name: "k.md", bytes: bytes("# k") });
    const [knowledge] = again.knowledgeFiles("synth");
    assert.equal((await again.findFile(knowledge?.fileId ?? "")).name, "k.md");
    await again.removeKnowledgeFile("synth", knowledge?.fileId ?? "");
    assert.deepEqual(again.knowledgeFiles("synth"), []);
  });
});

describe("two users of a vault", () => {
  test("never see each other's anything", async (t) => {
    const { vault, user } = await open(t);
    const other = await vault.createUser("other");
    const { sessionId } = await user.createSession({ title: "Mine alone" });
    const [said] = await user.append(sessionId, [{ role: "user", content: "mine" }]);
    const staged = await user.stageFile({ name: "mine.txt", bytes: bytes("mine") });
    const made = await user.createConstruct({ name: "Mine" });
    await user.setDraft(sessionId, "mine");
    await user.setSettings({ mine: true });
    await user.setSecret("key", "mine");
    const told: VaultChange[] = [];
    other.onChange((change) => told.push(change));
    await user.append(sessionId, [{ role: "user", content: "mine too" }]);
    assert.deepEqual(told, []);
    assert.deepEqual(other.settings(), {});
    assert.equal(other.secret("key"), undefined);
    assert.deepEqual(other.sessions({ title: "mine" }).sessions, []);
    assert.deepEqual(
      other.constructs().map(({ constructId }) => constructId),
      ["lin-001", "synth-001"],
    );
    const messageId = said?.messageId ?? ("" as MessageId);
    for (const act of [
      () => other.messages(sessionId),
      () => other.outline(sessionId),
      () => other.message(sessionId, messageId),
      () => other.lineage(sessionId),
      () => other.draft(sessionId),
      () => other.setDraft(sessionId, "x"),
      () => other.place(sessionId),
      () => other.setPlace(sessionId, {}),
      () => other.setMessageDeleted(sessionId, messageId, true),
      () => other.checkpoint(sessionId, { id: messageId, role: "user", content: "x" }),
    ]) {
      await refused(act, "SESSION_NOT_FOUND");
    }
    await refused(() => other.findFile(staged.fileId), "FILE_NOT_FOUND");
    await refused(() => other.sessionMonths(made.runtimeId ?? ""), "RUNTIME_NOT_FOUND");
    for (const act of [
      () => other.construct(made.gptId),
      () => other.updateConstruct("mine-001", { name: "x" }),
      () => other.deleteConstruct("mine-001"),
      () => other.constructVersions("mine-001"),
      () => other.constructActions("mine-001"),
    ]) {
      await refused(act, "CONSTRUCT_NOT_FOUND");
    }
  });
});
