import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { badInputs } from "./bad-input-table.ts";
import { importBad, startWithVault } from "./bad-import.ts";
import type { Answer } from "./bad-import.ts";
import { isFullRun } from "./chatty-process.ts";
import { checkVault } from "./check-vault.ts";
import { hostileChatgptExport } from "./hostile-export.ts";

describe("import of what is not a sound export", () => {
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
