import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { createUuid, isChattyError } from "@chatty/model";
import type { MessageId, SessionId } from "@chatty/model";
import { backupVault, restoreBackup } from "../backup/vault-backups.ts";
import { openVault } from "../vault/open-vault.ts";
import type { UserVault, Vault } from "../user-vault.ts";
import { historyLimits, parseContextHistory } from "./context-history.ts";
import type { ConversationContext, RecallRecord } from "./context-history.ts";
import { isPeriod } from "./summary.ts";
import type { PeriodSummary, SessionSummary } from "./summary.ts";

const environment = "test";

interface Opened {
  home: string;
  vault: Vault;
  user: UserVault;
  /** Folder of the user below `tree`. */
  folder: (tree: "vvault" | "continuity") => string;
}

async function open(t: TestContext, home = mkdtempSync(join(tmpdir(), "chatty-memory-"))): Promise<Opened> {
  const vault = await openVault({ home: join(home, "home"), environment });
  t.after(async () => {
    await vault.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 3 });
  });
  const user = vault.user();
  return {
    home,
    vault,
    user,
    folder: (tree) => join(vault.root, tree, "users", "shard_0000", user.userId),
  };
}

async function conversation(user: UserVault, title: string): Promise<{ id: SessionId; first: MessageId }> {
  const { sessionId } = await user.createSession({ title });
  const [first] = await user.append(sessionId, [{ role: "user", content: `About ${title}.` }]);
  assert.ok(first !== undefined);
  return { id: sessionId, first: first.messageId };
}

function recallOf(user: UserVault, into: SessionId, from: { id: SessionId; first: MessageId }): RecallRecord {
  const { runtimeId } = user.session(from.id);
  return {
    at: 1_700_000_000_000,
    sessionId: into,
    answerId: createUuid() as MessageId,
    passages: [
      {
        sessionId: from.id,
        runtimeId,
        messageIds: [from.first],
        timestamp: 5,
        score: 0.5,
        excerpt: "a 🙂 b",
      },
    ],
  };
}

function contextOf(user: UserVault, { id, first }: { id: SessionId; first: MessageId }): ConversationContext {
  const { runtimeId, revision } = user.session(id);
  return {
    ...{ sessionId: id, runtimeId, revision, timestamp: 7, confidence: 0.25, summary: "A boat." },
    keyPoints: [{ text: "The boat is called Saltwind.", messageId: first }],
    entities: { Saltwind: 2 },
    messageRange: { first, last: first, count: 1 },
  };
}

function summaryOf(user: UserVault, { id, first }: { id: SessionId; first: MessageId }): SessionSummary {
  const { runtimeId, revision } = user.session(id);
  const points = [{ text: "About it.", sessionId: id, messageId: first, kind: "opening" as const }];
  return {
    ...{ sessionId: id, runtimeId, revision, madeAt: 9, method: "extractive", text: "About it.", points },
    messageRange: { first, last: first, count: 1 },
  };
}

function periodOf(user: UserVault, ids: { id: SessionId; first: MessageId }[]): PeriodSummary {
  const points = ids.map(({ id, first }) => ({
    text: `Of ${id}.`,
    sessionId: id,
    messageId: first,
    kind: "point" as const,
  }));
  return {
    ...{ period: "2024-03", madeAt: 9, method: "extractive", isWhole: true, points },
    text: points.map(({ text }) => text).join("\n"),
    conversations: ids.map(({ id }) => {
      const { runtimeId, title, revision } = user.session(id);
      return { sessionId: id, runtimeId, title, messages: 1, revision };
    }),
  };
}

