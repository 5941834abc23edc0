import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import type { Sha256 } from "@chatty/model";
import { isChattyError } from "@chatty/model";
import { nodeFiles } from "../files/node-files.ts";
import { compressNow } from "./pack-codec.ts";
import { packFrames, PackWriter, readPackFrame } from "./pack.ts";
import type { PackFrame } from "./pack.ts";

const files = nodeFiles();
const records = [Buffer.from("{}"), Buffer.alloc(0), randomBytes(700_000), Buffer.from("ä".repeat(5000))];

function hashOf(bytes: Buffer): Sha256 {
  return createHash("sha256").update(bytes).digest("hex") as Sha256;
}

async function written(t: TestContext): Promise<{ path: string; frames: PackFrame[] }> {
  const folder = mkdtempSync(join(tmpdir(), "chatty-pack-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "a.pack");
  const writer = new PackWriter(files, path);
  const frames: PackFrame[] = [];
  for (const record of records) {
    const rawSha256 = hashOf(record);
    frames.push(writer.append({ compressed: compressNow(record), rawLength: record.length, rawSha256 }));
  }
  await writer.sync();
  writer.close();
  return { path, frames };
}

describe("PackWriter", () => {
  test("gives every record back byte for byte", async (t) => {
    const { path, frames } = await written(t);
    for (const [index, frame] of frames.entries()) {
      const record = records[index] ?? Buffer.alloc(0);
      assert.deepEqual(await readPackFrame(files, path, frame, hashOf(record)), record);
    }
    assert.deepEqual(
      [...packFrames(files, path)].map(({ offset, length, rawLength }) => ({ offset, length, rawLength })),
      frames.map((frame, index) => ({ ...frame, rawLength: records[index]?.length })),
    );
  });

  test("writes the same bytes for the same records", async (t) => {
    const [one, other] = [await written(t), await written(t)];
    assert.ok(readFileSync(one.path).equals(readFileSync(other.path)));
  });
});

describe("readPackFrame", () => {
  test("notices every flipped bit of a frame", async (t) => {
    const { path, frames } = await written(t);
    const frame = frames[0];
    assert.ok(frame);
    const bytes = readFileSync(path);
    for (let at = frame.offset; at < frame.offset + frame.length; at += 1) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x04;
      writeFileSync(path, damaged);
      const reading = readPackFrame(files, path, frame, hashOf(records[0] ?? Buffer.alloc(0)));
      // What is not covered by the hash may differ only where the bytes are still the record's.
      const result = await reading.catch((error: unknown) => error);
      assert.ok(
        isChattyError(result, "PACK_DAMAGED") ||
          (Buffer.isBuffer(result) && result.equals(Buffer.from("{}"))),
      );
    }
  });
});

describe("packFrames", () => {
  test("tells a pack that was cut, and one that is none", async (t) => {
    const { path } = await written(t);
    const size = readFileSync(path).length;
    truncateSync(path, size - 3);
    assert.throws(
      () => [...packFrames(files, path)],
      (error) => isChattyError(error, "PACK_DAMAGED"),
    );
    writeFileSync(path, "something else entirely");
    assert.throws(
      () => [...packFrames(files, path)],
      (error) => isChattyError(error, "PACK_DAMAGED"),
    );
    rmSync(path);
    assert.throws(
      () => [...packFrames(files, path)],
      (error) => isChattyError(error, "PACK_MISSING"),
    );
  });
});
