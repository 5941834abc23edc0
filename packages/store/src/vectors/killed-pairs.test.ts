import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { FilePort } from "../files/port.ts";
import { readWholeFile, writeAll } from "../files/write-all.ts";
import { crashStates } from "../testing/explorer/crash-states.ts";
import { Persistence } from "../testing/explorer/persistence.ts";
import { createSeededRandom } from "../testing/explorer/seeded-random.ts";
import type { SeededRandom } from "../testing/explorer/seeded-random.ts";
import { emptyConfiguration } from "../testing/explorer/simulated-configuration.ts";
import { persistenceModels, startingPoint } from "../testing/explorer/trace.ts";
import type { PersistenceModel, TraceStep } from "../testing/explorer/trace.ts";
import { faultKinds, faultyFiles } from "../testing/fault-files.ts";
import { createDirectory } from "../testing/simulated-disk.ts";
import { simulatedFiles } from "../testing/simulated-files.ts";
import { npyHead, npyHeadBytes, parseNpyHead } from "./npy-header.ts";
import { appendVectors, readRows, readVectorPair, rewriteVectors } from "./vector-pair.ts";
import type { NewVector, PairContent } from "./vector-pair.ts";

const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);
const histories = isFull ? 60 : 4;
const folder = "/vault/session";
const dimensions = 8;
const kind = { model: "made-up@1", dimensions };

/** The vector of a chunk: a function of its name, so that any file can be held against it. */
function vectorOf(chunkId: string): Float32Array {
  let state = 7;
  for (const letter of chunkId) state = (Math.imul(state, 31) + letter.charCodeAt(0)) >>> 0;
  return new Float32Array(dimensions).map((_, axis) => ((state >>> axis) % 251) / 251);
}

function newVector(chunkId: string): NewVector {
  const line = {
    chunkId,
    documentId: `message-${chunkId}`,
    sessionId: "session",
    position: 0,
    total: 1,
    characters: 10,
    words: 2,
    from: 0,
    to: 10,
    sha256: "0".repeat(64),
    strategy: "made up",
    provider: "test",
    embeddedAt: 1_700_000_000_000,
  };
  return { line, vector: vectorOf(chunkId) };
}

type Append = typeof appendVectors;

/** What was done: names of chunks after each step of the history. */
interface Done {
  /** What must be there, and what may be there besides. */
  must: ReadonlySet<string>;
  may: ReadonlySet<string>;
}

interface History {
  steps: TraceStep[];
  start: ReturnType<typeof startingPoint>;
  truths: Done[];
}

/** Appends and rewrites, recorded step by step. A number that is acknowledged is a truth that holds from then on. */
function record(random: SeededRandom, append: Append): History {
  const root = createDirectory();
  simulatedFiles(root).makeDirectory(folder);
  const start = startingPoint(root, emptyConfiguration, 0);
  const steps: TraceStep[] = [];
  const files = simulatedFiles(root, { record: (operation) => void steps.push(operation) });
  const truths: Done[] = [{ must: new Set(), may: new Set() }];
  let content: Parameters<Append>[3] = { rows: 0, indexBytes: 0, kind: undefined };
  let there: string[] = [];
  const promise = (must: Iterable<string>, may: Iterable<string>): void => {
    truths.push({ must: new Set(must), may: new Set(may) });
    steps.push({ kind: "acknowledge", truth: truths.length - 1 });
  };
  for (let count = 0; count < 6; count += 1) {
    if (random.below(3) > 0 || there.length === 0) {
      const names = Array.from({ length: 1 + random.below(4) }, (_, index) => `${count}-${index}`);
      promise(there, [...there, ...names]);
      content = append(files, folder, kind, content, names.map(newVector));
      there = [...there, ...names];
    } else {
      const kept = random.below(4) === 0 ? [] : there.filter(() => random.below(3) > 0);
      promise(kept, there);
      const rewritten: PairContent = rewriteVectors(files, folder, ({ chunkId }) => kept.includes(chunkId));
      content = rewritten;
      there = kept;
    }
    promise(there, there);
  }
  return { steps, start, truths };
}

