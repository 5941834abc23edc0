import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import type { SessionId } from "@chatty/model";
import { overlayChanges } from "../workspace/overlays.ts";
import type { ImportChanges } from "./import-run.ts";
import type { ImportSpace } from "./testing/import-space.ts";
import { openImportSpace } from "./testing/import-space.ts";
import type { LineConversation } from "./testing/line-export.ts";
import { alex, filesOf, rain, runExport, sessionOf, tea } from "./testing/sample-imports.ts";

async function openSpace(t: TestContext): Promise<{ space: ImportSpace; root: string }> {
  const root = mkdtempSync(join(tmpdir(), "chatty-imports-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const space = await openImportSpace(root);
  t.after(() => space.close().catch(() => undefined));
  return { space, root };
}

function setOverlay(
  space: ImportSpace,
  sessionId: SessionId,
  edit: Parameters<typeof overlayChanges>[3],
): void {
  const { configuration } = space.context.storage;
  configuration.applyAlone(overlayChanges(configuration, space.user.userId, sessionId, edit, 5));
  space.imports.invalidateViews([sessionId]);
}

describe("ViewWriter", () => {
  test("comes to the same by looking at what changed as by looking at everything", async (t) => {
    const { space, root } = await openSpace(t);
    const stems = ["Tea", "Tea (2)", "TEA", "", "Rain"];
    const month = 2_592_000;
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    const conversation = (id: number): LineConversation => {
      const dated = random(4) === 0 ? {} : { createdAt: 1_700_000_000 + random(2) * month + random(3) };
      const { createdAt: _, ...base } = tea;
      const nodes = [{ id: "q", parent: null, text: `Text ${random(3)}` }];
      return { ...base, ...dated, id: `c-${id}`, title: stems[random(stems.length)] ?? "", leaf: "q", nodes };
    };
    const all = Array.from({ length: 12 }, (_, id) => conversation(id));
    const { runtimeId } = await runExport(space, { identity: alex, conversations: all });
    await space.imports.writeViews();
    for (let turn = 0; turn < 25; turn += 1) {
      const sessionId = sessionOf(space, runtimeId, `c-${random(12)}`);
      const act = random(4);
      if (act === 0) setOverlay(space, sessionId, { deletedAt: 5 });
      else if (act === 1) setOverlay(space, sessionId, { deletedAt: null });
      else if (act === 2) setOverlay(space, sessionId, { title: `Mine ${turn}` });
      else
        await runExport(space, {
          identity: alex,
          conversations: [conversation(random(12)), conversation(20 + turn)],
        });
      const budget = random(3) === 0 ? { budget: 1 } : {};
      if ((await space.imports.writeViews(budget)).pending > 0) continue;
      const files = filesOf(root);
      assert.equal(await space.imports.viewsPending(), 0);
      space.imports.invalidateViews();
      assert.equal(await space.imports.viewsPending(), 0, `turn ${turn}`);
      assert.deepEqual((await space.imports.rebuildViews()).differences, []);
      assert.deepEqual(filesOf(root), files);
    }
  });

  test("reads nothing but the session that was renamed", async (t) => {
    const { space } = await openSpace(t);
    const conversations = Array.from({ length: 50 }, (_, id) => ({
      ...rain,
      id: `c-${id}`,
      title: `T ${id}`,
    }));
    const { runtimeId } = await runExport(space, { identity: alex, conversations });
    await space.imports.writeViews();
    const { configuration } = space.context.storage;
    const asked = t.mock.method(configuration, "all");
    setOverlay(space, sessionOf(space, runtimeId, "c-7"), { title: "Mine" });
    assert.deepEqual(await space.imports.writeViews(), { written: 0, removed: 0, pending: 0 });
    assert.ok(asked.mock.callCount() < 30, `${asked.mock.callCount()} questions`);
  });
});

describe("what an import says that it changed", () => {
  test("is what came, changed or went, and nothing else", async (t) => {
    const { space } = await openSpace(t);
    const told: ImportChanges[] = [];
    space.context.imported = (changes) => {
      told.push(changes);
      return Promise.resolve();
    };
    const { runtimeId } = await runExport(space, { identity: alex, conversations: [tea, rain] });
    const rainSession = sessionOf(space, runtimeId, rain.id);
    const both = [sessionOf(space, runtimeId, tea.id), rainSession].toSorted(byText);
    await runExport(space, { identity: alex, conversations: [tea, { ...rain, title: "Wet" }] });
    await runExport(space, { identity: alex, conversations: [tea, { ...rain, title: "Wet" }] });
    await runExport(space, { identity: alex, conversations: [{ ...tea, title: "Dry" }] }, { dryRun: true });
    await runExport(space, { identity: alex, conversations: [tea] }, { replace: true });
    assert.deepEqual(
      told.map(({ sessions }) => [...sessions].toSorted(byText)),
      [both, [rainSession], both],
    );
    assert.deepEqual(told[0]?.runtimeIds, [runtimeId]);
  });
});

function byText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
