import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { ConstructId, MessageId, SessionId } from "@chatty/model";
import { ChattyError } from "@chatty/model";
import { absolutePath, layout } from "../files/layout.ts";
import type { MeaningHere } from "./meaning-here.ts";
import type { MeaningAnswer } from "./meaning-port.ts";
import { parseNpy } from "./npy-array.ts";
import {
  animals,
  cooking,
  embedded,
  ids,
  makeWorld,
  march,
  noVisibility,
  oldTimes,
  undated,
} from "./testing/meaning-world.ts";
import { parseVectorLine } from "./vector-lines.ts";

function emptyFolder(): { root: string; remove: () => void } {
  const root = mkdtempSync(join(tmpdir(), "chatty-meaning-"));
  return { root, remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 3 }) };
}

describe("embedding in the background", () => {
  test("finds what is near, by exactly the filters of a search by words", async (t) => {
    const world = makeWorld(t, emptyFolder());
    for (const session of [animals, cooking, oldTimes]) world.index.put(session);
    const meaning = world.open();
    await meaning.settle();
    assert.equal((await meaning.state()).state, "ready");
    assert.deepEqual(ids(await world.ask(meaning, "lion in the savannah", {}, 2)), ["a1", "c2"]);
    assert.deepEqual(ids(await world.ask(meaning, "lion", { runtimes: ["kitchen" as never] }, 5)), [
      "c2",
      "c1",
    ]);
    assert.deepEqual(ids(await world.ask(meaning, "lion", { from: march + 2 }, 5)), ["c2"]);
    assert.deepEqual(ids(await world.ask(meaning, "lion", { sessions: ["nobody" as never] }, 5)), []);
    const both = [{ runtimes: ["kitchen" as never] }, { runtimes: ["chatty" as never] }];
    assert.deepEqual(
      ids(await world.ask(meaning, "lion", both, 5)),
      [],
      "two filters must both be fulfilled",
    );
    assert.deepEqual(ids(await world.ask(meaning, "lion", [{}, both[0] ?? {}], 5)), ["c2", "c1"]);
    const [glacier] = (await world.ask(meaning, "glaciers report", {}, 1)).hits;
    assert.deepEqual([glacier?.messageId, glacier?.field], ["o2", "file"]);
  });

  test("hides what the owner of the lists hides", async (t) => {
    const world = makeWorld(t, emptyFolder());
    for (const session of [animals, cooking]) world.index.put(session);
    const meaning = world.open();
    await meaning.settle();
    const visibility = { ...noVisibility, hiddenSessions: ["animals"], hiddenRuntimes: ["kitchen"] };
    assert.deepEqual(await meaning.find({ text: "lion", filters: {}, visibility, limit: 5 }), {
      hits: [],
      models: ["made-up@1"],
      isComplete: true,
    });
  });

  test("says what is like a message, and leaves that one out", async (t) => {
    const world = makeWorld(t, emptyFolder());
    for (const session of [animals, cooking, oldTimes]) world.index.put(session);
    const meaning = world.open();
    await meaning.settle();
    const like = { sessionId: "old" as SessionId, messageId: "o1" as MessageId };
    assert.deepEqual(ids(await meaning.find({ like, filters: {}, visibility: noVisibility, limit: 1 })), [
      "o2",
    ]);
  });

  test("keeps vectors beside the conversation, and per month of an imported construct", async (t) => {
    const world = makeWorld(t, emptyFolder());
    for (const session of [animals, oldTimes, undated]) world.index.put(session);
    await world.open().settle();
    const own = absolutePath(
      world.root,
      layout.session(world.index.user, "synth-001" as ConstructId, "animals" as SessionId),
    );
    const views = absolutePath(world.root, layout.views(world.index.user));
    for (const [folder, lines] of [
      [own, 2],
      [join(views, "chatgpt-001", "2021", "11"), 3],
      [join(views, "chatgpt-001", "undated"), 1],
    ] as const) {
      const array = parseNpy(readFileSync(join(folder, "embeddings.npy")));
      assert.deepEqual(array.shape, [lines, 192], folder);
      const text = readFileSync(join(folder, "vector_index.jsonl"), "utf8");
      const parsed = text.trimEnd().split("\n").map(parseVectorLine);
      assert.equal(parsed.length, lines);
      assert.ok(
        parsed.every(
          (line, row) => line?.row === row && line.model === "made-up@1" && line.provider === "test",
        ),
      );
      assert.ok(!/lion|lava|glacier/i.test(text), "no text stands in it");
    }
  });

  test("embeds only what is new or changed", async (t) => {
    const world = makeWorld(t, emptyFolder());
    world.index.put(animals);
    const meaning = world.open();
    await meaning.settle();
    assert.equal(embedded(world), 2);
    const [first, second] = animals.messages;
    assert.ok(first !== undefined && second !== undefined);
    world.index.put({
      ...animals,
      messages: [first, { ...second, text: "Penguins eat fish" }, { id: "a3", text: "Owls hoot" }],
    });
    await meaning.settle();
    assert.equal(embedded(world), 4);
    assert.deepEqual(ids(await world.ask(meaning, "penguins swim in cold water", {}, 1)), ["a2"]);
    assert.ok(
      ((await world.ask(meaning, "Penguins swim in cold water", {}, 1)).hits[0]?.score ?? 1) < 0.9,
      "the old words are gone",
    );
    world.index.put({ ...animals, messages: [first] });
    await meaning.settle();
    assert.equal(embedded(world), 4);
    assert.deepEqual(ids(await world.ask(meaning, "owls penguins", {}, 9)), ["a1"]);
  });

  test("long messages are found by their passages", async (t) => {
    const world = makeWorld(t, emptyFolder());
    const filler = "Nothing of any note happened on that day. ".repeat(200);
    world.index.put({
      sessionId: "long",
      messages: [{ id: "l1", text: `${filler}The treasure lies under the oak. ${filler}` }],
    });
    const meaning = world.open({ maxTokens: 40 });
    await meaning.settle();
    const [hit] = (await world.ask(meaning, "treasure under the oak", {}, 5)).hits;
    assert.equal(hit?.messageId, "l1");
    assert.match(
      `${filler}The treasure lies under the oak. ${filler}`.slice(hit?.from, hit?.to),
      /treasure lies under/,
    );
    assert.equal((await world.ask(meaning, "treasure", {}, 5)).hits.length, 1, "each message once");
  });
});

