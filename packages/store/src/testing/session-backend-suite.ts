import assert from "node:assert/strict";
import { createUuid, isChattyError } from "@chatty/model";
import type { ConstructId, MessageId, RuntimeId, SessionId } from "@chatty/model";
import type { NewMessage, SessionBackend, SessionChange } from "../sessions/backend.ts";

export { compareWindows } from "./compare-windows.ts";

/** The part of a test runner that the suite uses. */
export type TestRunner = (name: string, body: () => Promise<void>) => void;

/** A backend that was opened for one test. */
export interface OpenedBackend {
  backend: SessionBackend;
  /** Closes it and opens it again on the same data. */
  reopen: () => Promise<SessionBackend>;
  close: () => Promise<void>;
}

export interface SessionBackendSuiteOptions {
  /** Registers one test, as `test` of node:test does. */
  test: TestRunner;
  /** Opens an empty backend for a user that has the core runtimes. */
  open: () => Promise<OpenedBackend>;
}

const runtimeId = "synth" as RuntimeId;
const constructId = "synth-001" as ConstructId;

/**
 * What every driver of {@link SessionBackend} promises. Pass the runner in; for a capability that a driver declares absent, the
 * test that it refuses runs instead.
 */
export function sessionBackendSuite({ test, open }: SessionBackendSuiteOptions): void {
  const run = (name: string, body: (opened: OpenedBackend) => Promise<void>): void => {
    test(name, async () => {
      const opened = await open();
      try {
        await body(opened);
      } finally {
        await opened.close();
      }
    });
  };

  run("makes a session and knows it", async ({ backend }) => {
    const sessionId = await createSession(backend, "First");
    const summary = backend.summary(sessionId);
    assert.equal(summary?.title, "First");
    assert.equal(summary?.messageCount, 0);
    assert.equal(summary?.leafId, undefined);
    assert.ok([...backend.sessionIds()].includes(sessionId));
  });

  run("does not know a session that was never made", async ({ backend }) => {
    assert.equal(backend.summary(newId<SessionId>()), undefined);
    await rejectsWith(backend.commit([append(newId(), "lost")]), "SESSION_NOT_FOUND");
  });

  run("creates only once for one id", async ({ backend }) => {
    const sessionId = newId<SessionId>();
    await backend.commit([create(sessionId, "First")]);
    const [repeated] = await backend.commit([create(sessionId, "Second")]);
    assert.equal(repeated?.repeated, true);
    assert.equal(backend.summary(sessionId)?.title, "First");
  });

  run("appends behind the last message of the active path", async ({ backend }) => {
    const sessionId = await createSession(backend);
    const first = await appendTo(backend, sessionId, "one");
    const second = await appendTo(backend, sessionId, "two");
    const messages = messagesOf(backend, sessionId);
    assert.deepEqual(
      messages.map((message) => [message.content, message.parentId]),
      [
        ["one", null],
        ["two", first],
      ],
    );
    assert.equal(backend.summary(sessionId)?.leafId, second);
    assert.equal(backend.summary(sessionId)?.messageCount, 2);
  });

  run("keeps text exactly as it is", async ({ backend, reopen }) => {
    const sessionId = await createSession(backend);
    const texts = [
      "",
      " \n\t ",
      "\u0000\u0001",
      "a\r\nb",
      "\ud83d",
      "🙂 Zoë 日本語",
      '{"hash":"x"}',
      "-".repeat(70_000),
    ];
    for (const text of texts) await appendTo(backend, sessionId, text);
    assert.deepEqual(
      messagesOf(backend, sessionId).map((message) => message.content),
      texts,
    );
    assert.deepEqual(
      messagesOf(await reopen(), sessionId).map((message) => message.content),
      texts,
    );
  });

  run("refuses a parent that is not there and writes nothing", async ({ backend }) => {
    const sessionId = await createSession(backend);
    const change = append(sessionId, "orphan", { parentId: newId<MessageId>() });
    await rejectsWith(backend.commit([change]), "MESSAGE_NOT_FOUND");
    assert.equal(messagesOf(backend, sessionId).length, 0);
  });

  run("branches where it is told to", async ({ backend }) => {
    const sessionId = await createSession(backend);
    const root = await appendTo(backend, sessionId, "question");
    await appendTo(backend, sessionId, "answer");
    const [other] = await backend.commit([append(sessionId, "other answer", { parentId: root })]);
    assert.equal(messagesOf(backend, sessionId)[2]?.parentId, root);
    assert.equal(backend.summary(sessionId)?.leafId, other?.messageId);
  });

  run("answers a repeated message as the first time and writes it once", async ({ backend, reopen }) => {
    const sessionId = await createSession(backend);
    const id = newId<MessageId>();
    const [first] = await backend.commit([append(sessionId, "once", { id })]);
    const [again] = await backend.commit([append(sessionId, "once", { id })]);
    assert.deepEqual([again?.seq, again?.hash], [first?.seq, first?.hash]);
    const reopened = await reopen();
    await reopened.commit([append(sessionId, "once", { id })]);
    assert.equal(messagesOf(reopened, sessionId).length, 1);
  });

  run(
    "refuses another message under an id that is taken, and keeps the first",
    async ({ backend, reopen }) => {
      const sessionId = await createSession(backend);
      const id = newId<MessageId>();
      await backend.commit([append(sessionId, "first", { id })]);
      await rejectsWith(backend.commit([append(sessionId, "second", { id })]), "MESSAGE_ID_TAKEN");
      const reopened = await reopen();
      await rejectsWith(reopened.commit([append(sessionId, "second", { id })]), "MESSAGE_ID_TAKEN");
      assert.deepEqual(
        messagesOf(reopened, sessionId).map((message) => message.content),
        ["first"],
      );
    },
  );

  run("counts right when a message is deleted and others arrive at the same time", async ({ backend }) => {
    const sessionId = await createSession(backend);
    const first = await appendTo(backend, sessionId, "kept");
    const second = await appendTo(backend, sessionId, "deleted");
    await Promise.all([
      record(backend, sessionId, { kind: "tombstone", id: newId(), targetId: second, deleted: true }),
      backend.commit([append(sessionId, "three", { parentId: first })]),
      backend.commit([append(sessionId, "four", { parentId: first })]),
    ]);
    assert.equal(backend.summary(sessionId)?.messageCount, 3);
  });

  run("makes changes from what everything before them left", async ({ backend }) => {
    const sessionId = await createSession(backend);
    const counts = await Promise.all(
      [1, 2, 3].map(async () => {
        let seen = -1;
        await backend.commit(() => {
          seen = backend.summary(sessionId)?.messageCount ?? -1;
          return [append(sessionId, `after ${seen}`)];
        });
        return seen;
      }),
    );
    assert.equal(counts.length, 3);
    assert.equal(backend.summary(sessionId)?.messageCount, 3);
  });

  run("writes a message once that is sent twice at the same time", async ({ backend }) => {
    const sessionId = await createSession(backend);
    const id = newId<MessageId>();
    const change = append(sessionId, "once", { id });
    const [first, second] = await Promise.all([backend.commit([change]), backend.commit([change])]);
    assert.equal(first[0]?.hash, second[0]?.hash);
    assert.equal(messagesOf(backend, sessionId).length, 1);
  });

  run("makes all changes of a batch or none", async ({ backend, reopen }) => {
    const sessionId = await createSession(backend);
    const bad = append(newId(), "nowhere");
    await rejectsWith(backend.commit([append(sessionId, "first half"), bad]), "SESSION_NOT_FOUND");
    assert.equal(messagesOf(await reopen(), sessionId).length, 0);
  });

  run("sees what an earlier change of the same batch made", async ({ backend }) => {
    const sessionId = newId<SessionId>();
    const changes = [create(sessionId, "Together"), append(sessionId, "one"), append(sessionId, "two")];
    const [, first] = await backend.commit(changes);
    assert.equal(messagesOf(backend, sessionId)[1]?.parentId, first?.messageId);
  });

  run("keeps everything when it is opened again", async ({ backend, reopen }) => {
    const sessionId = await createSession(backend, "Kept");
    for (let index = 0; index < 20; index += 1) await appendTo(backend, sessionId, `message ${index}`);
    const before = [...backend.scan(sessionId)];
    const reopened = await reopen();
    assert.deepEqual([...reopened.scan(sessionId)], before);
    assert.deepEqual(reopened.summary(sessionId)?.messageCount, 20);
  });

  run("gives the last records in order", async ({ backend }) => {
    const sessionId = await createSession(backend);
    for (let index = 0; index < 30; index += 1) await appendTo(backend, sessionId, `message ${index}`);
    const all = [...backend.scan(sessionId)];
    assert.deepEqual(backend.tail(sessionId, 7), all.slice(-7));
    assert.deepEqual(backend.tail(sessionId, 1000), all);
  });

  run("renames, archives, deletes and restores by new records", async ({ backend, reopen }) => {
    const sessionId = await createSession(backend, "Before");
    await record(backend, sessionId, { kind: "title", id: newId(), title: "After" });
    await record(backend, sessionId, { kind: "archive", id: newId(), archived: true });
    await record(backend, sessionId, { kind: "tombstone", id: newId(), deleted: true });
    await rejectsWith(backend.commit([append(sessionId, "too late")]), "SESSION_DELETED");
    await record(backend, sessionId, { kind: "tombstone", id: newId(), deleted: false });
    const summary = (await reopen()).summary(sessionId);
    assert.deepEqual([summary?.title, summary?.archived, summary?.deleted], ["After", true, false]);
  });

  run("goes back to the nearest living message when the last one is deleted", async ({ backend, reopen }) => {
    const sessionId = await createSession(backend);
    const first = await appendTo(backend, sessionId, "kept");
    const second = await appendTo(backend, sessionId, "deleted");
    await record(backend, sessionId, { kind: "tombstone", id: newId(), targetId: second, deleted: true });
    assert.equal(backend.summary(sessionId)?.leafId, first);
    assert.equal(backend.summary(sessionId)?.messageCount, 1);
    const reopened = await reopen();
    const third = await appendTo(reopened, sessionId, "next");
    const written = messagesOf(reopened, sessionId).find((message) => message.id === third);
    assert.equal(written?.parentId, first);
  });

  run("lets a final message take the place of its checkpoint", async ({ backend }) => {
    const sessionId = await createSession(backend);
    const id = newId<MessageId>();
    await backend.commit([append(sessionId, "par", { id, kind: "checkpoint", role: "assistant" })]);
    await backend.commit([append(sessionId, "partial no more", { id, role: "assistant" })]);
    assert.equal(backend.summary(sessionId)?.messageCount, 1);
    assert.equal(backend.summary(sessionId)?.leafId, id);
  });

  run("serves many sessions at once without mixing them", async ({ backend }) => {
    const sessions = await Promise.all(
      Array.from({ length: 64 }, (_, index) => createSession(backend, `s${index}`)),
    );
    await Promise.all(
      sessions.map(async (sessionId, index) => {
        for (let turn = 0; turn < 5; turn += 1) await appendTo(backend, sessionId, `${index}:${turn}`);
      }),
    );
    for (const [index, sessionId] of sessions.entries()) {
      const expected = [0, 1, 2, 3, 4].map((turn) => `${index}:${turn}`);
      assert.deepEqual(
        messagesOf(backend, sessionId).map((message) => message.content),
        expected,
      );
    }
  });

  run("purges only what is deleted", async ({ backend, reopen }) => {
    const sessionId = await createSession(backend);
    await appendTo(backend, sessionId, "gone soon");
    await rejectsWith(backend.purge(sessionId), "SESSION_NOT_DELETED");
    await record(backend, sessionId, { kind: "tombstone", id: newId(), deleted: true });
    await backend.purge(sessionId);
    assert.equal(backend.summary(sessionId), undefined);
    assert.equal((await reopen()).summary(sessionId), undefined);
  });

  run("commits configuration together with sessions, or refuses it", async ({ backend }) => {
    const sessionId = newId<SessionId>();
    const row = { user_id: "", session_id: sessionId, starred_at: 1 };
    const changes: SessionChange[] = [
      create(sessionId, "Starred"),
      { kind: "configure", change: { put: "settings", row: { ...row, unknown_column: 1 } } },
    ];
    const code = backend.capabilities.supportsConfiguration
      ? "CONFIGURATION_CHANGE_INVALID"
      : "CAPABILITY_MISSING";
    await rejectsWith(backend.commit(changes), code);
    assert.equal(backend.summary(sessionId), undefined);
  });

  run("chains its records by hash, or refuses to scan", async ({ backend }) => {
    const sessionId = await createSession(backend);
    await appendTo(backend, sessionId, "one");
    await appendTo(backend, sessionId, "two");
    if (!backend.capabilities.supportsJournal) {
      assert.throws(() => [...backend.scan(sessionId)], { code: "CAPABILITY_MISSING" });
      return;
    }
    const [first, second] = [...backend.scan(sessionId)];
    assert.equal(second?.prev, first?.hash);
    assert.deepEqual([first?.seq, second?.seq], [1, 2]);
  });
}

