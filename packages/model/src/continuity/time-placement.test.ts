import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { falseTimeOf, firstDayOf } from "./expected-range.ts";
import type { FalseTime } from "./expected-range.ts";
import { placeInTime } from "./time-placement.ts";
import type { PlacementContext, TimedNode } from "./time-placement.ts";

const day = 24 * 60 * 60 * 1000;
const knownAt = Date.UTC(2025, 5, 1);
const noon = Date.UTC(2024, 4, 17, 12);
const imported: PlacementContext = { isNative: false, provider: "chatgpt", knownAt, runtimeId: "chatgpt-a" };

describe("times that cannot be", () => {
  const table: [string, number, FalseTime | undefined][] = [
    ["the epoch itself", 0, "epoch"],
    ["just inside two days of it", 2 * day - 1, "epoch"],
    ["just inside two days before it", -2 * day, "epoch"],
    ["two days behind it", 2 * day, "before-provider"],
    ["the last moment before ChatGPT", Date.UTC(2022, 10, 29) - 1, "before-provider"],
    ["the first moment of ChatGPT", Date.UTC(2022, 10, 29), undefined],
    ["a day ahead", knownAt + day, undefined],
    ["more than a day ahead", knownAt + day + 1, "future"],
  ];
  for (const [name, ms, expected] of table) {
    test(`are told on both sides of the bound: ${name}`, () => {
      assert.equal(falseTimeOf(ms, imported), expected);
    });
  }

  test("are stamps of the export only where every message has the same one", () => {
    const stamps = [noon];
    for (const [ms, isUniform, expected] of [
      [noon + 2_000, true, "import-stamp"],
      [noon + 2_001, true, undefined],
      [noon, false, undefined],
    ] as const) {
      assert.equal(falseTimeOf(ms, { ...imported, stamps, isUniform }), expected);
    }
  });

  test("depend on the provider, and an unknown one has a bound of its own", () => {
    assert.equal(firstDayOf("CLAUDE"), Date.UTC(2023, 2, 13));
    assert.equal(falseTimeOf(Date.UTC(2010, 0, 1) - 1, { knownAt, provider: "else" }), "before-provider");
    assert.equal(falseTimeOf(Date.UTC(2010, 0, 1), { knownAt }), undefined);
  });
});

const own = (ms: number, parent: number): TimedNode => ({ parent, time: { ms, source: "message" } });
const none = (parent: number): TimedNode => ({ parent });