describe("what is kept", () => {
  test("a start embeds nothing again, and a lost database is made again from the files, equal", async (t) => {
    const world = makeWorld(t, emptyFolder());
    for (const session of [animals, cooking, oldTimes, undated]) world.index.put(session);
    const meaning = world.open();
    await meaning.settle();
    const before = await world.ask(meaning, "lion water lava", {}, 20);
    const count = embedded(world);
    await meaning.close();
    const again = world.open();
    await again.settle();
    assert.deepEqual(await world.ask(again, "lion water lava", {}, 20), before);
    assert.equal(await again.rebuild(), 8);
    await again.settle();
    assert.deepEqual(await world.ask(again, "lion water lava", {}, 20), before);
    await again.close();
    rmSync(absolutePath(world.root, layout.vectors(world.index.user)));
    const third = world.open();
    await third.settle();
    assert.deepEqual(await world.ask(third, "lion water lava", {}, 20), before);
    assert.equal(embedded(world), count);
  });

  test("an index of words that was begun anew changes nothing but numbers", async (t) => {
    const world = makeWorld(t, emptyFolder());
    for (const session of [animals, cooking, oldTimes]) world.index.put(session);
    const meaning = world.open();
    await meaning.settle();
    const before = await world.ask(meaning, "lion water", {}, 20);
    const count = embedded(world);
    world.index.clear();
    for (const session of [oldTimes, { ...undated, sessionId: "another" }, cooking, animals])
      world.index.put(session);
    await meaning.reopen();
    await meaning.settle();
    assert.equal(embedded(world), count + 1);
    const after = await world.ask(meaning, "lion water", { not: { sessions: ["another" as never] } }, 20);
    assert.deepEqual(after, before);
  });

  test("a pair cut off anywhere costs what was cut off", async (t) => {
    const world = makeWorld(t, emptyFolder());
    world.index.put({
      ...oldTimes,
      messages: Array.from({ length: 30 }, (_, index) => ({
        id: `m${index}`,
        text: `message number ${index} about topic${index}`,
        at: march,
      })),
    });
    const meaning = world.open();
    await meaning.settle();
    await meaning.close();
    const folder = join(
      absolutePath(world.root, layout.views(world.index.user)),
      "chatgpt-001",
      "2024",
      "03",
    );
    const path = join(folder, "vector_index.jsonl");
    truncateSync(path, Math.floor(statSync(path).size / 2));
    const again = world.open();
    await again.settle();
    const made = world.opened.at(-1)?.embedded.length ?? 0;
    assert.ok(made >= 15 && made <= 16, `${made} were embedded again`);
    assert.deepEqual(ids(await world.ask(again, "topic29", {}, 1)), ["m29"]);
    assert.equal(parseNpy(readFileSync(join(folder, "embeddings.npy"))).shape[0], 30);
  });

  test("another model takes the place of the old one as a whole, and none is mixed", async (t) => {
    const world = makeWorld(t, emptyFolder());
    for (const session of [animals, oldTimes, undated]) world.index.put(session);
    const meaning = world.open();
    await meaning.settle();
    await meaning.close();
    const other = world.open({ model: "other@2", dimensions: 128 });
    await other.settle();
    const state = await other.state();
    assert.deepEqual([state.model, state.dimensions, state.chunks], ["other@2", 128, 6]);
    assert.deepEqual(ids(await world.ask(other, "lion savannah", {}, 1)), ["a1"]);
    const views = absolutePath(world.root, layout.views(world.index.user));
    const text = readFileSync(join(views, "chatgpt-001", "2021", "11", "vector_index.jsonl"), "utf8");
    assert.ok(!text.includes("made-up@1"));
    assert.deepEqual(
      parseNpy(readFileSync(join(views, "chatgpt-001", "2021", "11", "embeddings.npy"))).shape,
      [3, 128],
    );
  });
});

