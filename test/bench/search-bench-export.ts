// Exports for the search bench: words drawn as they are in languages, with how many messages hold each of them.
import { Buffer } from "node:buffer";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createRandom } from "../fidelity/seeded-random.ts";
import type { SeededRandom } from "../fidelity/seeded-random.ts";
import { zipChunks } from "../fidelity/zip-writer.ts";
import type { ZipMember } from "../fidelity/zip-writer.ts";

export interface SearchBenchSize {
  messages: number;
  conversations: number;
  runtimes: number;
  seed: number;
}

export interface SearchBenchExport {
  paths: string[];
  /** Bytes of all archives as JSON. */
  jsonBytes: number;
  /** Words, the most frequent first. */
  words: readonly string[];
  /** In how many messages each word stands. */
  documentFrequency: Uint32Array;
}

/** Word r of the vocabulary is drawn with a probability of 1 / (r + 2.7)^1.05 (Zipf and Mandelbrot). */
const vocabularySize = 60_000;
const zipfShift = 2.7;
const zipfExponent = 1.05;
const shortest = 8;
const longest = 72;
const perMember = 2000;
const consonants = "bcdfghjklmnprstvwz";
const vowels = "aeiou";

/** Writes one archive for each runtime into `folder`. */
export async function writeSearchBenchExport(
  folder: string,
  { messages, conversations, runtimes, seed }: SearchBenchSize,
): Promise<SearchBenchExport> {
  const words = Array.from({ length: vocabularySize }, (_, rank) => wordOf(rank));
  const draw = drawingByZipf();
  const documentFrequency = new Uint32Array(vocabularySize);
  const lastSeen = new Int32Array(vocabularySize).fill(-1);
  const random = createRandom(seed);
  const paths: string[] = [];
  let jsonBytes = 0;
  let written = 0;
  const text = (): string => {
    const length = shortest + random.below(longest - shortest);
    const picked: string[] = [];
    for (let place = 0; place < length; place += 1) {
      const rank = draw(random);
      if (lastSeen[rank] !== written) {
        lastSeen[rank] = written;
        documentFrequency[rank] = (documentFrequency[rank] ?? 0) + 1;
      }
      picked.push(words[rank] ?? "");
    }
    written += 1;
    return picked.join(" ");
  };
  for (let runtime = 0; runtime < runtimes; runtime += 1) {
    const members = function* (): Generator<ZipMember> {
      const from = Math.floor((runtime * conversations) / runtimes);
      const to = Math.floor(((runtime + 1) * conversations) / runtimes);
      for (let start = from; start < to; start += perMember) {
        const texts: string[] = [];
        for (let index = start; index < Math.min(to, start + perMember); index += 1) {
          const own =
            Math.floor(((index + 1) * messages) / conversations) -
            Math.floor((index * messages) / conversations);
          texts.push(conversation(random, index / conversations, own, text));
        }
        const bytes = Buffer.from(`[${texts.join(",\n")}]`);
        jsonBytes += bytes.length;
        const number = String(Math.floor((start - from) / perMember)).padStart(3, "0");
        yield { name: `conversations-${number}.json`, bytes };
      }
      const person = {
        id: `user-bench-${runtime}`,
        email: `bench-${runtime}@example.org`,
        chatgpt_plus_user: true,
      };
      yield { name: "user.json", bytes: Buffer.from(JSON.stringify(person)) };
    };
    const path = join(folder, `bench-${runtime}.zip`);
    await pipeline(Readable.from(zipChunks(members())), createWriteStream(path));
    paths.push(path);
  }
  return { paths, jsonBytes, words, documentFrequency };
}

/** A word that can be spoken, another one for every rank; frequent ones are short. */
function wordOf(rank: number): string {
  let word = "";
  for (let rest = rank + 1; rest > 0;) {
    const syllables = consonants.length * vowels.length;
    const syllable = rest % syllables;
    word +=
      (consonants[Math.floor(syllable / vowels.length)] ?? "b") + (vowels[syllable % vowels.length] ?? "a");
    rest = Math.floor(rest / syllables);
  }
  return word;
}

