// How fast search is on very many messages: a fixed mix of questions in one process, beside plain FTS5 and beside LIKE.
// node test/bench/search-bench.ts [MESSAGES] [FOLDER] [--processor]
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { ConstructId, MessageId, RuntimeId, SearchRequest, SessionId } from "@chatty/model";
import { buildIndex, openQuestions } from "@chatty/store/testing/search";
import { createRandom } from "../fidelity/seeded-random.ts";
import type { SeededRandom } from "../fidelity/seeded-random.ts";

const perConversation = 20;
const vocabularySize = 200_000;
const wordsPerMessage = 48;
const runtimes = ["chatgpt-alex", "claude-alex", "synth", "lin", "legacy-alex"];
const questionsAsked = 2_000;
const seed = 20_260_101;

/** Words of a made-up language, the frequent ones short. */
function makeVocabulary(random: SeededRandom): string[] {
  const syllables = "ka lo mi ren ta vu sel pi no dra che wi zu fo ben gal hy jor que ul".split(" ");
  const words = new Set<string>();
  for (let length = 1; words.size < vocabularySize;) {
    let word = "";
    for (let count = 0; count < length; count += 1) word += random.pick(syllables);
    const before = words.size;
    words.add(word);
    if (words.size === before || random.below(20 ** length) === 0) length = Math.min(length + 1, 5);
  }
  return [...words];
}

/** Picks numbers so that the one at place n comes 1/n as often as the first (Zipf). */
function zipf(random: SeededRandom, size: number): () => number {
  const sums = new Float64Array(size);
  let sum = 0;
  for (let place = 0; place < size; place += 1) sums[place] = sum += 1 / (place + 1);
  return () => {
    const wanted = random.next() * sum;
    let from = 0;
    let to = size - 1;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((sums[middle] ?? 0) < wanted) from = middle + 1;
      else to = middle;
    }
    return from;
  };
}

interface Made {
  messages: number;
  bytes: number;
  buildMs: number;
  plainMs: number;
  commonest: string;
  bands: string[][];
}

function make(folder: string, messages: number): void {
  const random = createRandom(seed);
  const vocabulary = makeVocabulary(random);
  const pick = zipf(random, vocabulary.length);
  const counts = new Int32Array(vocabulary.length);
  const lastIn = new Int32Array(vocabulary.length).fill(-1);
  const indexPath = join(folder, "bench.search.db");
  const builder = buildIndex(indexPath);
  const plain = new DatabaseSync(join(folder, "plain.db"));
  plain.exec(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; CREATE VIRTUAL TABLE plain USING fts5(text); BEGIN",
  );
  const insert = plain.prepare("INSERT INTO plain (rowid, text) VALUES (?, ?)");
  const start = Date.UTC(2020, 0, 1);
  const span = Date.UTC(2026, 0, 1) - start;
  let made = 0;
  let bytes = 0;
  let buildMs = 0;
  let plainMs = 0;
  while (made < messages) {
    const began = start + Math.floor((made / messages) * span) + random.below(30) * 86_400_000;
    const conversation = [];
    const texts: string[] = [];
    for (let count = 0; count < perConversation && made < messages; count += 1) {
      const words: string[] = [];
      for (let word = 8 + random.below(wordsPerMessage * 2 - 16); word > 0; word -= 1) {
        const place = pick();
        if (lastIn[place] !== made) counts[place] = (counts[place] ?? 0) + 1;
        lastIn[place] = made;
        words.push(vocabulary[place] ?? "");
      }
      const text = words.join(" ");
      bytes += text.length;
      texts.push(text);
      conversation.push({
        id: `00000000-0000-5000-8000-${String(made).padStart(12, "0")}` as MessageId,
        role: count % 2 === 0 ? ("user" as const) : ("assistant" as const),
        parts: [{ kind: "text" as const, text }],
        hidden: false,
        model: count % 2 === 0 ? undefined : random.pick(["gpt-4o", "gpt-4.1", "claude-sonnet"]),
        timestamp: began + count * 60_000,
      });
      made += 1;
    }
    const number = made / perConversation;
    let before = performance.now();
    builder.put({
      sessionId: `00000000-0000-5000-9000-${String(Math.ceil(number)).padStart(12, "0")}` as SessionId,
      runtimeId: random.pick(runtimes) as RuntimeId,
      constructId: "synth-001" as ConstructId,
      title: texts[0]?.slice(0, 40) ?? "",
      updatedAt: began + conversation.length * 60_000,
      messages: conversation,
    });
    buildMs += performance.now() - before;
    before = performance.now();
    texts.forEach((text, index) => insert.run(made - texts.length + index + 1, text));
    plainMs += performance.now() - before;
  }
  let before = performance.now();
  builder.finish();
  builder.close();
  buildMs += performance.now() - before;
  before = performance.now();
  plain.exec("COMMIT; INSERT INTO plain (plain) VALUES ('optimize')");
  plain.close();
  plainMs += performance.now() - before;
  const bandOf = (least: number, most: number): string[] =>
    vocabulary.filter((_, place) => (counts[place] ?? 0) >= least && (counts[place] ?? 0) < most);
  const facts: Made = {
    messages,
    bytes,
    buildMs,
    plainMs,
    commonest: vocabulary[counts.indexOf(counts.reduce((most, count) => Math.max(most, count), 0))] ?? "",
    bands: [bandOf(10, 100), bandOf(100, 3_000), bandOf(3_000, 30_000)],
  };
  writeFileSync(join(folder, "made.json"), JSON.stringify(facts));
}

