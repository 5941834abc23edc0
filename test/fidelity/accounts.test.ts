import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { startChatty } from "./chatty-process.ts";
import type { Chatty } from "./chatty-process.ts";
import { checkVault } from "./check-vault.ts";
import { chatgptExportOf, hostileChatgptExport, hostileConversations } from "./hostile-export.ts";
import type { HostileExport } from "./hostile-export.ts";
import { laterExport } from "./later-export.ts";
import { writeZip } from "./zip-writer.ts";

async function writeExport(chatty: Chatty, name: string, made: HostileExport): Promise<string> {
  const path = join(chatty.inputs, name);
  await writeFile(path, writeZip(made.members));
  return path;
}

describe("import into runtimes", { concurrency: 2 }, () => {
  it("keeps two accounts apart although their conversations have the same ids", async (test) => {
    const chatty = await startChatty(test);
    const accounts = [
      { id: "user-A", email: "alex@example.org" },
      { id: "user-B", email: "bo@example.org" },
    ];
    const exports = accounts.map((account) =>
      hostileChatgptExport({ seed: 21, count: 20, isWhole: true, account }),
    );
    const receipts = [];
    for (const [index, made] of exports.entries()) {
      receipts.push((await chatty.import(await writeExport(chatty, `${index}.zip`, made))).receipt);
    }
    assert.notEqual(receipts[0]?.runtimeId, receipts[1]?.runtimeId);
    assert.equal(receipts[1]?.conversations.new, 20);
    for (const [index, made] of exports.entries()) {
      const wanted = made.conversations.map(({ id, raw }) => ({ id, source: raw }));
      const { sessions, defects } = await checkVault(chatty.home, wanted, receipts[index]?.runtimeId);
      assert.equal(defects, "");
      assert.equal(sessions, 20);
    }
    const imported = (await chatty.sessions()).filter((session) => session.imported);
    assert.equal(new Set(imported.map((session) => session.sessionId)).size, 40);
  });

  it("puts an export into a runtime of its own with --into new, and the same runtime without", async (test) => {
    const chatty = await startChatty(test);
    const conversations = hostileConversations(22, 14);
    const first = await chatty.import(
      await writeExport(chatty, "first.zip", chatgptExportOf(conversations, { isWhole: true })),
    );
    const later = laterExport(23, conversations, 2);
    const path = await writeExport(
      chatty,
      "later.zip",
      chatgptExportOf(later.conversations, { isWhole: true }),
    );
    const apart = await chatty.import(path, "--into", "new");
    assert.notEqual(apart.receipt.runtimeId, first.receipt.runtimeId);
    assert.equal(apart.receipt.conversations.new, later.conversations.length);
    const { answer } = await chatty.ask<{ runtimes: { runtimeId: string; conversationCount: number }[] }>([
      "runtimes",
    ]);
    const counted = answer.runtimes.find((runtime) => runtime.runtimeId === first.receipt.runtimeId);
    assert(counted !== undefined && counted.conversationCount >= conversations.length);
  });

  it("leaves a deleted conversation deleted when its export comes again", async (test) => {
    const chatty = await startChatty(test);
    const conversations = hostileConversations(24, 14);
    const made = chatgptExportOf(conversations, { isWhole: true });
    const path = await writeExport(chatty, "first.zip", made);
    await chatty.import(path);
    const listed = (await chatty.sessions()).filter((session) => session.imported);
    const victim = listed[0];
    assert(victim !== undefined);
    assert.equal((await chatty.ask(["sessions", "delete", victim.sessionId])).code, 0);
    const isListed = async (): Promise<boolean> =>
      (await chatty.sessions()).some((session) => session.sessionId === victim.sessionId);
    assert.equal(await isListed(), false, "still listed after it was deleted");
    await chatty.import(path);
    assert.equal(await isListed(), false, "the same archive brought it back");
    const later = laterExport(25, conversations, 1);
    const laterMade = chatgptExportOf(later.conversations, { isWhole: true });
    await chatty.import(await writeExport(chatty, "later.zip", laterMade));
    assert.equal(await isListed(), false, "a later export brought it back");
    assert.equal((await chatty.ask(["sessions", "restore", victim.sessionId])).code, 0);
    assert.equal(await isListed(), true, "cannot be restored");
  });
});
