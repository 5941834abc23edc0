import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ChattyError, createUuid } from "@chatty/model";
import type { ConstructId, MessageId, RuntimeId, SessionId } from "@chatty/model";
import type { ConstructView, MessageWindow, RuntimeView, SessionView, WindowMessage } from "@chatty/store";
import { vaultAnswerStore } from "./vault-answer-store.ts";
import type { VaultOfAnswers } from "./vault-answer-store.ts";

const sessionId = createUuid() as SessionId;

function messageAt(index: number, ids: MessageId[]): WindowMessage {
  const id = ids[index];
  assert.ok(id !== undefined);
  return {
    id,
    parentId: ids[index - 1] ?? null,
    role: index % 2 === 0 ? "user" : "assistant",
    content: `m${index}`,
    timestampSource: "message",
    hidden: false,
    parts: [],
    index,
    siblings: { position: 0, ids: [id] },
  };
}

/** One path of `count` messages, answered in windows as the vault's contract says, and what was asked of it. */
function vaultWith(count: number): { user: VaultOfAnswers; ids: MessageId[]; asked: number[] } {
  const ids = Array.from({ length: count }, () => createUuid() as MessageId);
  const all = ids.map((_, index) => messageAt(index, ids));
  const asked: number[] = [];
  const never = (): never => {
    throw new Error("This is not asked for here.");
  };
  const user: VaultOfAnswers = {
    append: never,
    checkpoint: never,
    stageFile: never,
    session: () =>
      ({ sessionId, runtimeId: "synth", constructId: "synth-001", imported: false }) as SessionView,
    runtime: (name) =>
      ({ runtimeId: name as RuntimeId, constructId: `${name}-001` as ConstructId }) as RuntimeView,
    construct: (name) =>
      ({
        constructId: name,
        instructions: `I am ${name}.`,
        runtimeId: name.replace(/-001$/, ""),
      }) as unknown as ConstructView,
    message: (_, id) => {
      const message = all.find((one) => one.id === id);
      return message === undefined
        ? Promise.reject(new ChattyError("MESSAGE_NOT_FOUND", "There is no such message."))
        : Promise.resolve(message);
    },
    messages: (_, { around, before, limit = 60 } = {}): Promise<MessageWindow> => {
      asked.push(limit);
      const at = ids.indexOf((around ?? before) as MessageId);
      const to = before === undefined ? (around === undefined ? count : Math.min(count, at + 20)) : at;
      const from = Math.max(0, to - limit);
      const messages = all.slice(from, to);
      return Promise.resolve({ messages, from, total: count, leafId: ids.at(-1) ?? null, revision: "1" });
    },
    findFile: (fileId) =>
      fileId === "sha256:small" || fileId === "sha256:large"
        ? Promise.resolve({
            name: "a",
            size: fileId === "sha256:small" ? 3 : 1e9,
            bytes: (async function* () {
              yield await Promise.resolve(new Uint8Array([1, 2]));
              yield new Uint8Array([3]);
            })(),
          })
        : Promise.reject(new ChattyError("FILE_NOT_FOUND", "There is no such file.")),
  };
  return { user, ids, asked };
}

describe("vaultAnswerStore", () => {
  test("walks back from a message to the start, and never past it to what came after", async () => {
    const { user, ids } = vaultWith(450);
    const leaf = ids[430];
    assert.ok(leaf !== undefined);
    const seen: number[] = [];
    for await (const { index } of vaultAnswerStore(user).readPath(sessionId, leaf)) seen.push(index);
    assert.deepEqual(
      seen,
      Array.from({ length: 431 }, (_, index) => 430 - index),
    );
  });

  test("asks for no more of a long path than is read", async () => {
    const { user, ids, asked } = vaultWith(100_000);
    const leaf = ids.at(-1);
    assert.ok(leaf !== undefined);
    let count = 0;
    for await (const message of vaultAnswerStore(user).readPath(sessionId, leaf)) {
      assert.ok(message.index >= 0);
      if ((count += 1) === 150) break;
    }
    assert.equal(asked.length, 2);
  });

  test("says who answers: the session's own construct, another one, or another runtime's", async () => {
    const store = vaultAnswerStore(vaultWith(1).user);
    assert.deepEqual(await store.speaker(sessionId, {}), {
      runtimeId: "synth",
      constructId: "synth-001",
      system: "I am synth-001.",
    });
    assert.partialDeepStrictEqual(await store.speaker(sessionId, { constructId: "lin-001" }), {
      runtimeId: "lin",
      constructId: "lin-001",
    });
    assert.partialDeepStrictEqual(await store.speaker(sessionId, { runtimeId: "lin" }), {
      runtimeId: "lin",
      constructId: "lin-001",
    });
  });

  test("refuses to answer in an imported conversation", async () => {
    const { user } = vaultWith(1);
    const imported = { ...user, session: () => ({ ...user.session("x"), imported: true }) };
    await assert.rejects(vaultAnswerStore(imported).speaker(sessionId, {}), { code: "SESSION_READ_ONLY" });
  });

  test("gives the bytes of a file, and none where they are missing or too many", async () => {
    const { readFile } = vaultAnswerStore(vaultWith(1).user);
    const bytes = await readFile({ kind: "image", fileId: "sha256:small" });
    assert.deepEqual([...(bytes ?? [])], [1, 2, 3]);
    assert.equal(await readFile({ kind: "image", fileId: "sha256:large" }), undefined);
    assert.equal(await readFile({ kind: "image", fileId: "sha256:none" }), undefined);
    assert.equal(await readFile({ kind: "image", fileId: "sha256:small", missing: true }), undefined);
  });

  test("knows the end of the path, and that a message is not there", async () => {
    const { user, ids } = vaultWith(3);
    const store = vaultAnswerStore(user);
    assert.equal((await store.leaf(sessionId))?.id, ids[2]);
    assert.equal(await store.message(sessionId, createUuid() as MessageId), undefined);
  });
});
