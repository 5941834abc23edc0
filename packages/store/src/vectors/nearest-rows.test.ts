import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createSeededRandom } from "../testing/explorer/seeded-random.ts";
import { hasSimd } from "./dot-kernel.ts";
import { NearestRows } from "./nearest-rows.ts";
import type { NearRow, RowRun } from "./nearest-rows.ts";

const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);
const rowCount = isFull ? 20_000 : 3_500;
const queryCount = isFull ? 80 : 15;

type Draw = () => number;

function draws(seedOfDraws: number): Draw {
  const random = createSeededRandom(seedOfDraws);
  // A sum of even draws is near enough to a bell.
  return () => (random.below(4096) + random.below(4096) + random.below(4096) + random.below(4096)) / 8190 - 1;
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

/** Vectors anywhere, or around few centres as those of texts are. */
function madeUpRows(draw: Draw, dimensions: number, centres: number): Float32Array[] {
  const middle = Array.from({ length: centres }, () => unit(new Float32Array(dimensions).map(draw)));
  return Array.from({ length: rowCount }, (_, row) => {
    const around = middle[row % Math.max(1, centres)];
    return unit(
      new Float32Array(dimensions).map(
        (_value, axis) => draw() * (around === undefined ? 1 : 0.05) + (around?.[axis] ?? 0),
      ),
    );
  });
}

function bruteForce(
  rows: readonly Float32Array[],
  query: Float32Array,
  limit: number,
  isAllowed: (row: number) => boolean = () => true,
): NearRow[] {
  return rows
    .map((vector, row) => ({
      row,
      score: vector.reduce((sum, value, axis) => sum + value * (query[axis] ?? 0), 0),
    }))
    .filter(({ row }) => isAllowed(row))
    .sort((left, right) => right.score - left.score || left.row - right.row)
    .slice(0, limit);
}

function exactOf(rows: readonly Float32Array[], dimensions: number) {
  return (wanted: readonly number[]): Float32Array => {
    const values = new Float32Array(wanted.length * dimensions);
    for (const [index, row] of wanted.entries()) values.set(rows[row] ?? [], index * dimensions);
    return values;
  };
}

function filled(rows: readonly Float32Array[], dimensions: number, simd: boolean): NearestRows {
  const nearest = new NearestRows({ dimensions, simd, sliceRows: 1_500 });
  for (const vector of rows) nearest.add(vector);
  return nearest;
}

for (const [kind, centres] of [
  ["anywhere", 0],
  ["around few centres", 12],
] as const) {
  for (const dimensions of [256, 384, 100]) {
    test(`finds what brute force finds in float32: ${dimensions} dimensions, ${kind}`, (t) => {
      t.diagnostic(`seed ${seed}, ${rowCount} rows, ${queryCount} queries`);
      const draw = draws(seed);
      const rows = madeUpRows(draw, dimensions, centres);
      const nearest = filled(rows, dimensions, hasSimd());
      const exact = exactOf(rows, dimensions);
      let found = 0;
      for (let count = 0; count < queryCount; count += 1) {
        const base = rows[(count * 37) % rows.length];
        const vector = unit(
          new Float32Array(dimensions).map((_, axis) => draw() * 0.3 + (base?.[axis] ?? 0)),
        );
        const wanted = bruteForce(rows, vector, 10).map(({ row }) => row);
        const got = new Set(nearest.find({ vector, limit: 10, exact }).map(({ row }) => row));
        found += wanted.filter((row) => got.has(row)).length;
      }
      assert.equal(found / (queryCount * 10), 1, `recall, seed ${seed}`);
    });
  }
}

describe("without SIMD", () => {
  test(
    "scores are the same to the last bit",
    { skip: hasSimd() ? false : "this machine has no SIMD" },
    () => {
      const draw = draws(seed);
      const rows = madeUpRows(draw, 256, 5).slice(0, 3_000);
      const fast = filled(rows, 256, true);
      const plain = filled(rows, 256, false);
      for (let count = 0; count < 5; count += 1) {
        const vector = unit(new Float32Array(256).map(draw));
        assert.deepEqual(fast.find({ vector, limit: 100 }), plain.find({ vector, limit: 100 }));
      }
    },
  );
});

describe("filters", () => {
  const dimensions = 64;
  const draw = draws(seed + 1);
  const rows = madeUpRows(draw, dimensions, 7).slice(0, 5_000);
  const nearest = filled(rows, dimensions, hasSimd());
  const exact = exactOf(rows, dimensions);

  test("give exactly the nearest of what is allowed, also of very little", () => {
    for (const every of [2, 17, 400, 4_999]) {
      const vector = unit(new Float32Array(dimensions).map(draw));
      const isAllowed = (row: number): boolean => row % every === 1;
      const got = nearest.find({ vector, limit: 10, exact, isAllowed });
      assert.deepEqual(
        got.map(({ row }) => row),
        bruteForce(rows, vector, 10, isAllowed).map(({ row }) => row),
        `every ${every}th, seed ${seed}`,
      );
    }
  });

  test("runs of rows leave out the rest, across slices and blocks", () => {
    const runs: RowRun[] = [
      [3, 4],
      [250, 260],
      [1_400, 3_100],
      [4_999, 9_000],
    ];
    const vector = unit(new Float32Array(dimensions).map(draw));
    const inRuns = (row: number): boolean => runs.some(([from, to]) => row >= from && row < to);
    assert.deepEqual(
      nearest.find({ vector, limit: 25, exact, runs }).map(({ row }) => row),
      bruteForce(rows, vector, 25, inRuns).map(({ row }) => row),
      `seed ${seed}`,
    );
  });
});

describe("rows that come and go", () => {
  test("a removed row is used again and never found as what it was", () => {
    const nearest = new NearestRows({ dimensions: 32 });
    const axis = (index: number): Float32Array => new Float32Array(32).fill(1, index, index + 1);
    const first = nearest.add(axis(0));
    nearest.add(axis(1));
    nearest.remove(first);
    assert.equal(nearest.size, 1);
    assert.equal(nearest.add(axis(2)), first);
    assert.equal(nearest.find({ vector: axis(2), limit: 1 })[0]?.row, first);
    assert.ok((nearest.find({ vector: axis(0), limit: 1 })[0]?.score ?? 0) < 0.01);
  });

  test("vectors of nothing, of NaN and of infinity disturb nobody", () => {
    const nearest = new NearestRows({ dimensions: 4 });
    nearest.add(new Float32Array(4));
    nearest.add(Float32Array.of(Number.NaN, 1, 0, 0));
    nearest.add(Float32Array.of(Infinity, 1, 0, 0));
    const good = nearest.add(Float32Array.of(0, 1, 0, 0));
    const [best] = nearest.find({ vector: Float32Array.of(0, 1, 0, 0), limit: 1 });
    assert.equal(best?.row, good);
    assert.ok(Math.abs((best?.score ?? 0) - 1) < 1e-3);
    assert.deepEqual(nearest.find({ vector: Float32Array.of(0, 1, 0, 0), limit: 0 }), []);
  });

  test("scores of many dimensions at their largest do not overflow", () => {
    for (const dimensions of [1_536, 3_072]) {
      const nearest = new NearestRows({ dimensions });
      const vector = new Float32Array(dimensions).fill(1 / Math.sqrt(dimensions));
      nearest.add(vector);
      const [best] = nearest.find({ vector, limit: 1 });
      assert.ok(Math.abs((best?.score ?? 0) - 1) < 1e-2, `${dimensions}: ${String(best?.score)}`);
    }
  });
});

describe("a planted mistake", () => {
  test("a row moved by one is seen by the comparison with brute force", () => {
    const draw = draws(seed);
    const rows = madeUpRows(draw, 64, 3).slice(0, 500);
    const nearest = filled([...rows.slice(1), ...rows.slice(0, 1)], 64, hasSimd());
    const vector = rows[100] ?? new Float32Array(64);
    const got = nearest.find({ vector, limit: 10 }).map(({ row }) => row);
    assert.notDeepEqual(
      got,
      bruteForce(rows, vector, 10).map(({ row }) => row),
    );
  });
});
