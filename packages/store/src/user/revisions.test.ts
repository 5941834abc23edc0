import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import type { MessageId, SessionId } from "@chatty/model";
import { createUuid } from "@chatty/model";
import type { NewMessage, NewRecord } from "../sessions/backend.ts";
import type { OwnedVault } from "../vault/owned-vault.ts";
import { openOwnedVault } from "../vault/open-vault.ts";

const environment = "test";

interface Opened {
  vault: OwnedVault;
  sessionId: SessionId;
  put: (record: NewMessage | NewRecord) => Promise<MessageId>;
  texts: () => Promise<string[]>;
  reopen: () => Promise<void>;
}

function newId(): MessageId {
  return createUuid(Date.now()) as MessageId;
}

async function open(t: TestContext): Promise<Opened> {
  const home = mkdtempSync(join(tmpdir(), "chatty-revisions-"));
  // The clock stands still: nothing may depend on acts having times of their own.
  const drivers = { now: () => 1_700_000_000_000 };
  const vault = await openOwnedVault({ home, environment }, drivers);
  const { sessionId } = await vault.user().createSession({ title: "T" });
  const opened: Opened = {
    vault,
    sessionId,
    put: async (record) => {
      const backend = opened.vault.backend(opened.vault.user().userId);
      await backend.commit([{ kind: "append", sessionId, record }]);
      return record.id;
    },
    texts: async () => (await opened.vault.user().show(sessionId)).messages.map(({ content }) => content),
    reopen: async () => {
      await opened.vault.close();
      opened.vault = await openOwnedVault({ home, environment }, drivers);
    },
  };
  t.after(async () => {
    await opened.vault.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 3 });
  });
  return opened;
}

/** Everything that can be said, revised, deleted and half-said in a session. */
async function fill(opened: Opened): Promise<{ first: MessageId; second: MessageId }> {
  const { put } = opened;
  const first = await put({ kind: "message", id: newId(), role: "user", content: "one" });
  const second = await put({ kind: "message", id: newId(), role: "assistant", content: "two" });
  await put({ kind: "revision", id: newId(), targetId: first, content: "one, better" });
  await put({ kind: "revision", id: newId(), targetId: first, content: "one, best" });
  await put({ kind: "tombstone", id: newId(), targetId: second, deleted: true });
  await put({ kind: "note", id: newId(), text: "a note" });
  await put({ kind: "checkpoint", id: newId(), role: "assistant", content: "half an ans" });
  return { first, second };
}

describe("revised and deleted messages", () => {
  test("are shown as they are now, and the same when everything derived is made again", async (t) => {
    const opened = await open(t);
    await fill(opened);
    assert.deepEqual(await opened.texts(), ["one, best", "half an ans"]);
    await opened.vault.settle();
    const report = await opened.vault.rebuild("all");
    assert.deepEqual(report.differences, []);
    assert.deepEqual((await opened.vault.verify()).problems, []);
    await opened.reopen();
    assert.deepEqual(await opened.texts(), ["one, best", "half an ans"]);
    const { messageCount } = opened.vault.user().session(opened.sessionId);
    assert.equal(messageCount, 2);
  });

  test("come back step by step when they are undone", async (t) => {
    const opened = await open(t);
    await fill(opened);
    const user = opened.vault.user();
    const seen = [];
    for (let step = 0; step < 4; step += 1) {
      await user.undo(opened.sessionId);
      seen.push(await opened.texts());
    }
    assert.deepEqual(seen, [["one, best"], ["one, best", "two"], ["one, better", "two"], ["one", "two"]]);
    assert.deepEqual((await opened.vault.rebuild("all")).differences, []);
    assert.deepEqual((await opened.vault.verify()).problems, []);
  });

  test("are what the last messages say, too", async (t) => {
    const opened = await open(t);
    const { first } = await fill(opened);
    await opened.put({ kind: "revision", id: newId(), targetId: first, content: "one, again" });
    const tail = await opened.vault.user().tail(opened.sessionId, 10);
    assert.deepEqual(
      tail.map(({ content }) => content),
      ["one, again", "half an ans"],
    );
  });

  test("stay as they were in a fork that was made before", async (t) => {
    const opened = await open(t);
    const { first } = await fill(opened);
    const user = opened.vault.user();
    const fork = await user.forkSession(opened.sessionId, { at: first });
    await opened.put({ kind: "revision", id: newId(), targetId: first, content: "one, later" });
    await opened.put({ kind: "tombstone", id: newId(), targetId: first, deleted: true });
    const shown = await user.show(fork.sessionId);
    assert.deepEqual(
      shown.messages.map(({ content }) => content),
      ["one, best"],
    );
  });

  test("keep what is not text: thinking, calls and files stay where they were", async (t) => {
    const opened = await open(t);
    const id = await opened.put({
      kind: "message",
      id: newId(),
      role: "assistant",
      content: "hm\nIt is bleu.\nReally.",
      parts: [
        { kind: "thinking", text: "hm" },
        { kind: "text", text: "It is bleu." },
        { kind: "file", name: "kettle.pdf", missing: true },
        { kind: "text", text: "Really." },
      ],
    });
    const user = opened.vault.user();
    await user.reviseMessage(opened.sessionId, id, "It is blue.");
    const revised = await user.message(opened.sessionId, id);
    assert.equal(revised.content, "hm\nIt is blue.");
    assert.deepEqual(
      revised.parts.map((part) => ("text" in part ? part.text : part.kind)),
      ["hm", "It is blue.", "file"],
    );
    await user.undo(opened.sessionId);
    const back = await user.message(opened.sessionId, id);
    assert.equal(back.content, "hm\nIt is bleu.\nReally.");
    assert.equal(back.parts.length, 4);
  });
});
