import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { startChatty } from "./chatty-process.ts";
import type { Chatty } from "./chatty-process.ts";
import { hostileClaudeExport } from "./hostile-claude.ts";
import { hostileChatgptExport } from "./hostile-export.ts";
import type { HostileOptions } from "./hostile-export.ts";
import { readVaultState, stateChanges } from "./vault-state.ts";
import { writeZip } from "./zip-writer.ts";

async function writeChatgpt(chatty: Chatty, name: string, options: HostileOptions): Promise<string> {
  const path = join(chatty.inputs, name);
  await writeFile(path, writeZip(hostileChatgptExport(options).members));
  return path;
}

describe("import of what is already there", { concurrency: 2 }, () => {
  it("changes nothing when the same archive comes again", async (test) => {
    const chatty = await startChatty(test);
    const path = await writeChatgpt(chatty, "export.zip", { seed: 3, count: 40 });
    const first = await chatty.import(path);
    assert.equal(first.receipt.alreadyImported, false);
    const before = readVaultState(chatty.home);
    const second = await chatty.import(path);
    assert.equal(second.receipt.alreadyImported, true);
    assert.equal(second.receipt.archive, first.receipt.archive);
    assert.equal(second.receipt.runtimeId, first.receipt.runtimeId);
    assert.deepEqual(stateChanges(before, readVaultState(chatty.home)), []);
  });

  it("knows the same archive under another name and through stdin", async (test) => {
    const chatty = await startChatty(test);
    const made = hostileClaudeExport({ seed: 4, count: 12 });
    const bytes = writeZip(made.members);
    const path = join(chatty.inputs, "data.dms");
    await writeFile(path, bytes);
    const first = await chatty.import(path);
    const before = readVaultState(chatty.home);
    const { answer } = await chatty.ask<{ imports: { alreadyImported: boolean; archive: string }[] }>(
      ["import", "-"],
      bytes,
    );
    assert.equal(answer.imports[0]?.alreadyImported, true);
    assert.equal(answer.imports[0]?.archive, first.receipt.archive);
    assert.deepEqual(stateChanges(before, readVaultState(chatty.home)), []);
  });

  it("shows the same ids in every vault that keeps its namespace", async (test) => {
    const chatty = await startChatty(test);
    const path = await writeChatgpt(chatty, "export.zip", { seed: 5, count: 20, isWhole: true });
    await chatty.import(path);
    const before = await chatty.sessions();
    await chatty.ask(["rebuild", "all"]);
    const after = await chatty.sessions();
    const ids = (sessions: { sessionId: string }[]): string[] =>
      sessions.map((session) => session.sessionId).sort();
    assert.deepEqual(ids(after), ids(before));
  });
});

describe("import --dry-run", () => {
  it("changes nothing and foretells the receipt", async (test) => {
    const chatty = await startChatty(test);
    const known = await writeChatgpt(chatty, "known.zip", { seed: 6, count: 10, isWhole: true });
    await chatty.import(known);
    const fresh = await writeChatgpt(chatty, "fresh.zip", { seed: 7, count: 30 });
    const before = readVaultState(chatty.home);
    const dry = await chatty.import(fresh, "--dry-run");
    assert.deepEqual(stateChanges(before, readVaultState(chatty.home)), []);
    const real = await chatty.import(fresh);
    assert.deepEqual(dry.receipt.conversations, real.receipt.conversations);
    assert.deepEqual(dry.receipt.nodes, real.receipt.nodes);
    assert.deepEqual(dry.receipt.attachments, real.receipt.attachments);
    assert.equal(dry.receipt.archive, real.receipt.archive);
    assert.equal(dry.code, real.code);
  });
});
