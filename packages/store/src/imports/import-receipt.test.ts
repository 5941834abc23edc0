import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import type { ImportSpace } from "./testing/import-space.ts";
import { openImportSpace } from "./testing/import-space.ts";
import { alex, first, rain, runExport, sessionOf, tea } from "./testing/sample-imports.ts";

async function openSpace(t: TestContext): Promise<ImportSpace> {
  const root = mkdtempSync(join(tmpdir(), "chatty-imports-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const space = await openImportSpace(root);
  t.after(() => space.close().catch(() => undefined));
  return space;
}

describe("the receipt of an import", () => {
  test("counts the messages beside the nodes, and a repeat says the same", async (t) => {
    const space = await openSpace(t);
    const receipt = await runExport(space, first);
    assert.equal(receipt.nodes.seen, 5);
    assert.equal(receipt.messages, 4);
    assert.equal((await runExport(space, first)).messages, 4);
    assert.equal(space.imports.receipts()[0]?.messages, 4);
  });

  test("tells when the export is another account's than the runtime that was named", async (t) => {
    const space = await openSpace(t);
    const { runtimeId } = await runExport(space, first);
    const bo = { accountId: "user-bo", email: "bo@example.com" };
    const codes = async (identity: object, account?: string): Promise<string[]> => {
      const conversation = { ...rain, title: JSON.stringify([identity, account]) };
      const conversations = [account === undefined ? conversation : { ...conversation, account }];
      const receipt = await runExport(space, { identity, conversations }, { into: runtimeId });
      return receipt.problems.map(({ code }) => code);
    };
    assert.deepEqual(await codes(bo), ["ACCOUNT_DIFFERS"]);
    assert.deepEqual(await codes({}, "user-bo"), ["ACCOUNT_DIFFERS"]);
    assert.deepEqual(await codes({ email: "bo@example.com" }), ["ACCOUNT_DIFFERS"]);
    assert.deepEqual(await codes(alex), []);
    assert.deepEqual(await codes({ email: "ALEX@example.com" }), []);
    assert.deepEqual(await codes({}), []);
    assert.equal(space.imports.receipts()[1]?.problems[0]?.code, "ACCOUNT_DIFFERS");
  });

  test("does not call a file missing whose text the export has", async (t) => {
    const space = await openSpace(t);
    const node = { id: "f", parent: null, file: "file-1", fileText: "All of it." };
    const { runtimeId } = await runExport(space, {
      identity: alex,
      conversations: [{ ...tea, nodes: [node] }],
    });
    const shown = await space.imports.conversation(sessionOf(space, runtimeId, tea.id));
    assert.deepEqual(shown.messages[0]?.parts, [
      { kind: "image", fileId: "file-1", extractedText: "All of it." },
    ]);
  });
});
