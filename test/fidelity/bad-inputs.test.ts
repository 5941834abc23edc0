import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { badInputs, foreignFixtures } from "./bad-input-table.ts";
import type { BadInput } from "./bad-input-table.ts";
import { isFullRun, startChatty, withoutProgram } from "./chatty-process.ts";
import type { Chatty, PrintedError, PrintedReceipt } from "./chatty-process.ts";
import { checkVault } from "./check-vault.ts";
import { hostileChatgptExport } from "./hostile-export.ts";
import { readVaultState, stateChanges } from "./vault-state.ts";
import { writeZip } from "./zip-writer.ts";

interface Answer {
  imports?: PrintedReceipt[];
  error?: PrintedError;
}

/** A vault that already holds something that could be damaged. */
async function startWithVault(test: Parameters<typeof startChatty>[0]): Promise<Chatty> {
  const chatty = await startChatty(test);
  const path = join(chatty.inputs, "good.zip");
  await writeFile(path, writeZip(hostileChatgptExport({ seed: 31, count: 3, isWhole: true }).members));
  await chatty.import(path);
  return chatty;
}

/** Refused with a clear error and an untouched vault, or salvaged with problems; never anything between. */
async function importBad(chatty: Chatty, path: string, allowed: BadInput["outcome"]): Promise<Answer> {
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

describe("import of what is not a sound export", { skip: withoutProgram }, () => {
  it("answers every bad input clearly and leaves the vault alone", async (test) => {
    const chatty = await startWithVault(test);
    const folder = join(chatty.inputs, "bad");
    await mkdir(folder);
    for (const input of badInputs) {
      const skip = input.isLong === true && !isFullRun ? "takes long; runs with --full" : false;
      await test.test(input.name, { skip }, async () => {
        const path = join(folder, input.file);
        await writeFile(path, input.bytes());
        await importBad(chatty, path, input.outcome);
        if (input.kept !== undefined) {
          const wanted = input.kept().map(({ id, raw }) => ({ id, source: raw }));
          assert.equal((await checkVault(chatty.home, wanted)).defects, "");
        }
      });
    }
    await test.test("nothing was written outside the data home", async () => {
      const files = await readdir(chatty.inputs);
      assert.deepEqual(files.sort(), ["bad", "good.zip", "home"]);
      const expected = badInputs.filter((input) => existsSync(join(folder, input.file)));
      assert.equal((await readdir(folder)).length, new Set(expected.map((input) => input.file)).size);
    });
  });

  it("names the vendor of a file that it cannot read yet", async (test) => {
    const found = foreignFixtures();
    if (found.length === 0) {
      test.skip("the shared fixtures are not beside this checkout");
      return;
    }
    const chatty = await startWithVault(test);
    for (const { path, name, vendor } of found) {
      await test.test(name, async () => {
        const { error } = await importBad(chatty, path, "refused");
        assert.match(`${error?.message} ${error?.hint}`, vendor);
      });
    }
  });

  it("says so when a path does not exist, is empty or is a folder without an export", async (test) => {
    const chatty = await startWithVault(test);
    const empty = join(chatty.inputs, "empty");
    await mkdir(empty);
    await importBad(chatty, empty, "refused");
    await importBad(chatty, join(chatty.inputs, "absent.zip"), "refused");
    const nonsense = join(chatty.inputs, "nonsense");
    await mkdir(nonsense);
    await writeFile(join(nonsense, "notes.txt"), "just notes");
    await importBad(chatty, nonsense, "refused");
  });

  it("reads a folder and follows no symbolic link out of it", async (test) => {
    const chatty = await startWithVault(test);
    const made = hostileChatgptExport({ seed: 32, count: 8, isWhole: true });
    const folder = join(chatty.inputs, "folder");
    for (const member of made.members) {
      const path = join(folder, member.name);
      await mkdir(join(path, ".."), { recursive: true });
      await writeFile(path, member.bytes);
    }
    const secret = join(chatty.inputs, "secret.json");
    const stranger = hostileChatgptExport({ seed: 33, count: 1, isWhole: true }).conversations;
    await writeFile(
      secret,
      Buffer.concat([Buffer.from("["), ...stranger.map(({ raw }) => raw), Buffer.from("]")]),
    );
    await symlink(secret, join(folder, "My export 2024", "conversations-009.json"));
    await symlink("..", join(folder, "loop"));
    const { answer } = await chatty.ask<Answer>(["import", folder]);
    const strangerIsIn = (
      await checkVault(
        chatty.home,
        stranger.map(({ id, raw }) => ({ id, source: raw })),
      )
    ).defects;
    assert.match(strangerIsIn, /missing-conversation/, "the link was followed");
    if (answer.error === undefined) {
      const wanted = made.conversations.map(({ id, raw }) => ({ id, source: raw }));
      assert.equal((await checkVault(chatty.home, wanted)).defects, "");
    }
  });
});