describe("what is remembered over conversations", () => {
  test("is kept in files that are read again as they were written", async (t) => {
    const { user, vault, folder } = await open(t);
    const boat = await conversation(user, "the boat");
    const tea = await conversation(user, "tea");
    assert.deepEqual(user.memory.history(), { recalls: [], conversations: [] });
    const recall = recallOf(user, tea.id, boat);
    await user.memory.addRecall(recall);
    await user.memory.keepContext(contextOf(user, boat));
    await user.memory.keepSummary(summaryOf(user, boat));
    await user.memory.keepPeriodSummary(periodOf(user, [boat, tea]));
    const modelled = {
      ...periodOf(user, [tea]),
      period: "2024-03-12",
      method: "model",
      model: "a/b",
    } as const;
    await user.memory.keepPeriodSummary(modelled);
    assert.deepEqual(user.memory.history(), { recalls: [recall], conversations: [contextOf(user, boat)] });
    assert.deepEqual(user.memory.summary(boat.id), summaryOf(user, boat));
    assert.equal(user.memory.summary(tea.id), undefined);
    assert.deepEqual(user.memory.periods(), ["2024-03", "2024-03-12"]);
    assert.deepEqual(user.memory.periodSummary("2024-03"), periodOf(user, [boat, tea]));
    assert.deepEqual(user.memory.periodSummary("2024-03-12"), modelled);
    const written = JSON.parse(
      readFileSync(join(folder("vvault"), "context_history.json"), "utf8"),
    ) as object;
    assert.partialDeepStrictEqual(written, { format: "chatty.context-history", version: 1 });
    assert.deepEqual((await vault.verify()).problems, []);
  });

  test("stays within its bounds, the newest kept, and holds an answer once", async (t) => {
    const { user } = await open(t);
    const boat = await conversation(user, "the boat");
    const tea = await conversation(user, "tea");
    const last = recallOf(user, tea.id, boat);
    for (let count = 0; count < 30; count += 1) await user.memory.addRecall(recallOf(user, tea.id, boat));
    await user.memory.addRecall(last);
    await user.memory.addRecall({ ...last, at: 2 });
    const { recalls } = user.memory.history();
    assert.equal(recalls.length, 31);
    assert.equal(recalls.at(-1)?.at, 2);
    const long = contextOf(user, boat);
    const keyPoints = Array.from({ length: 50 }, () => ({ text: "🙂".repeat(5000), messageId: boat.first }));
    await user.memory.keepContext({ ...long, keyPoints, summary: "x".repeat(5000) });
    const [kept] = user.memory.history().conversations;
    assert.equal(kept?.keyPoints.length, historyLimits.keyPoints);
    assert.ok(
      kept?.keyPoints.every(({ text }) => text.isWellFormed() && text.length <= historyLimits.keyPoint),
    );
    assert.equal(kept?.summary.length, historyLimits.summary);
  });

  test("speaks of nothing that was purged", async (t) => {
    const { user, vault, folder } = await open(t);
    const boat = await conversation(user, "the boat");
    const tea = await conversation(user, "tea");
    await user.memory.addRecall(recallOf(user, tea.id, boat));
    await user.memory.addRecall(recallOf(user, boat.id, tea));
    await user.memory.keepContext(contextOf(user, boat));
    await user.memory.keepContext(contextOf(user, tea));
    await user.memory.keepSummary(summaryOf(user, boat));
    await user.memory.keepPeriodSummary(periodOf(user, [boat, tea]));
    const modelled = {
      ...periodOf(user, [boat, tea]),
      period: "2024-04",
      method: "model",
      model: "a/b",
    } as const;
    await user.memory.keepPeriodSummary(modelled);
    await user.deleteSession(boat.id);
    assert.equal(user.memory.history().recalls.length, 2, "what is deleted may come back");
    await user.purgeSession(boat.id);
    assert.deepEqual(user.memory.history(), { recalls: [], conversations: [contextOf(user, tea)] });
    assert.deepEqual(user.memory.periodSummary("2024-03"), periodOf(user, [tea]));
    assert.equal(
      user.memory.periodSummary("2024-04"),
      undefined,
      "what a model wrote may speak of it anywhere",
    );
    for (const tree of ["vvault", "continuity"] as const) {
      for (const path of readdirSync(folder(tree), { recursive: true, encoding: "utf8" })) {
        if (path.endsWith(".json"))
          assert.ok(!readFileSync(join(folder(tree), path), "utf8").includes(boat.id), path);
      }
    }
    // An answer that was under way, and a summary that took its time, come too late.
    await user.memory.addRecall({ ...recallOf(user, tea.id, tea), sessionId: boat.id });
    assert.equal(user.memory.history().recalls.length, 0);
    await assert.rejects(
      user.memory.keepPeriodSummary({ ...modelled, conversations: modelled.conversations }),
    );
    assert.deepEqual((await vault.verify()).problems, []);
  });

  test("is told of when it cannot be read, set aside by a repair or the next writing, and begun anew", async (t) => {
    const { user, vault, folder } = await open(t);
    const boat = await conversation(user, "the boat");
    const history = join(folder("vvault"), "context_history.json");
    const summary = join(folder("vvault"), "instances/synth-001/sessions", boat.id, "summary.json");
    const period = join(folder("continuity"), "summaries/2024-03/summary.json");
    await vault.settle();
    mkdirSync(dirname(period), { recursive: true });
    for (const path of [history, summary, period]) writeFileSync(path, `{"torn": "${boat.id}`);
    const { problems } = await vault.verify();
    assert.deepEqual(
      problems.map(({ code }) => code),
      ["MEMORY_UNREADABLE", "MEMORY_UNREADABLE", "MEMORY_UNREADABLE"],
    );
    assert.equal(user.memory.summary(boat.id), undefined);
    await user.memory.keepSummary(summaryOf(user, boat));
    assert.deepEqual(user.memory.summary(boat.id), summaryOf(user, boat));
    const report = await vault.repair();
    assert.equal(report.quarantined.length, 2);
    assert.deepEqual(report.remaining, []);
    assert.ok(!existsSync(history) && !existsSync(period));
    assert.deepEqual(user.memory.history(), { recalls: [], conversations: [] });
  });

  test("is in a backup, and back after restoring it", async (t) => {
    const { user, vault, home } = await open(t);
    const boat = await conversation(user, "the boat");
    await user.memory.addRecall(recallOf(user, boat.id, boat));
    await user.memory.keepSummary(summaryOf(user, boat));
    await user.memory.keepPeriodSummary(periodOf(user, [boat]));
    const backups = join(home, "backups");
    await backupVault(vault, backups);
    await restoreBackup({ from: backups, home: join(home, "restored") });
    const restored = await openVault({ home: join(home, "restored"), environment });
    const { memory } = restored.user();
    assert.deepEqual(memory.history(), user.memory.history());
    assert.deepEqual(memory.summary(boat.id), user.memory.summary(boat.id));
    assert.deepEqual(memory.periodSummary("2024-03"), user.memory.periodSummary("2024-03"));
    assert.deepEqual((await restored.verify()).problems, []);
    await restored.close();
  });

  test("is refused under another name, version or user", async (t) => {
    const { user } = await open(t);
    const file = {
      format: "chatty.context-history",
      version: 1,
      user_id: user.userId,
      recalls: [],
      conversations: [],
    };
    const parse = (value: unknown): unknown => parseContextHistory(JSON.stringify(value), user.userId);
    assert.deepEqual(parse(file), { recalls: [], conversations: [] });
    for (const wrong of [
      { ...file, format: "other" },
      { ...file, version: 2 },
      { ...file, user_id: createUuid() },
      { ...file, recalls: {} },
      { ...file, recalls: [{ at: "now" }] },
      { ...file, conversations: [null] },
      [],
      null,
    ]) {
      assert.equal(typeof parse(wrong), "string", JSON.stringify(wrong));
    }
    await assert.rejects(
      async () => await Promise.resolve(user.memory.periodSummary("../../etc")),
      (error) => isChattyError(error, "PERIOD_INVALID"),
    );
    assert.ok(
      isPeriod("2024-02-29") && !isPeriod("2023-02-29") && !isPeriod("2024-13") && isPeriod("0999-01"),
    );
  });
});
