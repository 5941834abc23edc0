import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { isChattyError } from "@chatty/model";
import type { RuntimeEdit } from "../workspace/runtimes.ts";
import { getRuntime, runtimeEditChanges } from "../workspace/runtimes.ts";
import type { ImportSpace } from "./testing/import-space.ts";
import { openImportSpace } from "./testing/import-space.ts";
import { alex, filesOf, first, rain, rowsOf, runExport, sessionOf, tea } from "./testing/sample-imports.ts";

async function openSpace(t: TestContext): Promise<{ space: ImportSpace; root: string }> {
  const root = mkdtempSync(join(tmpdir(), "chatty-imports-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const space = await openImportSpace(root);
  t.after(() => space.close().catch(() => undefined));
  return { space, root };
}

/** Changes a runtime at the last moment before an import is committed. */
async function importWhile(
  space: ImportSpace,
  edit: RuntimeEdit,
  runtimeId: Parameters<typeof getRuntime>[2],
): Promise<unknown> {
  const { configuration } = space.context.storage;
  const commit = space.sessions.commit.bind(space.sessions);
  space.sessions.commit = async (changes) => {
    space.sessions.commit = commit;
    const edits = runtimeEditChanges(configuration, space.user.userId, runtimeId, edit, 7);
    const edited = commit(edits.map((change) => ({ kind: "configure", change })));
    const outcomes = commit(changes);
    await edited;
    return await outcomes;
  };
  const identity = { ...alex, name: "Alex B." };
  return await runExport(space, { identity, conversations: [{ ...tea, title: "Later" }, rain] });
}

describe("commitImport", () => {
  test("keeps the new name of a runtime that was renamed while its export was read", async (t) => {
    const { space } = await openSpace(t);
    const { runtimeId } = await runExport(space, first);
    await importWhile(space, { name: "Mine" }, runtimeId);
    const runtime = getRuntime(space.context.storage.configuration, space.user.userId, runtimeId);
    assert.equal(runtime?.name, "Mine");
    assert.equal(runtime.identity["name"], "Alex B.");
    assert.equal(space.imports.catalogRow(sessionOf(space, runtimeId, tea.id))?.title, "Later");
  });

  test("leaves a runtime deleted that was deleted while its export was read", async (t) => {
    const { space, root } = await openSpace(t);
    const { runtimeId } = await runExport(space, first);
    const [files, rows] = [filesOf(root), rowsOf(space)];
    await assert.rejects(importWhile(space, { deletedAt: 6 }, runtimeId), (error) =>
      isChattyError(error, "RUNTIME_DELETED"),
    );
    const runtime = getRuntime(space.context.storage.configuration, space.user.userId, runtimeId);
    assert.equal(runtime?.deletedAt, 6);
    assert.deepEqual([filesOf(root), rowsOf(space)], [files, rows]);
    assert.equal(space.imports.receipts().length, 1);
  });
});
