import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import type { ImportSpace } from "./testing/import-space.ts";
import { openImportSpace } from "./testing/import-space.ts";
import type { LineConversation } from "./testing/line-export.ts";
import { alex, runExport, sessionOf, tea } from "./testing/sample-imports.ts";

async function openSpace(t: TestContext): Promise<ImportSpace> {
  const root = mkdtempSync(join(tmpdir(), "chatty-imports-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const space = await openImportSpace(root);
  t.after(() => space.close().catch(() => undefined));
  return space;
}

const older: LineConversation = { ...tea, updatedAt: 1_700_000_100 };
const newer: LineConversation = {
  ...tea,
  title: "Tea and cake",
  leaf: "q2",
  updatedAt: 1_700_000_900,
  nodes: [
    ...tea.nodes.map((node) => (node.id === "a1" ? { ...node, text: "White." } : node)),
    { id: "q2", parent: "a1", text: "And cake?" },
  ],
};

function exportOf(...conversations: LineConversation[]): {
  identity: typeof alex;
  conversations: LineConversation[];
} {
  return { identity: alex, conversations };
}

async function rawText(space: ImportSpace, sessionId: never, at?: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of space.imports.raw(sessionId, at === undefined ? {} : { at })) pieces.push(piece);
  return Buffer.concat(pieces).toString("utf8");
}

describe("an older export that is imported late", () => {
  test("rolls nothing back: title, texts, path, date and bytes stay the newer ones", async (t) => {
    const space = await openSpace(t);
    const { runtimeId } = await runExport(space, exportOf(newer));
    const sessionId = sessionOf(space, runtimeId, tea.id) as never;
    const before = await space.imports.conversation(sessionId);
    const row = space.imports.catalogRow(sessionId);
    const raw = await rawText(space, sessionId);
    const receipt = await runExport(space, exportOf(older));
    assert.deepEqual(receipt.conversations, {
      ...receipt.conversations,
      unchanged: 1,
      edited: 0,
      grown: 0,
      gone: 0,
    });
    assert.deepEqual(await space.imports.conversation(sessionId), before);
    assert.deepEqual(space.imports.catalogRow(sessionId), row);
    assert.deepEqual([...space.imports.catalogRows(runtimeId)], [row]);
    assert.equal(await rawText(space, sessionId), raw);
    assert.deepEqual((await space.imports.rebuildReferences()).differences, []);
    await space.imports.writeViews();
    assert.deepEqual((await space.imports.rebuildViews()).differences, []);
  });

  test("adds what nobody had, and that alone", async (t) => {
    const space = await openSpace(t);
    const { runtimeId } = await runExport(space, exportOf(newer));
    const lost = { id: "lost", parent: "q1", role: "assistant" as const, text: "Oolong." };
    const receipt = await runExport(space, exportOf({ ...older, nodes: [...older.nodes, lost] }));
    assert.deepEqual([receipt.conversations.grown, receipt.conversations.edited], [1, 0]);
    const sessionId = sessionOf(space, runtimeId, tea.id);
    const shown = await space.imports.conversation(sessionId);
    assert.equal(shown.title, "Tea and cake");
    assert.deepEqual(
      shown.messages.map(({ content }) => content),
      ["Green or black?", "White.", "And cake?", "Black.", "Oolong."],
    );
    assert.equal(shown.activePath.at(-1), shown.messages.find(({ sourceId }) => sourceId === "q2")?.id);
    assert.equal(space.imports.catalogRow(sessionId)?.messageCount, 5);
    // The same lost message once more, in bytes that nobody has seen.
    const again = await runExport(space, exportOf({ ...older, title: "T", nodes: [...older.nodes, lost] }));
    assert.equal(again.conversations.unchanged, 1);
    assert.equal(space.imports.catalogRow(sessionId)?.messageCount, 5);
    assert.deepEqual((await space.imports.rebuildReferences()).differences, []);
  });

  test("comes to the same as the exports in their order", async (t) => {
    const [one, other] = [await openSpace(t), await openSpace(t)];
    const inOrder = await runExport(one, exportOf(older));
    await runExport(one, exportOf(newer));
    const reversed = await runExport(other, exportOf(newer));
    await runExport(other, exportOf(older));
    const shownIn = async (space: ImportSpace, { runtimeId }: typeof inOrder): Promise<unknown> => {
      const { title, messages, activePath } = await space.imports.conversation(
        sessionOf(space, runtimeId, tea.id),
      );
      return [title, messages.map(({ content, sourceId }) => [sourceId, content]), activePath.length];
    };
    assert.deepEqual(await shownIn(other, reversed), await shownIn(one, inOrder));
  });

  test("is also seen as older within one archive that has an id twice", async (t) => {
    const space = await openSpace(t);
    const receipt = await runExport(space, exportOf(newer, older));
    assert.deepEqual([receipt.conversations.new, receipt.conversations.unchanged], [1, 1]);
    const shown = await space.imports.conversation(sessionOf(space, receipt.runtimeId, tea.id));
    assert.deepEqual([shown.title, shown.messages.length], ["Tea and cake", 4]);
  });

  test("is what shows when it replaces the newer one", async (t) => {
    const space = await openSpace(t);
    const { runtimeId } = await runExport(space, exportOf(newer));
    const receipt = await runExport(space, exportOf(older), { replace: true });
    assert.equal(receipt.conversations.edited, 1);
    const shown = await space.imports.conversation(sessionOf(space, runtimeId, tea.id));
    assert.deepEqual([shown.title, shown.messages.length], ["Tea", 3]);
    assert.deepEqual((await space.imports.rebuildReferences()).differences, []);
  });

  test("gives the bytes of what was the newest at a time", async (t) => {
    const space = await openSpace(t);
    const { runtimeId } = await runExport(space, exportOf(older));
    const then = space.context.now();
    await runExport(space, exportOf(newer));
    const sessionId = sessionOf(space, runtimeId, tea.id) as never;
    assert.match(await rawText(space, sessionId, then), /"Tea"/);
    assert.match(await rawText(space, sessionId), /"Tea and cake"/);
    await assert.rejects(rawText(space, sessionId, 5), /no imported session/);
  });
});
