import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { principalAxes } from "./principal-axes.ts";
import { createStaticEmbedder } from "./static-embedder.ts";
import { decodeStaticTable, encodeStaticTable, staticDimensions } from "./static-table.ts";
import type { StaticTable } from "./static-table.ts";

const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const fileName = "minilm-l6-v2-static-1.bin";

function folderFor(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "chatty-static-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A table of made-up numbers: each piece points another way. */
function madeUpTable(): StaticTable {
  const rows = new Int8Array(30_522 * staticDimensions);
  let seed = 9;
  for (let at = 0; at < rows.length; at += 1) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    rows[at] = (seed >>> 24) - 128;
  }
  return {
    rows,
    scales: Float32Array.from({ length: 30_522 }, (_scale, id) => (id < 1996 ? 0 : Math.log(id) / 127)),
  };
}

describe("axes of the widest spread", () => {
  test("of points on a tilted plane", () => {
    const rows = new Float32Array(3000);
    for (let at = 0; at < rows.length; at += 3) {
      const [far, near] = [Math.sin(at) * 5, Math.cos(at * 1.7)];
      rows.set([(far - near) / Math.SQRT2, (far + near) / Math.SQRT2, 0], at);
    }
    const axes = principalAxes(rows, 3).map((axis) => Array.from(axis, (value) => Math.abs(value)));
    const expected = [
      [Math.SQRT1_2, Math.SQRT1_2, 0],
      [Math.SQRT1_2, Math.SQRT1_2, 0],
      [0, 0, 1],
    ];
    for (const [index, axis] of axes.entries()) {
      for (const [k, value] of axis.entries())
        assert.ok(Math.abs(value - (expected[index]?.[k] ?? 0)) < 0.02);
    }
  });

  test("stand upright on each other and keep every distance", () => {
    const width = 24;
    const rows = Float32Array.from({ length: width * 200 }, (_value, at) =>
      Math.sin(at * 1.3 + (at % width) ** 2),
    );
    const axes = principalAxes(rows, width);
    for (const [i, one] of axes.entries()) {
      for (const [j, other] of axes.entries()) {
        const product = one.reduce((sum, value, k) => sum + value * (other[k] ?? 0), 0);
        assert.ok(Math.abs(product - (i === j ? 1 : 0)) < 1e-9);
      }
    }
  });
});

describe("the fast embedder", () => {
  test("keeps its table whole or not at all", () => {
    const bytes = encodeStaticTable(madeUpTable());
    assert.deepEqual(decodeStaticTable(Buffer.from(bytes)), madeUpTable());
    assert.equal(decodeStaticTable(bytes.subarray(0, -1)), undefined);
    for (const at of [0, 40, bytes.length - 1]) {
      const damaged = Uint8Array.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      assert.equal(decodeStaticTable(damaged), undefined, String(at));
    }
  });

  test("takes a table that is kept, and a text has one vector whatever it is embedded with", async (t) => {
    const folder = folderFor(t);
    writeFileSync(join(folder, fileName), encodeStaticTable(madeUpTable()));
    const embedder = await createStaticEmbedder(folder);
    assert.deepEqual([embedder.dimensions, embedder.maxTokens], [256, 254]);
    const texts = Array.from(
      { length: 700 },
      (_text, index) => `boat ${String(index)} harbour ${"sail ".repeat(index % 9)}`,
    );
    const vectors = await embedder.embed(texts, "document");
    for (const index of [0, 8, 699]) {
      assert.deepEqual((await embedder.embed([texts[index] ?? ""], "query"))[0], vectors[index]);
      assert.ok(Math.abs(Math.hypot(...(vectors[index] ?? [])) - 1) < 1e-6);
    }
    const [nothing] = await embedder.embed(["..."], "document");
    assert.equal(Math.hypot(...(nothing ?? [])), 1);
    await assert.rejects(embedder.embed(["a"], "query", AbortSignal.abort(new Error("off"))), /off/);
  });

  test("makes its table from the weights, keeps it, and finds what is alike by it", async (t) => {
    if (!isFull) return t.skip("takes half a minute; runs with --full");
    const folder = folderFor(t);
    writeFileSync(join(folder, fileName), "damaged");
    const startedMs = performance.now();
    const made = await createStaticEmbedder(folder);
    t.diagnostic(`made in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
    assert.deepEqual(readdirSync(folder), [fileName]);
    assert.equal(readFileSync(join(folder, fileName)).length, 32 + 30_522 * 260);
    const again = await createStaticEmbedder(folder);
    const texts = [
      "the boat was repaired in the harbour",
      "fixing the ship's motor",
      "a recipe for bread with yeast",
      "how to bake a loaf",
    ];
    const vectors = await made.embed(texts, "document");
    assert.deepEqual(await again.embed(texts, "document"), vectors);
    const alike = (one: number, other: number): number =>
      (vectors[one] ?? new Float32Array()).reduce(
        (sum, value, k) => sum + value * (vectors[other]?.[k] ?? 0),
        0,
      );
    t.diagnostic(
      `boats ${alike(0, 1).toFixed(2)}, breads ${alike(2, 3).toFixed(2)}, across ${alike(0, 2).toFixed(2)}`,
    );
    assert.ok(Math.min(alike(0, 1), alike(2, 3)) > 0.25 + Math.max(alike(0, 2), alike(1, 3)));
  });
});
