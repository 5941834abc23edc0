import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import type { MessageId, SessionId } from "@chatty/model";
import { createUuid, isChattyError } from "@chatty/model";
import fc from "fast-check";
import type { NewMessage, NewRecord } from "../../sessions/backend.ts";
import type { OwnedVault } from "../../vault/owned-vault.ts";
import { openOwnedVault } from "../../vault/open-vault.ts";
import type { UserVault } from "../../user-vault.ts";
import { compareWindows } from "../../testing/compare-windows.ts";

const environment = "test";
const runs = process.env["CHATTY_TEST_FULL"] === undefined ? 60 : 400;

interface Step {
  kind: "message" | "checkpoint" | "finish" | "revision" | "delete" | "revive" | "fork" | "title" | "look";
  a: number;
  b: number;
}

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom<Step["kind"]>(
      "message",
      "message",
      "message",
      "checkpoint",
      "finish",
      "revision",
      "delete",
      "revive",
      "fork",
      "title",
      "look",
    ),
    a: fc.nat({ max: 1000 }),
    b: fc.nat({ max: 1000 }),
  }),
  { minLength: 1, maxLength: 40, size: "max" },
);

interface Told {
  sessionId: SessionId;
  said: MessageId[];
  unfinished: MessageId[];
}

async function openHome(t: TestContext): Promise<{ home: string; vault: OwnedVault }> {
  const home = mkdtempSync(join(tmpdir(), "chatty-windows-"));
  const vault = await openOwnedVault({ home, environment });
  t.after(() => rmSync(home, { recursive: true, force: true, maxRetries: 3 }));
  return { home, vault };
}

function pick<Value>(values: readonly Value[], at: number): Value | undefined {
  return values[at % Math.max(values.length, 1)];
}

/** Does what the steps say, in a session and the forks that come of it. */
async function perform(vault: OwnedVault, plan: readonly Step[]): Promise<Told[]> {
  const user = vault.user();
  const backend = vault.backend(user.userId);
  const first = await user.createSession({ title: "T" });
  const all: Told[] = [{ sessionId: first.sessionId, said: [], unfinished: [] }];
  for (const { kind, a, b } of plan) {
    const told =
      pick(all, kind === "fork" || kind === "look" ? a : all.length - 1 - (a % 5 === 0 ? b : 0)) ?? all[0];
    if (told === undefined) continue;
    const put = async (record: NewMessage | NewRecord): Promise<void> => {
      await backend.commit([{ kind: "append", sessionId: told.sessionId, record }]);
    };
    const id = createUuid() as MessageId;
    const target = pick(told.said, a);
    const place =
      b % 3 === 0 && target !== undefined ? { parentId: target } : b % 17 === 1 ? { parentId: null } : {};
    const role = b % 2 === 0 ? ("user" as const) : ("assistant" as const);
    if (kind === "message") {
      await put({ kind, id, role, content: `said ${a}`, ...place });
      told.said.push(id);
    } else if (kind === "checkpoint") {
      const known = b % 2 === 0 ? pick(told.unfinished, a) : undefined;
      await put({ kind, id: known ?? id, role, content: `so far ${a}`, ...place });
      if (known === undefined) {
        told.said.push(id);
        told.unfinished.push(id);
      }
    } else if (kind === "finish") {
      const open = pick(told.unfinished, a);
      if (open === undefined) continue;
      told.unfinished = told.unfinished.filter((each) => each !== open);
      await put({ kind: "message", id: open, role, content: `finished ${a}`, ...place });
    } else if (kind === "revision" && target !== undefined) {
      await put({ kind, id, targetId: target, content: `revised ${a}` });
    } else if ((kind === "delete" || kind === "revive") && target !== undefined) {
      await put({ kind: "tombstone", id, targetId: target, deleted: kind === "delete" });
    } else if (kind === "fork" && all.length < 4) {
      const at = b % 2 === 0 ? pick((await user.show(told.sessionId)).messages, a)?.id : undefined;
      const fork = await user.forkSession(told.sessionId, at === undefined ? {} : { at });
      all.push({ sessionId: fork.sessionId, said: [], unfinished: [] });
    } else if (kind === "title") {
      await user.renameSession(told.sessionId, `Title ${a}`);
    } else if (kind === "look") {
      // A tree that is kept must follow what comes after.
      await user.messages(told.sessionId, { limit: 1 + (b % 5) });
    }
  }
  return all;
}

