import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { MessageId, SessionId } from "@chatty/model";
import { startStandInProvider } from "@chatty/runtimes/testing";
import type { StandInProvider } from "@chatty/runtimes/testing";
import { openVault } from "@chatty/store";
import type { MessageView, UserVault, Vault } from "@chatty/store";
import { createGenerationHub } from "./generation-hub.ts";
import type { GenerationHub } from "./generation-hub.ts";
import type { AnsweringReport, AnsweringTask } from "./testing/answering-process.ts";
import { vaultAnswerStore } from "./vault-answer-store.ts";

let provider: StandInProvider;
let home: string;
let vault: Vault;
let user: UserVault;

before(async () => {
  provider = await startStandInProvider();
  home = await mkdtemp(join(tmpdir(), "chatty-generation-"));
  vault = await openVault({ home, environment: "test" });
  user = vault.user();
});
after(async () => {
  await vault.close();
  await provider.close();
  await rm(home, { recursive: true, force: true });
});

function openHub(checkpointMs: number, of = user): GenerationHub {
  return createGenerationHub({
    store: vaultAnswerStore(of),
    providers: {
      find: () =>
        Promise.resolve({
          config: {
            providerId: "p",
            kind: "openai-compatible",
            name: "Stand-in",
            baseUrl: provider.baseUrl,
          },
          model: { id: "thinking" },
        }),
    },
    checkpointFirstMs: checkpointMs,
    checkpointEveryMs: () => checkpointMs,
  });
}

async function asked(words: string): Promise<{ sessionId: SessionId; question: MessageId }> {
  const { sessionId } = await user.createSession({ runtime: "synth" });
  const [appended] = await user.append(sessionId, [{ role: "user", content: words }]);
  assert.ok(appended !== undefined);
  return { sessionId, question: appended.messageId };
}

function ended(hub: GenerationHub, sessionId: SessionId): Promise<void> {
  return new Promise((resolve) => {
    hub.onState((state) => {
      if (state.state === "ended" && state.sessionId === sessionId) resolve();
    });
  });
}

async function shown(sessionId: SessionId, id: MessageId): Promise<MessageView | undefined> {
  const { messages } = await user.show(sessionId);
  return messages.find((message) => message.id === id);
}

describe("an answer in a vault on disk", () => {
  test("is shown as it was streamed, under the question, with what is known of it", async () => {
    const hub = openHub(5);
    const { sessionId, question } = await asked("Hello");
    const end = ended(hub, sessionId);
    const id = await hub.start(sessionId, {});
    await end;
    const answer = await shown(sessionId, id);
    assert.partialDeepStrictEqual(answer, {
      parentId: question,
      role: "assistant",
      content: "You said: Hello\n\nThis is a **stand-in**, and this is its whole answer.",
      model: "p/thinking",
      runtimeId: "synth",
      constructId: "synth-001",
      metadata: { finishReason: "stop", usage: { inputTokens: 11 } },
    });
    assert.equal(answer?.partial, undefined);
    assert.equal(answer?.parts[0]?.kind, "thinking");
  });

  test("takes the past of a long conversation as far as it fits", async () => {
    const hub = openHub(500);
    const { sessionId } = await user.createSession({ runtime: "synth" });
    const turns = Array.from({ length: 300 }, (_, turn) => ({
      role: turn % 2 === 0 ? ("assistant" as const) : ("user" as const),
      content: `turn ${turn} ${"x".repeat(200)}`,
    }));
    await user.append(sessionId, turns);
    const end = ended(hub, sessionId);
    const id = await hub.start(sessionId, {});
    await end;
    const sent = provider.requests.at(-1)?.messages ?? [];
    assert.ok(sent.length > 20 && sent.length < 200, `${sent.length} messages were sent`);
    assert.match(JSON.stringify(sent.at(-1)), /turn 299/);
    const leftOut = (await shown(sessionId, id))?.metadata?.["leftOut"];
    assert.ok(typeof leftOut === "number" && leftOut > 100);
  });

  test("knows the past that a fork continues", async () => {
    const { sessionId: first } = await asked("The word is heron.");
    await user.append(first, [{ role: "assistant", content: "I will remember." }]);
    const { sessionId } = await user.forkSession(first);
    await user.append(sessionId, [{ role: "user", content: "What is the word?" }]);
    const hub = openHub(500);
    const end = ended(hub, sessionId);
    await hub.start(sessionId, {});
    await end;
    assert.deepEqual(
      provider.requests.at(-1)?.messages.filter(({ role }) => role !== "system"),
      [
        { role: "user", content: "The word is heron." },
        { role: "assistant", content: "I will remember." },
        { role: "user", content: "What is the word?" },
      ],
    );
  });
});

describe("an answer whose server is killed", () => {
  test("is there as far as its last checkpoint, and can be gone on with", async () => {
    const killedHome = await mkdtemp(join(tmpdir(), "chatty-killed-"));
    const report = await answerAndKill({
      home: killedHome,
      baseUrl: provider.baseUrl,
      words: "stand-in:stall",
    });
    assert.match(report.checkpoint, /^You said/);
    const reopened = await openVault({ home: killedHome, environment: "test" });
    try {
      const { sessionId, answerId, question } = report;
      const store = vaultAnswerStore(reopened.user());
      const partial = await store.message(sessionId, answerId);
      assert.partialDeepStrictEqual(partial, {
        content: report.checkpoint,
        partial: true,
        parentId: question,
      });
      const hub = openHub(5, reopened.user());
      assert.equal(hub.isGenerating(sessionId), false);
      const end = ended(hub, sessionId);
      const whole = await hub.start(sessionId, { continues: answerId });
      await end;
      const kept = await store.message(sessionId, whole);
      assert.equal(kept?.parentId, question);
      assert.ok(kept?.content.startsWith(`${report.checkpoint}You said: Your last answer broke off.`));
      assert.equal((await store.message(sessionId, answerId))?.partial, true);
    } finally {
      await reopened.close();
      await rm(killedHome, { recursive: true, force: true });
    }
  });
});

/** Lets another process answer until a checkpoint is durable, and kills it with a signal that cannot be caught. */
async function answerAndKill(task: AnsweringTask): Promise<AnsweringReport> {
  const child = fork(join(import.meta.dirname, "testing", "answering-process.ts"), { stdio: "inherit" });
  try {
    const report = await new Promise<AnsweringReport>((resolve, reject) => {
      child.once("message", (message) => resolve(message as AnsweringReport));
      child.once("exit", () => reject(new Error("The process ended by itself.")));
      child.send(task);
    });
    return report;
  } finally {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    if (child.kill("SIGKILL")) await gone;
  }
}
