import { createHash } from "node:crypto";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportReader } from "@chatty/importers";
import type { RuntimeId, SessionId } from "@chatty/model";
import { openVault } from "@chatty/store";
import type { OpenVaultOptions, UserVault, Vault } from "@chatty/store";
import { corpusRuntimes } from "./relevance/corpus.ts";
import type { Corpus, CorpusConversation, CorpusRuntime } from "./relevance/corpus.ts";

/** The conversations of a corpus, imported into a vault: one runtime for each of the corpus. */
export interface CorpusVault {
  vault: Vault;
  user: UserVault;
  runtimes: Map<CorpusRuntime, RuntimeId>;
  /** By the key of a conversation. */
  sessions: Map<string, SessionId>;
  close(): Promise<void>;
}

/** Makes it in a folder of its own; `close` removes it. */
export async function openCorpusVault(
  corpus: Corpus,
  options: Partial<OpenVaultOptions> = {},
): Promise<CorpusVault> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "chatty-recall-")));
  const vault = await openVault({
    home: join(folder, "home"),
    environment: "test",
    exports: exportReader,
    ...options,
  });
  const user = vault.user();
  const runtimes = new Map<CorpusRuntime, RuntimeId>();
  for (const name of corpusRuntimes) {
    const path = join(folder, `${name}.json`);
    const own = corpus.conversations.filter(({ runtime }) => runtime === name);
    writeFileSync(path, JSON.stringify(own.map(exported)));
    const { runtimeId } = await user.import({ kind: "path", path }, { into: "new", name });
    runtimes.set(name, runtimeId);
  }
  await vault.settle();
  const sessions = new Map(corpus.conversations.map(({ key }) => [key, user.resolveSession(idOf(key))]));
  return {
    ...{ vault, user, runtimes, sessions },
    close: async () => {
      await vault.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** A conversation as ChatGPT exports it. */
function exported({ key, title, messages }: CorpusConversation): object {
  const nodes = messages.map((message, index) => {
    const before = messages[index - 1];
    const next = messages[index + 1];
    return [
      idOf(message.key),
      {
        id: idOf(message.key),
        parent: before === undefined ? null : idOf(before.key),
        children: next === undefined ? [] : [idOf(next.key)],
        message: {
          id: idOf(message.key),
          author: { role: message.role, name: null, metadata: {} },
          create_time: message.at / 1000,
          content: { content_type: "text", parts: [message.text] },
          status: "finished_successfully",
          metadata: {},
          recipient: "all",
        },
      },
    ] as const;
  });
  const last = messages.at(-1);
  return {
    title,
    create_time: (messages[0]?.at ?? 0) / 1000,
    update_time: (last?.at ?? 0) / 1000,
    mapping: Object.fromEntries(nodes),
    current_node: last === undefined ? null : idOf(last.key),
    conversation_id: idOf(key),
    id: idOf(key),
  };
}

/** A UUID made of a key of the corpus. */
function idOf(key: string): string {
  const hex = createHash("sha256").update(key).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