/** What is wrong with a state; undefined when nothing is. */
function faultOf(files: FilePort, { must, may }: Done): string | undefined {
  const content = readVectorPair(files, folder);
  const names = new Set(content.lines.map(({ chunkId }) => chunkId));
  for (const name of must) if (!names.has(name)) return `${name} is lost`;
  for (const name of names) if (!may.has(name)) return `${name} is there again`;
  // Vectors without an index are whole, and nobody's: the index goes first.
  const told = files.status(`${folder}/vector_index.jsonl`) === undefined ? 0 : rowsForNumpy(files);
  if (told > content.rows) return `the head names ${told} rows of ${content.rows}`;
  return wrongRow(files, content) ?? faultAfterAppend(files, content);
}

function wrongRow(files: FilePort, { lines }: PairContent): string | undefined {
  const rows = readRows(
    files,
    folder,
    dimensions,
    lines.map(({ row }) => row),
  );
  if (rows === undefined) return lines.length === 0 ? undefined : "rows are missing";
  for (const [index, { chunkId }] of lines.entries()) {
    const got = rows.subarray(index * dimensions, (index + 1) * dimensions);
    if (vectorOf(chunkId).some((value, axis) => value !== got[axis]))
      return `${chunkId} has another's vector`;
  }
  return undefined;
}

/** Work goes on after a crash as if there had been none. */
function faultAfterAppend(files: FilePort, content: PairContent): string | undefined {
  appendVectors(files, folder, kind, content, [newVector("after")]);
  const after = readVectorPair(files, folder);
  if (after.lines.length !== content.lines.length + 1) return "what was added after the crash is not there";
  return rowsForNumpy(files) === after.rows ? wrongRow(files, after) : "the head is behind";
}

/** Rows that NumPy would take for vectors; none where it could not open the file. A head that is half written counts as none. */
function rowsForNumpy(files: FilePort): number {
  const bytes = readWholeFile(files, `${folder}/embeddings.npy`);
  if (bytes === undefined || bytes.length < npyHeadBytes) return 0;
  try {
    const { shape } = parseNpyHead(bytes, "it");
    return npyHead(shape).equals(bytes.subarray(0, npyHeadBytes)) ? (shape[0] ?? 0) : 0;
  } catch {
    return 0;
  }
}

interface Explored {
  states: number;
  faults: string[];
}

function explore(model: PersistenceModel, history: History, random: SeededRandom, found: Explored): void {
  const persistence = new Persistence(model, history.start);
  const seen = new Set<string>();
  for (const [index, step] of history.steps.entries()) {
    const questions = persistence.take(step);
    if (questions === undefined) continue;
    for (const state of crashStates(persistence, questions, { model, limit: 60, random })) {
      if (seen.has(state.key)) continue;
      seen.add(state.key);
      found.states += 1;
      const truth = history.truths[state.acknowledged];
      if (truth === undefined) throw new TypeError("A crash came before anything was promised.");
      const fault = faultOf(simulatedFiles(state.root), truth);
      if (fault !== undefined) found.faults.push(`${model}, step ${index} (${step.kind}): ${fault}`);
    }
  }
}

function exploreAll(append: Append, models: readonly PersistenceModel[] = persistenceModels): Explored {
  const found: Explored = { states: 0, faults: [] };
  const random = createSeededRandom(seed);
  for (let count = 0; count < histories; count += 1) {
    const history = record(random, append);
    for (const model of models) explore(model, history, random, found);
  }
  return found;
}

test("a crash anywhere leaves what was acknowledged, and never a vector under another's name", (t) => {
  const { states, faults } = exploreAll(appendVectors);
  t.diagnostic(`seed ${seed}: ${states} crash states of ${histories} histories`);
  assert.deepEqual(faults.slice(0, 5), [], `seed ${seed}`);
  assert.ok(states > 300);
});

