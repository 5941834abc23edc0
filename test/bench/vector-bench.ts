/**
 * What an exact search among vectors costs: 100,000 and 1,000,000 of 256 dimensions, in a worker, rows in 8 bits, the best scored again in
 * float32 from a file. From the checkout:
 *
 *     node_modules/.bin/node test/bench/vector-bench.ts [--rows 100000,1000000] [--dimensions 256] [--queries 100]
 *
 * Vectors lie around few centres, as those of texts do. Recall is held against all products in float32. Prints figures; asserts nothing.
 * See README.md in this folder.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { hasSimd, NearestRows } from "@chatty/store/vectors";
import type { ExactRows, NearestQuery } from "@chatty/store/vectors";
import { createRandom } from "../fidelity/seeded-random.ts";

interface BenchJob {
  rows: number;
  dimensions: number;
  queries: number;
  path: string;
}

const seed = 7;
const limit = 10;
const centres = 2_000;
/** Queries that are held against all products. */
const judged = 20;
/** Rows that are written and read at a time. */
const batch = 4_096;

type Draw = () => number;

function drawer(): Draw {
  const random = createRandom(seed);
  return () => random.next() * 2 - 1;
}

function unit(vector: Float32Array): Float32Array {
  let sum = 0;
  for (const value of vector) sum += value * value;
  const length = Math.sqrt(sum);
  return vector.map((value) => value / length);
}

/** A vector near one of the centres: how near differs from centre to centre. */
function near(centre: Float32Array, draw: Draw, spread: number): Float32Array {
  return unit(centre.map((value) => value + draw() * spread));
}

interface Made {
  nearest: NearestRows;
  queries: Float32Array[];
}

function make({ rows, dimensions, queries, path }: BenchJob): Made {
  const draw = drawer();
  const middle = Array.from({ length: centres }, () => unit(new Float32Array(dimensions).map(draw)));
  const centreOf = (row: number): Float32Array =>
    middle[(row * 7_919) % centres] ?? new Float32Array(dimensions);
  const nearest = new NearestRows({ dimensions });
  const file = openSync(path, "w");
  for (let from = 0; from < rows; from += batch) {
    const count = Math.min(batch, rows - from);
    const values = new Float32Array(count * dimensions);
    for (let index = 0; index < count; index += 1) {
      const vector = near(centreOf(from + index), draw, 0.03 + ((from + index) % 5) * 0.02);
      values.set(vector, index * dimensions);
      nearest.add(vector);
    }
    writeSync(file, Buffer.from(values.buffer));
  }
  closeSync(file);
  return {
    nearest,
    queries: Array.from({ length: queries }, (_, index) => near(centreOf(index * 13), draw, 0.05)),
  };
}

/** Reads rows as they were made, from the file. */
function exactFrom(file: number, dimensions: number): ExactRows {
  return (rows) => {
    const values = new Float32Array(rows.length * dimensions);
    const bytes = new Uint8Array(values.buffer);
    const length = dimensions * 4;
    for (const [index, row] of rows.entries()) readSync(file, bytes, index * length, length, row * length);
    return values;
  };
}

/** The best rows by all products in float32, for several queries at once. */
function bruteForce(
  { rows, dimensions }: BenchJob,
  file: number,
  queries: readonly Float32Array[],
  isAllowed: (row: number) => boolean,
): number[][] {
  const best = queries.map(() => [] as { row: number; score: number }[]);
  const values = new Float32Array(batch * dimensions);
  for (let from = 0; from < rows; from += batch) {
    readSync(file, new Uint8Array(values.buffer), 0, values.byteLength, from * dimensions * 4);
    for (let index = 0; index < Math.min(batch, rows - from); index += 1) {
      if (!isAllowed(from + index)) continue;
      const at = index * dimensions;
      for (const [number, query] of queries.entries()) {
        let score = 0;
        for (let axis = 0; axis < dimensions; axis += 1)
          score += (query[axis] ?? 0) * (values[at + axis] ?? 0);
        const list = best[number];
        if (list === undefined || (list.length >= limit && score <= (list.at(-1)?.score ?? 0))) continue;
        list.push({ row: from + index, score });
        list.sort((left, right) => right.score - left.score);
        list.length = Math.min(list.length, limit);
      }
    }
  }
  return best.map((list) => list.map(({ row }) => row));
}