describe("messages placed in time", () => {
  const facts = (nodes: TimedNode[], context: Partial<PlacementContext> = {}) =>
    placeInTime(nodes, { ...imported, ...context }).map(({ at, confidence, rules }) => [
      at === undefined ? undefined : at - noon,
      confidence,
      rules.join(" "),
    ]);

  test("are believed where they say it themselves", () => {
    assert.deepEqual(facts([own(noon, -1), own(noon + 5, 0)]), [
      [0, 1, "own-time"],
      [5, 1, "own-time"],
    ]);
    assert.deepEqual(facts([own(noon, -1)], { isNative: true }), [[0, 1, "written-live"]]);
  });

  test("stand evenly between two that are known, surer within a day than beyond", () => {
    assert.deepEqual(facts([own(noon, -1), none(0), none(1), own(noon + 3000, 2)]), [
      [0, 1, "own-time"],
      [1000, 0.5, "between-neighbours"],
      [2000, 0.5, "between-neighbours"],
      [3000, 1, "own-time"],
    ]);
    assert.deepEqual(facts([own(noon, -1), none(0), own(noon + day, 1)])[1], [
      day / 2,
      0.5,
      "between-neighbours",
    ]);
    assert.equal(facts([own(noon, -1), none(0), own(noon + day + 1, 1)])[1]?.[1], 0.4);
  });

  test("stand beside the one that is known, before it or behind it", () => {
    assert.deepEqual(facts([none(-1), own(noon, 0), none(1), none(2)]), [
      [0, 0.4, "beside-neighbour"],
      [0, 1, "own-time"],
      [0, 0.4, "beside-neighbour"],
      [0, 0.4, "beside-neighbour"],
    ]);
  });

  test("without any time have none, and are never surer than 0.3", () => {
    assert.deepEqual(facts([none(-1), none(0)]), [
      [undefined, 0.3, "order-only"],
      [undefined, 0.3, "order-only"],
    ]);
    assert.deepEqual(facts([none(-1), none(0)], { createdAt: noon }), [
      [0, 0.3, "order-only"],
      [0, 0.3, "order-only"],
    ]);
    assert.equal(facts([none(-1)], { createdAt: 0 })[0]?.[0], undefined);
  });

  test("have the time of their conversation, surer where the person had chosen its runtime", () => {
    const node: TimedNode = { parent: -1, time: { ms: noon, source: "conversation" } };
    assert.deepEqual(facts([node]), [[0, 0.7, "conversation-time"]]);
    assert.deepEqual(facts([node], { selectedAt: () => "chatgpt-a" }), [[0, 0.9, "selection-match"]]);
    assert.deepEqual(facts([node], { selectedAt: () => "synth" }), [[0, 0.7, "conversation-time"]]);
    const file: TimedNode = { parent: -1, time: { ms: noon, source: "file" } };
    assert.deepEqual(facts([file]), [[0, 0.7, "file-time"]]);
  });

  test("stand behind what they answer when a clock went back, and say so", () => {
    const [first, second, third] = placeInTime([own(noon, -1), own(noon - 5, 0), none(1)], imported);
    assert.deepEqual([first?.orderAt, second?.at, second?.orderAt], [noon, noon - 5, noon]);
    assert.deepEqual([second?.confidence, second?.rules], [0.5, ["own-time", "clock-went-back"]]);
    assert.equal(third?.orderAt, noon);
  });

  test("lose a time that cannot be, with its name", () => {
    assert.deepEqual(facts([own(noon, -1), own(0, 0), own(noon + 10, 1)])[1], [
      5,
      0.5,
      "between-neighbours rejected-epoch",
    ]);
    assert.deepEqual(facts([own(knownAt + 2 * day, -1)]), [[undefined, 0.3, "order-only rejected-future"]]);
  });

  test("on different branches do not pull at each other", () => {
    const nodes = [own(noon, -1), none(0), own(noon + 100, 1), none(0), own(noon + 1000, 3)];
    assert.deepEqual(
      facts(nodes).map(([at]) => at),
      [0, 50, 100, 500, 1000],
    );
  });

  test("never stand before what they answer, whatever the times say", () => {
    let seed = 7;
    const random = (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
    for (let round = 0; round < 300; round += 1) {
      const nodes: TimedNode[] = Array.from({ length: 1 + Math.floor(random() * 30) }, (_, index) => {
        const parent = index === 0 ? -1 : Math.floor(random() * (index + 1)) - 1;
        const source =
          (["message", "conversation", "file", "none"] as const)[Math.floor(random() * 4)] ?? "none";
        const ms =
          [0, noon, noon + Math.floor(random() * 5 * day), knownAt + 5 * day][Math.floor(random() * 4)] ?? 0;
        return random() < 0.3 ? { parent } : { parent, time: { ms, source } };
      });
      const placed = placeInTime(nodes, imported);
      for (const [index, { parent, time }] of nodes.entries()) {
        const here = placed[index];
        const above = parent === -1 ? undefined : placed[parent];
        assert.ok(here);
        if (above?.orderAt !== undefined) {
          assert.ok(here.orderAt !== undefined && here.orderAt >= above.orderAt, JSON.stringify(nodes));
        }
        assert.ok(here.confidence >= 0.3 && here.confidence <= 1);
        if (time === undefined || time.source === "none") assert.ok(here.confidence < 0.6);
        if (here.at === undefined) assert.equal(here.confidence, 0.3);
      }
    }
  });
});
