import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { startChatty } from "./chatty-process.ts";
import type { Chatty } from "./chatty-process.ts";
import { checkVault } from "./check-vault.ts";
import { hostileClaudeExport } from "./hostile-claude.ts";
import { foundPicture, hostileChatgptExport } from "./hostile-export.ts";
import type { HostileExport } from "./hostile-export.ts";
import { readInBulk } from "./open-vault.ts";
import { checkReceipt } from "./receipt-checker.ts";
import { checkConversation, defectList, expectedFromSource } from "./source-checker.ts";
import { writeZip } from "./zip-writer.ts";

const seed = 20240101;

async function writeExport(chatty: Chatty, made: HostileExport): Promise<string> {
  const path = join(chatty.inputs, "export.zip");
  await writeFile(path, writeZip(made.members));
  return path;
}

describe("import of a hostile ChatGPT export", () => {
  it("loses nothing, invents nothing and accounts for every node", async (test) => {
    const chatty = await startChatty(test);
    const made = hostileChatgptExport({ seed });
    const whole = made.conversations.filter((conversation) => !conversation.isBroken);
    const { code, receipt } = await chatty.import(await writeExport(chatty, made));

    await test.test("the receipt balances", () => {
      const counts = whole.map(({ raw }) => expectedFromSource(raw.toString("utf8")).count);
      assert.equal(defectList(checkReceipt(receipt, counts)), "");
      assert.equal(receipt.conversations.seen, made.conversations.length);
      assert.equal(receipt.conversations.failed, 1);
      assert.equal(receipt.conversations.gone, 0);
      assert.equal(code, 3, "problems were found, so the exit code is 3");
    });
    await test.test("the absent shard and the broken element are named", () => {
      const told = JSON.stringify(receipt.problems);
      assert.match(told, /conversations-004\.json/);
      assert.match(told, /conversations-002\.json/);
    });
    await test.test("found and missing attachments are told apart", () => {
      assert(receipt.attachments.found > 0 && receipt.attachments.missing > 0);
    });

    const repeated = new Set(
      whole.map((each) => each.id).filter((id, place, ids) => ids.indexOf(id) !== place),
    );
    assert.equal(repeated.size, 1);
    await test.test("every conversation is shown as its source says, with its raw bytes", async () => {
      const wanted = whole.filter((each) => !repeated.has(each.id));
      const { defects } = await checkVault(
        chatty.home,
        wanted.map(({ id, raw }) => ({ id, source: raw })),
      );
      assert.equal(defects, "");
    });
    await test.test("of two conversations with one id, neither is lost", async () => {
      await assertBothKept(
        chatty.home,
        whole.filter((each) => repeated.has(each.id)).map(({ raw }) => raw),
      );
    });
    await test.test("a picture is found under its own id and not under one that begins alike", async () => {
      await assertPictureFound(chatty.home);
    });
    await test.test("keys called __proto__ reach no prototype", () => {
      assert.equal("polluted" in {}, false);
    });
    await test.test("the program shows what the library shows", async () => {
      await compareSample(chatty, made);
    });
  });
});

describe("import of a hostile Claude export", () => {
  it("loses nothing, invents nothing and accounts for every node", async (test) => {
    const chatty = await startChatty(test);
    const made = hostileClaudeExport({ seed });
    const { receipt } = await chatty.import(await writeExport(chatty, made));
    assert.equal(receipt.source, "claude");
    const counts = made.conversations.map(({ raw }) => expectedFromSource(raw.toString("utf8")).count);
    assert.equal(defectList(checkReceipt(receipt, counts)), "");
    assert.equal(receipt.conversations.new, made.conversations.length);
    const wanted = made.conversations.map(({ id, raw }) => ({ id, source: raw }));
    const { sessions, defects } = await checkVault(chatty.home, wanted);
    assert.equal(defects, "");
    assert.equal(sessions, made.conversations.length);
    await compareSample(chatty, made);
  });
});

/** Whether they became one session or two: every text of both has to be shown. */
async function assertBothKept(home: string, raws: readonly Buffer[]): Promise<void> {
  const expected = raws.map((raw) => expectedFromSource(raw.toString("utf8")));
  await readInBulk(home, async (reader) => {
    const shown = [];
    for (const { sessionId } of reader.sessions()) {
      const conversation = await reader.show(sessionId);
      if (conversation.session.sourceId === expected[0]?.sourceId) shown.push(conversation);
    }
    const texts = new Set(shown.flatMap((each) => each.messages.map((message) => message.content)));
    for (const message of expected.flatMap((each) => each.messages)) {
      const content = message.texts.map((part) => part.text).join("\n");
      assert(texts.has(content), `lost ${JSON.stringify(content).slice(0, 100)}`);
    }
  });
}

async function assertPictureFound(home: string): Promise<void> {
  await readInBulk(home, async (reader) => {
    let pictures = 0;
    for (const { sessionId } of reader.sessions()) {
      const { messages } = await reader.show(sessionId);
      const parts = messages.flatMap((message) => message.parts);
      const picture = parts.find((part) => part.pointer === "file-service://file-Found00001");
      if (picture?.fileId === undefined) continue;
      assert.notEqual(picture.missing, true);
      pictures += 1;
      if (pictures === 1) {
        assert(foundPicture.equals(await reader.readFile(sessionId, picture.fileId)), "other bytes");
      }
      const lost = parts.find((part) => part.pointer === "sediment://file_voice#1#p_0");
      if (lost !== undefined) assert.equal(lost.missing, true);
    }
    assert(pictures > 0, "no picture is shown with its file");
  });
}

async function compareSample(chatty: Chatty, made: HostileExport): Promise<void> {
  const sessions = (await chatty.sessions()).filter((session) => session.imported);
  const bySource = new Map(made.conversations.map(({ id, raw }) => [id, raw]));
  for (const place of [0, Math.floor(sessions.length / 2), sessions.length - 1]) {
    const session = sessions[place];
    assert(session !== undefined);
    const shown = await chatty.show(session.sessionId);
    const sourceId = shown.session.sourceId ?? "";
    const source = bySource.get(sourceId);
    assert(source !== undefined);
    if (made.conversations.filter(({ id }) => id === sourceId).length > 1) continue;
    assert.equal(defectList(checkConversation(source.toString("utf8"), shown)), "");
    const raw = await chatty.run(["show", session.sessionId, "--raw"]);
    assert.equal(raw.code, 0);
    assert.equal(Buffer.compare(raw.stdout, source), 0, "the raw bytes differ");
  }
}
