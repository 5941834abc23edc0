import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import type { SessionId, UserId } from "@chatty/model";
import { openConfiguration } from "./database.ts";
import type { Configuration } from "./database.ts";
import { draftChange, getDraft, listDrafts } from "./drafts.ts";
import { getOverlay, listOverlays, overlayChanges } from "./overlays.ts";
import { seedChanges } from "./seed.ts";
import { getSetting, listSettings, settingChange } from "./settings.ts";
import { isStarred, listStars, starChanges } from "./stars.ts";

const userId = "u" as UserId;
const session = "s-1" as SessionId;

function openSeeded(context: TestContext): Configuration {
  const configuration = openConfiguration(":memory:");
  context.after(() => configuration.close());
  configuration.applyAlone(seedChanges(configuration, { userId, username: "alex", nowMs: 1 }));
  return configuration;
}

describe("overlayChanges", () => {
  test("changes what is named, keeps the rest, and leaves no empty overlay behind", (context) => {
    const configuration = openSeeded(context);
    const edit = (change: Parameters<typeof overlayChanges>[3], nowMs: number): void =>
      configuration.applyAlone(overlayChanges(configuration, userId, session, change, nowMs));
    edit({ title: "Mine" }, 1);
    edit({ deletedAt: 2 }, 2);
    const both = { sessionId: session, title: "Mine", archivedAt: undefined, deletedAt: 2, updatedAt: 2 };
    assert.deepEqual(getOverlay(configuration, userId, session), both);
    assert.deepEqual(listOverlays(configuration, userId), new Map([[session, both]]));
    edit({ deletedAt: null, archivedAt: 3 }, 3);
    assert.equal(getOverlay(configuration, userId, session)?.deletedAt, undefined);
    edit({ title: null, archivedAt: null }, 4);
    assert.equal(getOverlay(configuration, userId, session), undefined);
    assert.deepEqual(overlayChanges(configuration, userId, session, { title: null }, 5), []);
  });
});

describe("starChanges", () => {
  test("keeps the time of the first star and has nothing to do when nothing changes", (context) => {
    const configuration = openSeeded(context);
    const star = (starred: boolean, nowMs: number): void =>
      configuration.applyAlone(starChanges(configuration, userId, session, starred, nowMs));
    star(true, 5);
    star(true, 6);
    assert.deepEqual(listStars(configuration, userId), new Map([[session, 5]]));
    star(false, 7);
    assert.equal(isStarred(configuration, userId, session), false);
    assert.deepEqual(starChanges(configuration, userId, session, false, 8), []);
  });
});

describe("draftChange", () => {
  test("keeps text as it is typed and forgets an empty draft", (context) => {
    const configuration = openSeeded(context);
    const text = "  two\nlines \0 and 🙂 ";
    configuration.applyAlone([draftChange(userId, session, text, 5)]);
    const draft = { sessionId: session, text, updatedAt: 5 };
    assert.deepEqual(getDraft(configuration, userId, session), draft);
    assert.deepEqual(listDrafts(configuration, userId), [draft]);
    configuration.applyAlone([draftChange(userId, session, "half \ud83d", 6)]);
    assert.equal(getDraft(configuration, userId, session)?.text, "half \ufffd");
    configuration.applyAlone([draftChange(userId, session, "", 7)]);
    assert.equal(getDraft(configuration, userId, session), undefined);
  });
});

describe("settingChange", () => {
  test("keeps any JSON", (context) => {
    const configuration = openSeeded(context);
    const values = { a: null, b: [1, { c: "\ud800" }], d: "text", e: false };
    configuration.applyAlone(Object.entries(values).map(([key, value]) => settingChange(userId, key, value)));
    for (const [key, value] of Object.entries(values)) {
      assert.deepEqual(getSetting(configuration, userId, key), value);
    }
    configuration.applyAlone([{ delete: "settings", key: { user_id: userId, key: "a" } }]);
    assert.equal(getSetting(configuration, userId, "a"), undefined);
    assert.deepEqual([...listSettings(configuration, userId).keys()], ["active_runtime", "b", "d", "e"]);
  });
});
