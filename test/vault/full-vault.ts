import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { exportReader } from "@chatty/importers";
import type { MessageId } from "@chatty/model";
import { openVault } from "@chatty/store";
import type { Conversation, UserVault, Vault } from "@chatty/store";
import { createTestHome } from "../cli/run-chatty.ts";
import { chatgptExportOf, hostileConversations } from "../fidelity/hostile-export.ts";
import { laterExport } from "../fidelity/later-export.ts";
import { writeZip } from "../fidelity/zip-writer.ts";

/** A folder outside of any data home, removed when the test ends. */
export function makeFolder(test: TestContext): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "chatty-vault-")));
  test.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

export async function openHome(home: string): Promise<Vault> {
  return await openVault({ home, environment: "production", exports: exportReader });
}

/** Opens a vault for one piece of work and closes it, whatever happens. */
export async function inVault<Result>(
  home: string,
  work: (user: UserVault, vault: Vault) => Promise<Result>,
): Promise<Result> {
  const vault = await openHome(home);
  try {
    return await work(vault.user(), vault);
  } finally {
    await vault.close();
  }
}

export async function* bytesOf(content: string | Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield typeof content === "string" ? Buffer.from(content) : content;
}

/** Writes the two demo exports. @returns their paths */
export async function writeDemoExports(folder: string, conversations: number): Promise<string[]> {
  const program = createTestHome();
  try {
    const words = ["demo", "--conversations", String(conversations), "--out", folder];
    const { files } = (await program.json(words)) as { files: string[] };
    return files;
  } finally {
    program.remove();
  }
}

/** Two exports of one account with everything that goes wrong in real ones, the second one later. */
export function writeHostileExports(folder: string, count: number): [string, string] {
  const earlier = hostileConversations(31, count);
  const later = laterExport(32, earlier);
  const write = (name: string, conversations: typeof earlier): string => {
    const path = join(folder, name);
    writeFileSync(path, writeZip(chatgptExportOf(conversations, { isWhole: true }).members));
    return path;
  };
  return [write("earlier.zip", earlier), write("later.zip", later.conversations)];
}

/** Every conversation that a user can list, archived ones included, as `show` gives it. */
export async function showEverything(user: UserVault): Promise<Map<string, Conversation>> {
  const shown = new Map<string, Conversation>();
  for (const archived of [false, true]) {
    for (let after: string | undefined; ;) {
      const page = user.sessions({ limit: 7, archived, ...(after === undefined ? {} : { after }) });
      for (const { sessionId } of page.sessions) shown.set(sessionId, await user.show(sessionId));
      if (page.next === undefined) break;
      after = page.next;
    }
  }
  return shown;
}

/** Everything that the lists say, page by page, in their order. */
export function everyPage(user: UserVault): unknown[] {
  const pages: unknown[] = [user.runtimes()];
  for (const query of [
    {},
    { archived: true },
    { starred: true },
    { runtimeId: user.runtime("synth").runtimeId },
  ]) {
    for (let after: string | undefined; ;) {
      const page = user.sessions({ ...query, limit: 5, ...(after === undefined ? {} : { after }) });
      pages.push(page);
      if (page.next === undefined) break;
      after = page.next;
    }
  }
  return pages;
}

const oddText =
  "  \uFEFFfirst\r\n\n# no heading\n<!-- no comment -->\n**User**:\n\u{1F469}\u200D\u{1F680} e\u0301 \u0000 end\n\n";

/** Fills a vault with everything that one can hold: imports of three accounts, later exports, and all acts on sessions. */
export async function fillVault(home: string, folder: string): Promise<void> {
  const demo = await writeDemoExports(join(folder, "demo"), 16);
  const grown = await writeDemoExports(join(folder, "grown"), 24);
  const [earlier, later] = writeHostileExports(folder, 22);
  await inVault(home, async (user, vault) => {
    for (const path of [...demo, earlier]) await user.import({ kind: "path", path });
    await actOnSessions(user);
    await vault.settle();
  });
  await inVault(home, async (user, vault) => {
    for (const path of [...grown, later, earlier]) await user.import({ kind: "path", path });
    const imported = user.sessions({ limit: 200 }).sessions.filter((session) => session.imported);
    const [first, second, third, fourth] = imported.map(({ sessionId }) => sessionId);
    if (!first || !second || !third || !fourth) throw new Error("The exports brought too little.");
    await user.renameSession(first, "A title of my own");
    await user.setStarred(first, true);
    await user.setArchived(second, true);
    await user.deleteSession(third);
    const fork = await user.forkSession(fourth);
    await user.append(fork.sessionId, [{ role: "user", content: "going on here" }]);
    await user.renameRuntime(fork.runtimeId, "Another name");
    await user.selectRuntime("lin");
    await vault.settle();
  });
}

async function actOnSessions(user: UserVault): Promise<void> {
  const branched = await user.createSession({ title: "Branches: a/b \\ c?" });
  const [root, answer] = await user.append(branched.sessionId, [
    { role: "user", content: oddText },
    { role: "assistant", content: "one", model: "m-1", responseTimeMs: 12, thinkingLog: ["hm"] },
  ]);
  if (root === undefined || answer === undefined) throw new Error("Nothing was appended.");
  await user.append(branched.sessionId, [{ role: "assistant", content: "two", parentId: root.messageId }]);
  await user.append(
    branched.sessionId,
    [{ role: "user", content: "with files", parentId: answer.messageId }],
    [
      { name: "note.txt", bytes: bytesOf("a note") },
      { name: "raw", mime: "application/octet-stream", bytes: bytesOf(Buffer.from([0, 255, 10, 13])) },
    ],
  );
  await user.renameSession(branched.sessionId, "Renamed");
  await user.renameSession(branched.sessionId, "Renamed twice");
  await user.undo(branched.sessionId);
  await user.setStarred(branched.sessionId, true);

  const fork = await user.forkSession(branched.sessionId, { at: root.messageId });
  await user.append(fork.sessionId, [{ role: "assistant", content: "another way" }]);
  await user.setHome(fork.sessionId);

  const archived = await user.createSession({ title: "Archived", runtime: "lin" });
  await user.append(archived.sessionId, [{ role: "system", content: "put away" }]);
  await user.setArchived(archived.sessionId, true);

  const deleted = await user.createSession({ title: "Deleted" });
  await user.append(deleted.sessionId, [{ role: "user", content: "gone" }]);
  await user.deleteSession(deleted.sessionId);

  const undone = await user.createSession({ title: "Undone" });
  await user.append(undone.sessionId, [{ role: "user", content: "kept" }]);
  await user.append(undone.sessionId, [{ role: "user", content: "taken back" }]);
  await user.undo(undone.sessionId);

  await user.append("chat_with_lin-001.md", [{ role: "user", content: "in the home" }]);
  await user.deleteSession("lin-001_chat_with_lin-001");
  await user.addKnowledgeFile("synth", { name: "facts.md", bytes: bytesOf("# Facts\n") });
}

/** Id of the first message of a conversation. */
export function firstMessage(conversation: Conversation): MessageId {
  const [first] = conversation.messages;
  if (first === undefined) throw new Error(`Session ${conversation.session.sessionId} is empty.`);
  return first.id;
}

export function readText(path: string): string {
  return readFileSync(path, "utf8");
}
