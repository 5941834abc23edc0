import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { ConstructId, SessionId } from "@chatty/model";
import { ChattyError } from "@chatty/model";
import { absolutePath, layout } from "../files/layout.ts";
import { nodeFiles } from "../files/node-files.ts";
import { MeaningHere } from "./meaning-here.ts";
import { animals, ids, makeWorld, march, oldTimes } from "./testing/meaning-world.ts";

const files = nodeFiles();

function emptyFolder(): { root: string; remove: () => void } {
  const root = mkdtempSync(join(tmpdir(), "chatty-meaning-"));
  return { root, remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 3 }) };
}

describe("removing for good", () => {
  const traces = (root: string, id: string): string[] =>
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.includes(".search.db"))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => readFileSync(path).includes(id));

  test("takes a conversation out of the month's files, the database and memory at once", async (t) => {
    const world = makeWorld(t, emptyFolder());
    const secret = {
      ...oldTimes,
      sessionId: "secret-session",
      messages: [{ id: "secret-message", text: "volcanoes secretly", at: Date.UTC(2021, 10, 4) }],
    };
    for (const session of [oldTimes, secret, animals]) world.index.put(session);
    const meaning = world.open();
    await meaning.settle();
    assert.equal(traces(world.root, "secret-").length > 0, true);
    await meaning.forget(["secret-session" as SessionId], false);
    assert.deepEqual(
      ids(await world.ask(meaning, "volcanoes secretly", {}, 9)).includes("secret-message"),
      false,
    );
    // As long as the index of words still has it, nothing of it comes back.
    await meaning.settle();
    world.index.remove("secret-session");
    await meaning.forget(["secret-session" as SessionId], true);
    await meaning.settle();
    assert.equal(await meaning.scrub(), true);
    assert.deepEqual(traces(world.root, "secret-"), []);
    assert.deepEqual(ids(await world.ask(meaning, "volcanoes lava", {}, 1)), ["o1"]);
    assert.deepEqual((await meaning.state()).chunks, 5);
    await meaning.forget(["old" as SessionId], true);
    const views = absolutePath(world.root, layout.views(world.index.user));
    assert.deepEqual(existsSync(views) ? readdirSync(views) : [], [], "no empty folder is left");
    world.index.remove("old");
    await meaning.close();
    const again = world.open();
    await again.settle();
    assert.equal(world.opened.at(-1)?.embedded.length, 0);
  });

  test("does so too while no embedder is there, and with the database gone", async (t) => {
    for (const isDatabaseGone of [false, true]) {
      const world = makeWorld(t, emptyFolder());
      const secret = {
        ...oldTimes,
        sessionId: "secret-session",
        messages: [{ id: "secret-message", text: "volcanoes secretly", at: Date.UTC(2021, 10, 4) }],
      };
      for (const session of [oldTimes, secret]) world.index.put(session);
      const meaning = world.open();
      await meaning.settle();
      await meaning.close();
      if (isDatabaseGone) rmSync(absolutePath(world.root, layout.vectors(world.index.user)));
      const embedders = {
        open: () => Promise.reject(new ChattyError("EMBEDDER_UNAVAILABLE", "It is not there.")),
      };
      const absent = new MeaningHere({
        files,
        root: world.root,
        user: world.index.user,
        embedders,
        setting: null,
        now: () => march,
      });
      await absent.settle();
      assert.deepEqual((await absent.state()).state, "absent");
      await absent.forget(["secret-session" as SessionId], true);
      assert.equal(await absent.scrub(), true);
      await absent.close();
      assert.deepEqual(traces(world.root, "secret-"), []);
      world.index.remove("secret-session");
      const again = world.open();
      await again.settle();
      assert.equal(world.opened.at(-1)?.embedded.length, 0, "what is left was kept");
      assert.deepEqual(ids(await world.ask(again, "lava", {}, 9)).length, 2);
    }
  });

  test("never makes the folder of a native conversation that is gone", async (t) => {
    const world = makeWorld(t, emptyFolder());
    world.index.put(animals);
    const folder = absolutePath(
      world.root,
      layout.session(world.index.user, "synth-001" as ConstructId, "animals" as SessionId),
    );
    rmSync(folder, { recursive: true });
    const meaning = world.open();
    await meaning.settle();
    assert.equal(existsSync(folder), false);
  });
});