function newId<Id extends string = MessageId>(): Id {
  return createUuid() as Id;
}

function create(sessionId: SessionId, title: string): SessionChange {
  return {
    kind: "create",
    session: { sessionId, runtimeId, constructId, title, source: "new_conversation" },
  };
}

function append(sessionId: string, content: string, more: Partial<NewMessage> = {}): SessionChange {
  const message: NewMessage = { kind: "message", id: newId(), role: "user", content, ...more };
  return { kind: "append", sessionId: sessionId as SessionId, record: message };
}

async function createSession(backend: SessionBackend, title = "A session"): Promise<SessionId> {
  const sessionId = newId<SessionId>();
  await backend.commit([create(sessionId, title)]);
  return sessionId;
}

async function appendTo(backend: SessionBackend, sessionId: SessionId, content: string): Promise<MessageId> {
  const [outcome] = await backend.commit([append(sessionId, content)]);
  assert.ok(outcome?.messageId !== undefined);
  return outcome.messageId;
}

async function record(
  backend: SessionBackend,
  sessionId: SessionId,
  body: Extract<SessionChange, { kind: "append" }>["record"],
): Promise<void> {
  await backend.commit([{ kind: "append", sessionId, record: body }]);
}

function messagesOf(backend: SessionBackend, sessionId: SessionId) {
  return [...backend.scan(sessionId)].filter((found) => found.kind === "message");
}

async function rejectsWith(promise: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(promise, (error) => isChattyError(error, code));
}