/** Writes the parts of an append in another order, or leaves out a sync. */
function plantedAppend(order: readonly ("rows" | "index" | "head")[], leavesOut?: "rows" | "index"): Append {
  return (files, place, ofKind, at, added) => {
    const scratch = createDirectory();
    const elsewhere = simulatedFiles(scratch);
    elsewhere.makeDirectory(place);
    // What the true append makes of it gives the bytes.
    for (const name of ["embeddings.npy", "vector_index.jsonl"]) {
      const bytes = readWholeFile(files, `${place}/${name}`);
      if (bytes !== undefined) writeAll(elsewhere.open(`${place}/${name}`, "update"), bytes, 0);
    }
    const after = appendVectors(elsewhere, place, ofKind, at, added);
    const rows = readWholeFile(elsewhere, `${place}/embeddings.npy`) ?? Buffer.alloc(0);
    const index = readWholeFile(elsewhere, `${place}/vector_index.jsonl`) ?? Buffer.alloc(0);
    const vectorFile = files.open(`${place}/embeddings.npy`, "update");
    const indexFile = files.open(`${place}/vector_index.jsonl`, "update");
    files.syncDirectory(place);
    for (const part of order) {
      if (part === "head") writeAll(vectorFile, rows.subarray(0, npyHeadBytes), 0);
      if (part === "rows") {
        const from = npyHeadBytes + at.rows * dimensions * 4;
        writeAll(vectorFile, rows.subarray(from), from);
        if (leavesOut !== "rows") vectorFile.syncNow();
      }
      if (part === "index") {
        if (indexFile.size() > at.indexBytes) indexFile.truncate(at.indexBytes);
        writeAll(indexFile, index.subarray(at.indexBytes), at.indexBytes);
        if (leavesOut !== "index") indexFile.syncNow();
      }
    }
    return after;
  };
}

describe("planted mistakes are found", () => {
  test("the right order, put together from parts, is not", () => {
    assert.deepEqual(exploreAll(plantedAppend(["rows", "index", "head"])).faults, []);
  });
  for (const [name, planted] of [
    ["the head before the rows", plantedAppend(["head", "rows", "index"])],
    ["rows that are not synced", plantedAppend(["rows", "index", "head"], "rows")],
    ["lines that are not synced", plantedAppend(["rows", "index", "head"], "index")],
  ] as const) {
    test(name, () => {
      assert.notDeepEqual(exploreAll(planted).faults, [], `seed ${seed}`);
    });
  }
});

test("a call that fails leaves what was there, and work goes on behind it", (t) => {
  let failed = 0;
  for (const fault of faultKinds) {
    for (let at = 1; at < 40; at += 1) {
      const disk = createDirectory();
      const files = simulatedFiles(disk);
      files.makeDirectory(folder);
      const before = appendVectors(files, folder, kind, { rows: 0, indexBytes: 0, kind: undefined }, [
        newVector("a"),
        newVector("b"),
      ]);
      const faulty = faultyFiles(files, { fault, at, isLasting: false });
      faulty.isArmed = true;
      let may = ["a", "b"];
      let must = ["a", "b"];
      try {
        may.push("c");
        appendVectors(faulty.files, folder, kind, before, [newVector("c")]);
        must = ["b"];
        rewriteVectors(faulty.files, folder, ({ chunkId }) => chunkId !== "a");
        may = ["b", "c", "a"];
      } catch {
        failed += 1;
      }
      assert.equal(faulty.open.size, 0, `${fault} ${at}: a file was left open`);
      const fault2 = faultOf(files, { must: new Set(must), may: new Set(may) });
      assert.equal(fault2, undefined, `${fault} at ${at}: ${String(fault2)}`);
      if (faulty.befallen.length === 0) break;
    }
  }
  t.diagnostic(`${failed} failures`);
  assert.ok(failed > 30);
});
