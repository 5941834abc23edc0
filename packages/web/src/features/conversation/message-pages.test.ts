import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message, MessageWindow } from "@chatty/server/api";
import fc from "fast-check";
import { isFarPage, LoadedMessages, pageSize, pagesOf, wholePages } from "./message-pages.ts";

function message(index: number): Message {
  return {
    id: `m${index}`,
    parentId: index === 0 ? null : `m${index - 1}`,
    role: index % 2 === 0 ? "user" : "assistant",
    content: String(index),
    timestampSource: "none",
    hidden: false,
    parts: [],
    index,
    siblings: { position: 0, ids: [`m${index}`] },
  };
}

function windowOf(from: number, count: number, total: number): MessageWindow {
  const messages = Array.from({ length: Math.min(count, total - from) }, (_, offset) =>
    message(from + offset),
  );
  return { messages, from, total, leafId: `m${total - 1}`, revision: "1" };
}

test("asks for the pages around what is seen, within the path", () => {
  assert.deepEqual(pagesOf({ from: 0, to: 10 }, 100_000), [0, 1]);
  assert.deepEqual(pagesOf({ from: 99_990, to: 100_000 }, 100_000), [2498, 2499]);
  assert.deepEqual(pagesOf({ from: 0, to: 3 }, 3), [0]);
  assert.deepEqual(pagesOf({ from: 0, to: 0 }, 0), []);
});

test("what is seen is always on a page asked for, and never more than the view needs", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200_000 }),
      fc.nat(),
      fc.integer({ min: 1, max: 60 }),
      (total, at, size) => {
        const from = at % total;
        const to = Math.min(total, from + size);
        const pages = pagesOf({ from, to }, total);
        for (let index = from; index < to; index += 1)
          assert.ok(pages.includes(Math.floor(index / pageSize)));
        assert.ok(pages.length <= Math.ceil(size / pageSize) + 3);
      },
    ),
  );
});

test("drops pages far from those in use, and none when nothing is in use", () => {
  assert.equal(isFarPage(0, [100, 101]), true);
  assert.equal(isFarPage(95, [100, 101]), false);
  assert.equal(isFarPage(108, [100, 101]), true);
  assert.equal(isFarPage(3, []), false);
});

test("cuts a window at the end into its whole pages, with the short last one", () => {
  const total = 1013;
  const pages = wholePages(windowOf(total - 100, 100, total));
  assert.deepEqual(
    pages.map(({ page, window }) => [page, window.from, window.messages.length]),
    [
      [23, 920, 40],
      [24, 960, 40],
      [25, 1000, 13],
    ],
  );
});

test("every whole page holds what asking for it alone would", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.nat(),
      fc.integer({ min: 1, max: 200 }),
      (total, at, limit) => {
        for (const { page, window } of wholePages(windowOf(at % total, limit, total))) {
          assert.deepEqual(window, windowOf(page * pageSize, pageSize, total));
        }
      },
    ),
  );
});

test("finds messages by index and by id, and says when one is not loaded", () => {
  const loaded = new LoadedMessages([windowOf(40, 40, 200), windowOf(120, 40, 200)], 200, "m199");
  assert.equal(loaded.at(41)?.id, "m41");
  assert.equal(loaded.at(39), undefined);
  assert.equal(loaded.at(100), undefined);
  assert.equal(loaded.at(159)?.id, "m159");
  assert.equal(loaded.indexOf("m130"), 130);
  assert.equal(loaded.indexOf("m7"), undefined);
});