describe("windows of native sessions", () => {
  test("show a fork's past as it was, though an answer in it was finished in another place since", async (t) => {
    const { vault } = await openHome(t);
    try {
      const plan: Step[] = [
        { kind: "message", a: 0, b: 1 },
        { kind: "checkpoint", a: 1, b: 1 },
        { kind: "message", a: 1, b: 4 },
        { kind: "message", a: 1, b: 4 },
        { kind: "fork", a: 0, b: 1 },
        // Finished under the third message, which hangs on it.
        { kind: "finish", a: 930, b: 177 },
        { kind: "message", a: 0, b: 0 },
      ];
      const all = await perform(vault, plan);
      assert.equal(all.length, 2);
      for (const { sessionId } of all) await compareWindows(vault.user(), sessionId);
    } finally {
      await vault.close();
    }
  });

  test("give, message by message, what showing the whole session gives", async (t) => {
    const { home, vault } = await openHome(t);
    let current = vault;
    try {
      await fc.assert(
        fc.asyncProperty(steps, fc.boolean(), async (plan, reopens) => {
          const all = await perform(current, plan);
          for (const { sessionId } of all) await compareWindows(current.user(), sessionId);
          if (!reopens) return;
          await current.close();
          current = await openOwnedVault({ home, environment });
          for (const { sessionId } of all) await compareWindows(current.user(), sessionId);
          for (const { sessionId } of all) {
            const { problems } = await current.verify({ user: current.user(), name: sessionId });
            assert.deepEqual(problems, []);
          }
        }),
        { numRuns: runs },
      );
      const { differences } = await current.rebuild("catalog");
      assert.deepEqual(differences, []);
    } finally {
      await current.close();
    }
  });

  test("open anywhere, end where the path ends, and refuse what is no place", async (t) => {
    const { vault } = await openHome(t);
    const user = vault.user();
    try {
      const { sessionId } = await user.createSession({ title: "T" });
      assert.deepEqual(await positions(user, sessionId, {}), [0, []]);
      await user.append(
        sessionId,
        Array.from({ length: 100 }, (_, index) => ({ role: "user" as const, content: String(index) })),
      );
      const { messages } = await user.show(sessionId);
      const id = (index: number): MessageId => messages[index]?.id ?? ("" as MessageId);
      assert.deepEqual(await positions(user, sessionId, {}), [40, range(40, 100)]);
      assert.deepEqual(await positions(user, sessionId, { around: id(50), limit: 3 }), [49, [49, 50, 51]]);
      assert.deepEqual(await positions(user, sessionId, { around: id(99), limit: 3 }), [97, [97, 98, 99]]);
      assert.deepEqual(await positions(user, sessionId, { before: id(2), limit: 3 }), [0, [0, 1]]);
      assert.deepEqual(await positions(user, sessionId, { after: id(97), limit: 9 }), [98, [98, 99]]);
      assert.deepEqual(await positions(user, sessionId, { after: id(99) }), [100, []]);
      assert.deepEqual(await positions(user, sessionId, { at: 7, limit: 2 }), [7, [7, 8]]);
      assert.deepEqual(await positions(user, sessionId, { at: 1000 }), [100, []]);
      for (const limit of [0, 501, 1.5]) {
        await refused(() => user.messages(sessionId, { limit }), "LIMIT_INVALID");
      }
      await refused(() => user.messages(sessionId, { at: 1, after: id(1) }), "WINDOW_INVALID");
      await refused(() => user.messages(sessionId, { at: -1 }), "WINDOW_INVALID");
      for (const query of [{ around: sessionId }, { through: sessionId }, { before: sessionId }]) {
        await refused(() => user.messages(sessionId, query as never), "MESSAGE_NOT_FOUND");
      }
      await refused(() => user.message(sessionId, sessionId as never), "MESSAGE_NOT_FOUND");
      const outline = await user.outline(sessionId);
      assert.deepEqual([outline.total, outline.entries.length, outline.entries[7]?.text], [100, 100, "7"]);
    } finally {
      await vault.close();
    }
  });

  test("follow the branch that was gone on with last", async (t) => {
    const { vault } = await openHome(t);
    const user = vault.user();
    try {
      const { sessionId } = await user.createSession({ title: "T" });
      const say = async (content: string, parentId?: MessageId | null): Promise<MessageId> => {
        const place = parentId === undefined ? {} : { parentId };
        const [result] = await user.append(sessionId, [{ role: "user", content, ...place }]);
        return result?.messageId ?? ("" as MessageId);
      };
      const root = await say("root");
      const old = await say("old branch", root);
      const oldEnd = await say("end of the old branch");
      const young = await say("new branch", root);
      const texts = async (through?: MessageId): Promise<string[]> =>
        (await user.messages(sessionId, through === undefined ? {} : { through })).messages.map(
          ({ content }) => content,
        );
      assert.deepEqual(await texts(), ["root", "new branch"]);
      assert.deepEqual(await texts(old), ["root", "old branch", "end of the old branch"]);
      assert.deepEqual(await texts(root), ["root", "new branch"]);
      const { messages } = await user.messages(sessionId);
      assert.deepEqual(messages[1]?.siblings, { position: 1, ids: [old, young] });
      await say("gone on with", oldEnd);
      assert.deepEqual(await texts(), ["root", "old branch", "end of the old branch", "gone on with"]);
      const around = await user.messages(sessionId, { around: young });
      assert.deepEqual(around.messages.at(-1)?.id, young, "a message of another branch is shown on its path");
    } finally {
      await vault.close();
    }
  });
});

async function positions(user: UserVault, name: string, query: object): Promise<[number, number[]]> {
  const { from, messages } = await user.messages(name, query);
  return [from, messages.map(({ index }) => index)];
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

async function refused(act: () => Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(act, (error) => isChattyError(error, code), code);
}