interface Question {
  words: string[];
  band: number;
}

/** Half single words, half pairs; a third from each band. */
function questionsOf({ bands }: Made): Question[] {
  const random = createRandom(seed + 1);
  return Array.from({ length: questionsAsked }, (_, index) => {
    const band = index % 3;
    const words = bands[band] ?? [];
    const isPair = Math.floor(index / 3) % 2 === 1;
    return { band, words: isPair ? [random.pick(words), random.pick(words)] : [random.pick(words)] };
  });
}

function quantiles(times: readonly number[]): { p50: number; p99: number; most: number } {
  const sorted = times.toSorted((left, right) => left - right);
  const at = (part: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), most: at(1) };
}

/** On a machine that others use as well the time of the processor says more than the clock's. */
const countsProcessor = process.argv.includes("--processor");

function nowMs(): number {
  if (!countsProcessor) return performance.now();
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function timed(work: () => unknown): number {
  const began = nowMs();
  work();
  return nowMs() - began;
}

function show(label: string, times: readonly number[], note = ""): void {
  const { p50, p99, most } = quantiles(times);
  const number = (ms: number): string => ms.toFixed(ms < 10 ? 2 : 1).padStart(9);
  process.stdout.write(`${label.padEnd(44)}${number(p50)}${number(p99)}${number(most)}  ${note}\n`);
}

const columns = `${(countsProcessor ? "milliseconds of the processor" : "milliseconds").padEnd(44)}${"p50".padStart(9)}${"p99".padStart(9)}${"most".padStart(9)}\n`;

function ask(folder: string): void {
  const made = JSON.parse(readFileSync(join(folder, "made.json"), "utf8")) as Made;
  const questions = questionsOf(made);
  const path = join(folder, "bench.search.db");
  const place = openQuestions(path);
  const search = (request: SearchRequest): number => timed(() => place.search(request));
  const first = search({ query: questions[0]?.words.join(" ") ?? "" });
  for (const { words } of questions.slice(0, 300)) search({ query: words.join(" ") });
  process.stdout.write(`first question, with loading ${first.toFixed(0)} ms\n${columns}`);
  const times = questions.map(({ words }) => search({ query: words.join(" ") }));
  show("search, the whole mix", times);
  const bands = ["10 to 100", "100 to 3,000", "3,000 to 30,000"];
  for (const [band, label] of bands.entries()) {
    for (const count of [1, 2]) {
      const some = times.filter(
        (_, index) => questions[index]?.band === band && questions[index]?.words.length === count,
      );
      if (some.length > 0) show(`  ${count === 1 ? "words" : "pairs"} in ${label} messages`, some);
    }
  }
  const commonest = place.search({ query: made.commonest });
  show(
    "the commonest word",
    Array.from({ length: 50 }, () => search({ query: made.commonest })),
    `${commonest.sort} first, total ${commonest.total}${commonest.totalIsExact ? "" : " or more"}`,
  );
  show(
    "the commonest word with a rare one",
    (made.bands[0] ?? []).slice(0, 50).map((word) => search({ query: `${made.commonest} ${word}` })),
  );
  show(
    "with facets and histogram",
    questions.slice(0, 300).map(({ words }) => search({ query: words.join(" "), facets: true })),
  );
  show(
    "the commonest word, with facets and histogram",
    Array.from({ length: 50 }, () => search({ query: made.commonest, facets: true })),
  );
  show(
    "filters alone, with facets and histogram",
    Array.from({ length: 20 }, () => search({ query: "from:user runtime:synth", facets: true })),
  );
  show(
    "with filters",
    questions.slice(0, 300).map(({ words }) => search({ query: `${words.join(" ")} from:user after:2023` })),
  );
  show(
    "a mistyped word",
    questions.slice(0, 100).map(({ words }) => search({ query: `${words[0]}x` })),
  );
  show(
    "characters inside of words",
    ["ulque", "zufoben", "kalomi"].map((text) => search({ query: `code:${text}` })),
  );
  const { rss } = process.memoryUsage();
  process.stdout.write(`memory of the process ${(rss / 2 ** 20).toFixed(0)} MiB\n`);
  place.close();
  comparePlain(folder, questions, times);
}

function comparePlain(folder: string, questions: readonly Question[], own: readonly number[]): void {
  const plain = new DatabaseSync(join(folder, "plain.db"));
  plain.exec("PRAGMA cache_size = -65536");
  const match = plain.prepare(
    "SELECT rowid, snippet(plain, 0, '[', ']', '…', 32) FROM plain WHERE plain MATCH ? ORDER BY rank LIMIT 20",
  );
  const plainMatch = ({ words }: Question): number =>
    timed(() => match.all(words.map((word) => `"${word}"`).join(" ")));
  for (const question of questions.slice(0, 100)) plainMatch(question);
  const times = questions.map(plainMatch);
  show("plain FTS5, the whole mix", times);
  const like = plain.prepare("SELECT rowid, text FROM plain WHERE text LIKE ? ORDER BY rowid DESC LIMIT 20");
  const scans = questions.slice(0, 20).map(({ words }) => timed(() => like.all(`%${words[0]}%`)));
  show("LIKE, one word", scans);
  plain.close();
  const ratio = (one: readonly number[], other: readonly number[], part: "p50" | "p99"): string =>
    (quantiles(other)[part] / quantiles(one)[part]).toFixed(2);
  process.stdout.write(
    `plain FTS5 takes ${ratio(own, times, "p50")} (p50) and ${ratio(own, times, "p99")} (p99) times as long; LIKE ${ratio(own, scans, "p50")} (p50)\n`,
  );
}

function run(part: string, folder: string, messages: number): void {
  const { status } = spawnSync(
    process.execPath,
    [import.meta.filename, part, folder, String(messages), ...(countsProcessor ? ["--processor"] : [])],
    {
      stdio: "inherit",
    },
  );
  if (status !== 0) throw new Error(`The part ${part} ended with ${status}.`);
}

const [part = "", second = "", third = ""] = process.argv.slice(2).filter((each) => each !== "--processor");
if (part === "make") make(second, Number(third));
else if (part === "ask") ask(second);
else {
  const messages = Number(part === "" ? 1_000_000 : part);
  const folder = second === "" ? mkdtempSync(join(tmpdir(), "chatty-search-bench-")) : second;
  mkdirSync(folder, { recursive: true });
  try {
    if (!existsSync(join(folder, "made.json"))) run("make", folder, messages);
    const made = JSON.parse(readFileSync(join(folder, "made.json"), "utf8")) as Made;
    const size = statSync(join(folder, "bench.search.db")).size;
    process.stdout.write(
      `${made.messages} messages in ${Math.ceil(made.messages / perConversation)} conversations of ${runtimes.length} runtimes, ` +
        `${(made.bytes / 1e6).toFixed(0)} MB of text, ${vocabularySize} words (Zipf), seed ${seed}\n` +
        `index of ${(size / 1e6).toFixed(0)} MB built in ${(made.buildMs / 1000).toFixed(1)} s, ` +
        `${(made.bytes / 1e3 / made.buildMs).toFixed(1)} MB of text a second; plain FTS5 ${(made.plainMs / 1000).toFixed(1)} s\n` +
        `mix: ${questionsAsked} questions, half words, half pairs, a third each from words in 10 to 100, 100 to 3,000 and 3,000 to 30,000 messages; 20 hits with snippets\n`,
    );
    run("ask", folder, messages);
  } finally {
    if (second === "") rmSync(folder, { recursive: true, force: true });
  }
}
