import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isChattyError } from "@chatty/model";
import { pieces } from "../testing/fake-streams.ts";
import { encodeFrame, readFrames } from "./frames.ts";
import type { Frame } from "./frames.ts";

async function framesOf(chunks: readonly Uint8Array[]): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of readFrames(pieces(chunks))) frames.push(frame);
  return frames;
}

describe("readFrames", () => {
  test("finds the same frames wherever the bytes are cut", async () => {
    const bytes = Buffer.concat([
      encodeFrame("greeting", Buffer.from("{}")),
      encodeFrame("cancel", Buffer.alloc(0)),
      encodeFrame("out", Buffer.from("grün")),
    ]);
    for (let size = 1; size <= bytes.length; size += 1) {
      const chunks: Buffer[] = [];
      for (let start = 0; start < bytes.length; start += size)
        chunks.push(bytes.subarray(start, start + size));
      const frames = await framesOf(chunks);
      assert.deepEqual(
        frames.map(({ kind, payload }) => [kind, payload.toString("utf8")]),
        [
          ["greeting", "{}"],
          ["cancel", ""],
          ["out", "grün"],
        ],
      );
    }
  });

  test("ends quietly when the bytes end inside a frame", async () => {
    const whole = encodeFrame("out", Buffer.from("abc"));
    assert.deepEqual(await framesOf([whole.subarray(0, 6)]), []);
  });

  test("refuses bytes that are no frames", async () => {
    await assert.rejects(framesOf([Buffer.from("GET / HTTP/1.1\r\n\r\n")]), (error) =>
      isChattyError(error, "OWNER_VERSION"),
    );
  });
});
