import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SessionId } from "@chatty/model";
import type { Catalog } from "../catalog/catalog.ts";
import type { UserImports } from "../imports/user-imports.ts";
import { DueViews } from "./due-views.ts";

/** Writes nothing, and lets something happen while it does. */
function openFake(meanwhile: (views: DueViews) => void): {
  views: DueViews;
  catalog: { viewsDone: boolean };
} {
  const catalog = { viewsDone: false };
  const imports: Pick<UserImports, "writeViews" | "rebuildViews" | "invalidateViews" | "trustViews"> = {
    writeViews: async () => {
      await Promise.resolve();
      meanwhile(views);
      return { written: 1, removed: 0, pending: 0 };
    },
    rebuildViews: async () => {
      await Promise.resolve();
      meanwhile(views);
      return { views: 1, differences: [] };
    },
    invalidateViews: () => undefined,
    trustViews: () => undefined,
  };
  const views = new DueViews(imports as UserImports, catalog as Catalog);
  return { views, catalog };
}

describe("DueViews", () => {
  test("marks everything done when nothing came in between", async () => {
    const { views, catalog } = openFake(() => undefined);
    await views.write(1000);
    assert.equal(catalog.viewsDone, true);
  });

  test("does not mark a change done that came while others were written or made again", async () => {
    const { views, catalog } = openFake((due) => due.invalidate(["s" as SessionId]));
    await views.write(1000);
    assert.equal(catalog.viewsDone, false);
    await views.rebuild();
    assert.equal(catalog.viewsDone, false);
  });

  test("ends early when the vault is about to be closed", async () => {
    let slices = 0;
    const { views, catalog } = openFake(() => (slices += 1));
    views.stop();
    await views.write(1000);
    assert.deepEqual([slices, catalog.viewsDone], [0, false]);
  });
});
