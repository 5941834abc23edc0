import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, test } from "node:test";
import { SseStream } from "./sse-stream.ts";

async function textOf(stream: SseStream): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  return text;
}

describe("SseStream", () => {
  test("gives events in order, with ids where they have one", async () => {
    const stream = new SseStream();
    stream.send({ data: { line: "a\nb" } });
    stream.send({ id: 7, data: "c" });
    stream.end();
    assert.equal(await textOf(stream), 'retry: 1000\n\ndata: {"line":"a\\nb"}\n\nid: 7\ndata: "c"\n\n');
  });

  test("tells a reader that fell behind one thing instead of all it missed", async () => {
    const stream = new SseStream({ limit: 3, afterOverflow: () => ({ data: "hello" }) });
    const big = "x".repeat(70_000);
    for (let number = 0; number < 50; number += 1) stream.send({ data: `${number} ${big}` });
    stream.end();
    const seen = [...(await textOf(stream)).matchAll(/^data: "(\w+)/gm)].map(([, first]) => first);
    assert.ok(seen.length < 10, `${seen.length} events were kept`);
    assert.ok(seen.includes("hello"));
    assert.equal(seen.at(-1), "49");
  });

  test("ends for a reader that fell behind when nothing can stand for what it missed", async () => {
    const stream = new SseStream({ limit: 2 });
    const big = "x".repeat(70_000);
    for (let number = 0; number < 9; number += 1) stream.send({ data: big });
    // It ends by itself: otherwise this would wait for ever.
    await textOf(stream);
  });

  test("says once that its reader is gone, and takes nothing more", async () => {
    let closed = 0;
    const stream = new SseStream({ onClose: () => (closed += 1) });
    stream.destroy();
    await nextTurn();
    stream.send({ data: "late" });
    stream.end();
    assert.equal(closed, 1);
  });
});