/** Draws a rank by a table of as many places as there are words (Walker's alias method): two numbers for each draw. */
function drawingByZipf(): (random: SeededRandom) => number {
  const weights = Float64Array.from(
    { length: vocabularySize },
    (_, rank) => (rank + zipfShift) ** -zipfExponent,
  );
  const sum = weights.reduce((all, weight) => all + weight, 0);
  const share = weights.map((weight) => (weight / sum) * vocabularySize);
  const alias = new Uint32Array(vocabularySize);
  const small: number[] = [];
  const large: number[] = [];
  share.forEach((part, rank) => (part < 1 ? small : large).push(rank));
  for (;;) {
    const little = small.pop();
    const much = large.pop();
    if (little === undefined || much === undefined) break;
    alias[little] = much;
    const left = (share[much] ?? 0) - (1 - (share[little] ?? 0));
    share[much] = left;
    (left < 1 ? small : large).push(much);
  }
  return (random) => {
    const place = random.below(vocabularySize);
    return random.next() < (share[place] ?? 1) ? place : (alias[place] ?? place);
  };
}

/** One conversation without branches, somewhere in eight years. */
function conversation(random: SeededRandom, share: number, messages: number, text: () => string): string {
  const started = 1_483_228_800 + Math.floor(share * 8 * 365 * 86_400);
  const root = random.uuid();
  const mapping: Record<string, object> = {};
  let before = root;
  const ids = Array.from({ length: messages }, () => random.uuid());
  mapping[root] = { id: root, message: null, parent: null, children: ids.slice(0, 1) };
  ids.forEach((id, place) => {
    const role = place % 2 === 0 ? "user" : "assistant";
    mapping[id] = {
      id,
      message: {
        id,
        author: { role, name: null, metadata: {} },
        create_time: started + place * 90,
        update_time: null,
        content: { content_type: "text", parts: [text()] },
        status: "finished_successfully",
        end_turn: true,
        weight: 1,
        metadata: role === "assistant" ? { model_slug: random.pick(["gpt-4", "gpt-4o", "gpt-5"]) } : {},
        recipient: "all",
      },
      parent: before,
      children: ids.slice(place + 1, place + 2),
    };
    before = id;
  });
  return JSON.stringify({
    title: `Talk ${random.below(1_000_000)}`,
    create_time: started,
    update_time: started + messages * 90,
    mapping,
    current_node: before,
    conversation_id: random.uuid(),
    is_archived: false,
  });
}

export interface BenchQuestion {
  words: string[];
  band: string;
}

/** Half single words, half pairs, a third each from words that stand in 10–100, 100–3,000 and 3,000–30,000 messages. */
export function benchQuestions(
  { words, documentFrequency }: SearchBenchExport,
  count: number,
  seed: number,
): BenchQuestion[] {
  const random = createRandom(seed);
  const bands = [
    [10, 100],
    [100, 3000],
    [3000, 30_000],
  ].map(([from = 0, to = 0]) => ({
    name: `${from}–${to}`,
    ranks: words.flatMap((_, rank) => {
      const frequency = documentFrequency[rank] ?? 0;
      return frequency >= from && frequency < to ? [rank] : [];
    }),
  }));
  const filled = bands.filter(({ ranks }) => ranks.length > 1);
  return Array.from({ length: count }, (_, index) => {
    const band = filled[Math.floor(index / 2) % filled.length];
    if (band === undefined) throw new Error("There are too few messages for any band of words.");
    const picked = [random.pick(band.ranks), random.pick(band.ranks)].slice(0, 1 + (index % 2));
    return { words: picked.map((rank) => words[rank] ?? ""), band: band.name };
  });
}
