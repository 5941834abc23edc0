import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { chattyIn } from "../fidelity/chatty-process.ts";
import { everyPage, fillVault, inVault, makeFolder, showEverything } from "./full-vault.ts";
import { configurationRows, fileChanges, listFiles, removeDerived } from "./vault-files.ts";
import type { FileList } from "./vault-files.ts";

const isFull = process.env["CHATTY_TEST_FULL"] === "1";

interface Sight {
  files: FileList;
  configuration: Map<string, string>;
  pages: unknown[];
  shown: unknown;
}

/** A full vault in `folder/home` whose derived files are all written. */
async function makeVault(test: TestContext): Promise<{ folder: string; home: string; root: string }> {
  const folder = makeFolder(test);
  const home = join(folder, "home");
  await fillVault(home, folder);
  await inVault(home, async (_, vault) => {
    const { differences } = await vault.rebuild("views");
    assert.deepEqual(differences, []);
  });
  return { folder, home, root: join(home, "production") };
}

async function look(home: string): Promise<Sight> {
  const root = join(home, "production");
  const [pages, shown] = await inVault(home, async (user) => [
    everyPage(user),
    [...(await showEverything(user))],
  ]);
  return { files: listFiles(root), configuration: configurationRows(root), pages, shown };
}

function compare(test: TestContext, before: Sight, after: Sight): void {
  const changes = fileChanges(before.files, after.files);
  if (isFull || changes.length > 0) {
    for (const [path, hash] of before.files) test.diagnostic(`before ${hash} ${path}`);
    for (const [path, hash] of after.files) test.diagnostic(`after  ${hash} ${path}`);
  }
  assert.deepEqual(changes, []);
  assert.deepEqual(after.configuration, before.configuration);
  assert.deepEqual(after.pages, before.pages);
  assert.deepEqual(after.shown, before.shown);
}

describe("rebuild", () => {
  test("makes every derived file again, byte for byte", async (t) => {
    const { folder, home, root } = await makeVault(t);
    const before = await look(home);
    await t.test("in this process", async () => {
      const removed = removeDerived(root);
      for (const [kind, count] of Object.entries(removed)) assert.ok(count > 0, `there was no ${kind}`);
      const report = await inVault(home, (_, vault) => vault.rebuild("all"));
      assert.deepEqual(report.differences, []);
      assert.equal(report.identical, true);
      compare(t, before, await look(home));
    });
    await t.test("from the command line", async () => {
      removeDerived(root);
      const chatty = chattyIn(folder);
      const { code, answer } = await chatty.ask<{ identical: boolean; differences: string[] }>([
        "rebuild",
        "all",
      ]);
      assert.deepEqual(answer.differences, []);
      assert.deepEqual([code, answer.identical], [0, true]);
      compare(t, before, await look(home));
      const verified = await chatty.ask<{ ok: boolean; problems: unknown[] }>(["verify"]);
      assert.deepEqual(verified.answer.problems, []);
      assert.deepEqual([verified.code, verified.answer.ok], [0, true]);
    });
    await t.test("and changes nothing where nothing is missing", async () => {
      for (const scope of ["catalog", "transcripts", "references", "views", "all"] as const) {
        const report = await inVault(home, (_, vault) => vault.rebuild(scope));
        assert.deepEqual(report.differences, [], scope);
      }
      compare(t, before, await look(home));
    });
  });
});
