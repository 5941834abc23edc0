import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { startChatty } from "./chatty-process.ts";
import type { Chatty } from "./chatty-process.ts";
import { checkVault } from "./check-vault.ts";
import type { Wanted } from "./check-vault.ts";
import { chatgptExportOf, hostileConversations } from "./hostile-export.ts";
import type { HostileConversation } from "./hostile-conversation.ts";
import { classOfFate, laterExport } from "./later-export.ts";
import { writeZip } from "./zip-writer.ts";

async function importAll(
  chatty: Chatty,
  name: string,
  conversations: readonly HostileConversation[],
): Promise<{ receipt: Awaited<ReturnType<Chatty["import"]>>["receipt"]; raws: Map<string, Buffer> }> {
  const made = chatgptExportOf(conversations, { isWhole: true });
  const path = join(chatty.inputs, name);
  await writeFile(path, writeZip(made.members));
  const { receipt } = await chatty.import(path);
  return { receipt, raws: new Map(made.conversations.map(({ id, raw }) => [id, raw])) };
}

describe("import of a later export of the same account", { concurrency: 2 }, () => {
  it("tells exactly what became of each conversation and deletes nothing", async (test) => {
    const chatty = await startChatty(test);
    const earlier = hostileConversations(11, 200);
    const later = laterExport(12, earlier);
    const first = await importAll(chatty, "first.zip", earlier);
    const second = await importAll(chatty, "second.zip", later.conversations);

    await test.test("the receipt tells new, grown, edited, unchanged and gone", () => {
      const counts = { new: 0, grown: 0, edited: 0, unchanged: 0, gone: 0 };
      for (const fate of later.fates.values()) counts[classOfFate[fate]] += 1;
      assert.equal(second.receipt.runtimeId, first.receipt.runtimeId);
      const seen = later.conversations.length;
      assert.deepEqual(second.receipt.conversations, { seen, ...counts, failed: 0 });
      assert.equal(second.receipt.balanced, true);
    });
    await test.test(
      "every conversation of either export is shown, the newer version where there are two",
      async () => {
        const ids = [...later.fates.keys()];
        const wanted = ids.map((id): Wanted => {
          const raws = [second.raws.get(id), first.raws.get(id)].filter((raw) => raw !== undefined);
          const [source] = raws;
          assert(source !== undefined);
          const fate = later.fates.get(id);
          const eitherWillDo = fate === "rewritten" || fate === "moved pointer";
          return { id, source, raw: eitherWillDo ? raws : [source] };
        });
        const { sessions, defects } = await checkVault(chatty.home, wanted);
        assert.equal(defects, "");
        assert.equal(sessions, ids.length);
      },
    );
  });

  it("keeps nodes that a later export leaves out", async (test) => {
    const chatty = await startChatty(test);
    const [whole] = hostileConversations(13, 1);
    assert(whole !== undefined);
    const leaf = whole.nodes.find((node) => !whole.nodes.some((other) => other.parent === node.key));
    assert(leaf !== undefined && leaf.key !== whole.currentNode);
    const shrunk = { ...whole, nodes: whole.nodes.filter((node) => node !== leaf) };
    const first = await importAll(chatty, "first.zip", [whole]);
    const second = await importAll(chatty, "second.zip", [shrunk]);
    assert.equal(second.receipt.balanced, true);
    const source = first.raws.get(whole.id);
    assert(source !== undefined);
    const { defects } = await checkVault(chatty.home, [{ id: whole.id, source, raw: false }]);
    assert.equal(defects, "");
  });

  it("comes to the same when the older export is imported last", async (test) => {
    const chatty = await startChatty(test);
    const earlier = hostileConversations(14, 21);
    const later = laterExport(15, earlier);
    const newer = await importAll(chatty, "newer.zip", later.conversations);
    const older = await importAll(chatty, "older.zip", earlier);
    assert.equal(older.receipt.balanced, true);
    const wanted = [...later.fates].map(([id, fate]): Wanted => {
      const isGrown = fate === "grown" || fate === "new";
      const source = (isGrown ? newer.raws.get(id) : undefined) ?? older.raws.get(id) ?? newer.raws.get(id);
      assert(source !== undefined);
      return { id, source, raw: false };
    });
    const untouched = wanted.filter(({ id }) => {
      const fate = later.fates.get(id);
      return fate === "unchanged" || fate === "gone" || fate === "new";
    });
    const { sessions, defects } = await checkVault(chatty.home, untouched);
    assert.equal(defects, "");
    assert.equal(sessions, wanted.length);
  });
});
