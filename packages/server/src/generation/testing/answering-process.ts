import type { MessageId, SessionId } from "@chatty/model";
import { openVault } from "@chatty/store";
import { createGenerationHub } from "../generation-hub.ts";
import { vaultAnswerStore } from "../vault-answer-store.ts";

/** What the process is told to do. */
export interface AnsweringTask {
  home: string;
  baseUrl: string;
  words: string;
}

/** What it tells as soon as a checkpoint of the answer is durable; then it waits to be killed. */
export interface AnsweringReport {
  sessionId: SessionId;
  question: MessageId;
  answerId: MessageId;
  checkpoint: string;
}

// A process of its own, so that a test can kill it in the middle of an answer.
process.once("message", (task: AnsweringTask) => {
  answer(task).catch((error: unknown) => {
    throw error;
  });
});

async function answer({ home, baseUrl, words }: AnsweringTask): Promise<void> {
  const vault = await openVault({ home, environment: "test" });
  const user = vault.user();
  const { sessionId } = await user.createSession({ runtime: "synth" });
  const [appended] = await user.append(sessionId, [{ role: "user", content: words }]);
  if (appended === undefined) throw new TypeError("An append gave no outcome.");
  const store = vaultAnswerStore(user);
  const hub = createGenerationHub({
    store: {
      ...store,
      async checkpoint(session, draft) {
        await store.checkpoint(session, draft);
        const report: AnsweringReport = {
          sessionId,
          question: appended.messageId,
          answerId: draft.id,
          checkpoint: draft.content,
        };
        process.send?.(report);
      },
    },
    providers: {
      find: () =>
        Promise.resolve({
          config: { providerId: "p", kind: "openai-compatible", name: "Stand-in", baseUrl },
          model: { id: "answer" },
        }),
    },
    checkpointFirstMs: 200,
  });
  await hub.start(sessionId, {});
}
