import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readWholeFile, writeAll } from "../files/write-all.ts";
import { createDirectory } from "../testing/simulated-disk.ts";
import { simulatedFiles } from "../testing/simulated-files.ts";
import { formatVectorLine, parseVectorLine } from "./vector-lines.ts";
import { parseNpy } from "./npy-array.ts";
import { appendVectors, hasVectorPair, readVectorPair, rewriteVectors } from "./vector-pair.ts";
import type { NewVector, PairContent } from "./vector-pair.ts";

const folder = "/session";
const kind = { model: "made-up@1", dimensions: 3 };
const empty: PairContent = { lines: [], rows: 0, indexBytes: 0, kind: undefined };

function vector(name: string, ...values: number[]): NewVector {
  return {
    line: {
      chunkId: `${name}_chunk_0`,
      documentId: name,
      sessionId: "s",
      position: 0,
      total: 1,
      characters: 5,
      words: 1,
      from: 0,
      to: 5,
      sha256: "ab".repeat(32),
      strategy: "gathered",
      provider: "builtin",
      embeddedAt: 1_700_000_000_000,
    },
    vector: Float32Array.from(values),
  };
}

function disk() {
  const files = simulatedFiles(createDirectory());
  files.makeDirectory(folder);
  return files;
}

const names = ({ lines }: PairContent): string[] => lines.map(({ documentId }) => documentId);

describe("a pair", () => {
  test("has every vector as it was given, for whoever reads .npy, and grows without being rewritten", () => {
    const files = disk();
    assert.equal(hasVectorPair(files, folder), false);
    let at = appendVectors(files, folder, kind, empty, [vector("a", 1, 2, 3)]);
    at = appendVectors(files, folder, kind, at, [vector("b", -0, Infinity, 1e-45), vector("c", 0, 0, 0)]);
    const array = parseNpy(readWholeFile(files, `${folder}/embeddings.npy`) ?? Buffer.alloc(0));
    assert.deepEqual(array.shape, [3, 3]);
    assert.deepEqual([...array.values], [1, 2, 3, -0, Infinity, Math.fround(1e-45), 0, 0, 0]);
    const content = readVectorPair(files, folder);
    assert.deepEqual(names(content), ["a", "b", "c"]);
    assert.deepEqual({ rows: content.rows, indexBytes: content.indexBytes, kind: content.kind }, at);
    assert.equal(hasVectorPair(files, folder), true);
  });

  test("does not have the text", () => {
    const files = disk();
    appendVectors(files, folder, kind, empty, [vector("a", 1, 2, 3)]);
    const text = readWholeFile(files, `${folder}/vector_index.jsonl`)?.toString() ?? "";
    assert.ok(!text.includes("chunk_text"));
    const line = parseVectorLine(text.trimEnd());
    assert.equal(line === undefined ? undefined : formatVectorLine(line), text);
  });

  test("takes no vector of another model or size", () => {
    const files = disk();
    const at = appendVectors(files, folder, kind, empty, [vector("a", 1, 2, 3)]);
    for (const other of [
      { model: "other@1", dimensions: 3 },
      { model: "made-up@1", dimensions: 2 },
    ]) {
      assert.throws(() => appendVectors(files, folder, other, at, []), { code: "VECTORS_OF_OTHER_MODEL" });
    }
    assert.throws(() => appendVectors(files, folder, kind, at, [vector("b", 1)]), RangeError);
    assert.deepEqual(names(readVectorPair(files, folder)), ["a"]);
  });

  test("keeps what is left when some go, and nothing when all go", () => {
    const files = disk();
    appendVectors(files, folder, kind, empty, [
      vector("a", 1, 0, 0),
      vector("secret", 0.125, 0.25, 0.5),
      vector("c", 0, 0, 1),
    ]);
    const left = rewriteVectors(files, folder, ({ documentId }) => documentId !== "secret");
    assert.deepEqual(names(left), ["a", "c"]);
    assert.deepEqual(names(readVectorPair(files, folder)), ["a", "c"]);
    assert.deepEqual(
      [...parseNpy(readWholeFile(files, `${folder}/embeddings.npy`) ?? Buffer.alloc(0)).values],
      [1, 0, 0, 0, 0, 1],
    );
    assert.ok(!readWholeFile(files, `${folder}/vector_index.jsonl`)?.includes("secret"));
    rewriteVectors(files, folder, () => false);
    assert.deepEqual(files.list(folder), []);
  });
});

describe("damage", () => {
  test("costs what it hit: a line, a row, a head", () => {
    const whole = disk();
    const at = appendVectors(whole, folder, kind, empty, [
      vector("a", 1, 0, 0),
      vector("b", 0, 1, 0),
      vector("c", 0, 0, 1),
    ]);
    const lineLength = at.indexBytes / 3;
    for (const [name, file, position, left] of [
      ["the first line", "vector_index.jsonl", 3, ["b", "c"]],
      ["the middle line", "vector_index.jsonl", lineLength + 3, ["a", "c"]],
      ["the last line", "vector_index.jsonl", 2 * lineLength + 3, ["a", "b"]],
      ["the first row", "embeddings.npy", 128 + 1, ["b", "c"]],
      ["the last row", "embeddings.npy", 128 + 2 * 12 + 1, ["a", "b"]],
      ["the head", "embeddings.npy", 2, ["a", "b", "c"]],
    ] as const) {
      const files = disk();
      appendVectors(files, folder, kind, empty, [
        vector("a", 1, 0, 0),
        vector("b", 0, 1, 0),
        vector("c", 0, 0, 1),
      ]);
      const open = files.open(`${folder}/${file}`, "update");
      writeAll(open, Buffer.from([0xff]), position);
      const content = readVectorPair(files, folder);
      assert.deepEqual(names(content), left, name);
      // What comes next disturbs nothing that is left.
      appendVectors(files, folder, kind, content, [vector("d", 1, 1, 1)]);
      assert.deepEqual(names(readVectorPair(files, folder)), [...left, "d"], name);
    }
  });

  test("files of somebody else are no pair", () => {
    for (const [vectors, index] of [
      ["nothing of ours", '{"a":1}\n'],
      ["", ""],
      ["nothing of ours", "\u0000\u0000\n\n"],
    ] as const) {
      const files = disk();
      writeAll(files.open(`${folder}/embeddings.npy`, "create"), Buffer.from(vectors), 0);
      writeAll(files.open(`${folder}/vector_index.jsonl`, "create"), Buffer.from(index), 0);
      assert.deepEqual(readVectorPair(files, folder).lines, []);
    }
  });
});