function measure(job: BenchJob): void {
  const tell = (line: string): void => parentPort?.postMessage(line);
  const began = performance.now();
  const { nearest, queries } = make(job);
  tell(
    `${job.rows} x ${job.dimensions}: made in ${((performance.now() - began) / 1000).toFixed(0)} s, ${(nearest.bytes / 1e6).toFixed(0)} MB of rows in memory, SIMD ${hasSimd() ? "yes" : "no"}`,
  );
  const file = openSync(job.path, "r");
  const exact = exactFrom(file, job.dimensions);
  // A sixteenth of the rows, as one of many runtimes; and a tenth of the time, in the middle.
  const runtimeOf = (row: number): boolean => (row * 7_919) % centres < centres / 16;
  const inTime = (row: number): boolean => row >= job.rows * 0.4 && row < job.rows * 0.5;
  const everything: Omit<NearestQuery, "vector"> = { limit, exact };
  const kinds: [string, Omit<NearestQuery, "vector">, (row: number) => boolean][] = [
    ["8 bits, best 40 in float32", everything, () => true],
    ["8 bits alone", { limit }, () => true],
    ["one runtime of many", { ...everything, isAllowed: runtimeOf }, runtimeOf],
    ["a tenth of the time", { ...everything, isAllowed: inTime }, inTime],
    ["the same as a run of rows", { ...everything, runs: [[job.rows * 0.4, job.rows * 0.5]] }, inTime],
  ];
  const wanted = new Map<(row: number) => boolean, number[][]>();
  for (const [name, how, isAllowed] of kinds) {
    const known = wanted.get(isAllowed) ?? bruteForce(job, file, queries.slice(0, judged), isAllowed);
    wanted.set(isAllowed, known);
    tell(measured(name, nearest, how, queries, known));
  }
  closeSync(file);
}

function measured(
  name: string,
  nearest: NearestRows,
  how: Omit<NearestQuery, "vector">,
  queries: readonly Float32Array[],
  wanted: readonly number[][],
): string {
  for (const vector of queries.slice(0, 10)) nearest.find({ ...how, vector });
  const times: number[] = [];
  let found = 0;
  // What the thread worked, whatever else went on in the machine.
  const cpuBefore = process.threadCpuUsage();
  for (const [index, vector] of queries.entries()) {
    const began = performance.now();
    const rows = new Set(nearest.find({ ...how, vector }).map(({ row }) => row));
    times.push(performance.now() - began);
    found += wanted[index]?.filter((row) => rows.has(row)).length ?? 0;
  }
  const cpu = process.threadCpuUsage(cpuBefore);
  const cpuMs = (cpu.user + cpu.system) / 1000 / queries.length;
  times.sort((left, right) => left - right);
  const at = (share: number): string => (times[Math.floor((times.length - 1) * share)] ?? 0).toFixed(2);
  const recall = found / wanted.reduce((sum, rows) => sum + rows.length, 0);
  return `  ${name.padEnd(28)} least ${at(0)} ms, median ${at(0.5)} ms, p99 ${at(0.99)} ms, processor ${cpuMs.toFixed(2)} ms, recall@${limit} ${recall.toFixed(3)}`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rows: { type: "string", default: "100000,1000000" },
      dimensions: { type: "string", default: "256" },
      queries: { type: "string", default: "100" },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), "chatty-vector-bench-"));
  try {
    for (const rows of values.rows.split(",").map(Number)) {
      const job: BenchJob = {
        rows,
        dimensions: Number(values.dimensions),
        queries: Number(values.queries),
        path: join(folder, "rows.f32"),
      };
      const worker = new Worker(new URL(import.meta.url), { workerData: job });
      worker.on("message", (line: string) => console.log(line));
      await new Promise<void>((resolve, reject) => {
        worker.on("error", reject);
        worker.on("exit", () => resolve());
      });
      console.log(`  ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB resident when it had ended`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

if (isMainThread) await main();
else measure(workerData as BenchJob);
