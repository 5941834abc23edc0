import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isChattyError } from "@chatty/model";
import { pieces } from "../testing/fake-streams.ts";
import { decodeUtf8, readText } from "./utf8-text.ts";

describe("readText", () => {
  test("keeps every byte, also a mark of byte order and the last newline", async () => {
    const bytes = Buffer.from("\uFEFF  grün \r\n\u0000👩‍🚀\n\n", "utf8");
    const text = await readText(pieces([bytes.subarray(0, 6), bytes.subarray(6, 7), bytes.subarray(7)]));
    assert.deepEqual(Buffer.from(text, "utf8"), bytes);
  });
});

describe("decodeUtf8", () => {
  test("says where the text stops being UTF-8", () => {
    const cases: [number[], number][] = [
      [[0x61, 0xff, 0x62], 1],
      [[0xc3], 0],
      [[0x61, 0x62, 0xe2, 0x82], 2],
      [[0x61, 0xc3, 0x28], 1],
      [[0xf0, 0x9f, 0x91, 0xa9, 0x80], 4],
    ];
    for (const [bytes, offset] of cases) {
      assert.throws(
        () => decodeUtf8(Buffer.from(bytes), "Line 1"),
        (error) => isChattyError(error, "INVALID_UTF8") && error.where?.["offset"] === offset,
        String(bytes),
      );
    }
  });
});