describe("two models", () => {
  const many = {
    sessionId: "many",
    messages: Array.from({ length: 400 }, (_, index) => ({
      id: `m${index}`,
      text: `number ${index} word${index}`,
      at: march + index,
    })),
  };

  test("the quick one answers until the other has come to it, and neither is mixed with the other", async (t) => {
    const world = makeWorld(t, emptyFolder());
    world.index.put(many);
    let asked: MeaningAnswer | undefined;
    const meaning: MeaningHere = world.open({
      first: {},
      before: async (texts) => {
        if (texts.some((text) => text === "number 399 word399"))
          asked ??= await world.ask(meaning, "word399", {}, 3);
      },
    });
    await meaning.settle();
    assert.equal(asked?.isComplete, false);
    assert.ok(asked?.models.includes("quick@1"));
    assert.equal(ids(asked ?? { hits: [], models: [], isComplete: false })[0], "m399");
    const after = await world.ask(meaning, "word399", {}, 3);
    assert.deepEqual(after.models, ["made-up@1"]);
    assert.equal(ids(after)[0], "m399");
  });
});

describe("work in the background", () => {
  const many = {
    sessionId: "many",
    messages: Array.from({ length: 300 }, (_, index) => ({
      id: `m${index}`,
      text: `word${index}`,
      at: march + index,
    })),
  };

  test("can be paused and goes on where it was", async (t) => {
    const world = makeWorld(t, emptyFolder());
    world.index.put(many);
    let batches = 0;
    const meaning: MeaningHere = world.open({
      before: () => {
        batches += 1;
        if (batches === 3) meaning.pause();
      },
    });
    meaning.sync();
    while ((await meaning.state()).state !== "paused" || batches < 3)
      await new Promise((resolve) => setTimeout(resolve, 5));
    const at = batches;
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(batches, at, "nothing is embedded while it is paused");
    meaning.resume();
    await meaning.settle();
    assert.equal((await meaning.state()).chunks, 300);
    assert.equal(embedded(world), 300, "nothing was embedded twice");
  });

  test("ended in the middle, goes on with what is missing", async (t) => {
    const world = makeWorld(t, emptyFolder());
    world.index.put(many);
    const meaning = world.open({
      before: () => {
        if ((world.opened[0]?.embedded.length ?? 0) >= 150) meaning.close().catch(() => undefined);
      },
    });
    await meaning.settle();
    await meaning.close();
    const again = world.open();
    await again.settle();
    assert.equal((await again.state()).chunks, 300);
    assert.ok((world.opened[1]?.embedded.length ?? 300) <= 220, "what was written is not embedded again");
  });

  test("tells why it failed, and tries again", async (t) => {
    const world = makeWorld(t, emptyFolder());
    world.index.put(animals);
    let isBroken = true;
    const meaning = world.open({
      before: () => {
        if (isBroken) throw new ChattyError("EMBEDDER_FAILED", "The model fell over.");
      },
    });
    await meaning.settle();
    assert.deepEqual(
      [(await meaning.state()).state, (await meaning.state()).failure],
      ["failed", "The model fell over."],
    );
    isBroken = false;
    await meaning.settle();
    assert.deepEqual([(await meaning.state()).state, (await meaning.state()).chunks], ["ready", 2]);
  });
});
