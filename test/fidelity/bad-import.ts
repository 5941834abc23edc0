import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BadInput } from "./bad-input-table.ts";
import { startChatty } from "./chatty-process.ts";
import type { Chatty, PrintedError, PrintedReceipt } from "./chatty-process.ts";
import { hostileChatgptExport } from "./hostile-export.ts";
import { readVaultState, stateChanges } from "./vault-state.ts";
import { writeZip } from "./zip-writer.ts";

/** What `import --json` prints: receipts or an error. */
export interface Answer {
  imports?: PrintedReceipt[];
  error?: PrintedError;
}

/** A vault that already holds something that could be damaged. */
export async function startWithVault(test: Parameters<typeof startChatty>[0]): Promise<Chatty> {
  const chatty = await startChatty(test);
  const path = join(chatty.inputs, "good.zip");
  await writeFile(path, writeZip(hostileChatgptExport({ seed: 31, count: 3, isWhole: true }).members));
  await chatty.import(path);
  return chatty;
}

/** Refused with a clear error and an untouched vault, or salvaged with problems; never anything between. */
export async function importBad(chatty: Chatty, path: string, allowed: BadInput["outcome"]): Promise<Answer> {
  const before = readVaultState(chatty.home);
  const { code, answer } = await chatty.ask<Answer>(["import", path]);
  const shown = `exit ${code}: ${JSON.stringify(answer).slice(0, 1000)}`;
  if (answer.error !== undefined) {
    assert(allowed !== "accepted" && allowed !== "salvaged", `refused, and should not be; ${shown}`);
    assert.equal(code, 1, shown);
    assert.match(answer.error.code, /^[A-Z][A-Z0-9_]+$/, shown);
    assert(answer.error.message.length > 10, `no message; ${shown}`);
    assert(answer.error.hint.length > 10, `no hint; ${shown}`);
    assert.deepEqual(stateChanges(before, readVaultState(chatty.home)), [], shown);
    return answer;
  }
  const receipt = answer.imports?.[0];
  assert(receipt !== undefined, `neither a receipt nor an error; ${shown}`);
  assert.notEqual(allowed, "refused", `accepted, and should not be; ${shown}`);
  assert.equal(receipt.balanced, true, shown);
  assert.equal(code, receipt.problems.length > 0 ? 3 : 0, shown);
  if (allowed === "salvaged") assert.equal(code, 3, `nothing is said about the damage; ${shown}`);
  return answer;
}
