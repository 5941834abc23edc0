/**
 * What a search costs over HTTP, beside the same questions in the process. Makes a vault of generated messages, or takes
 * one that was made before. From the checkout:
 *
 *     node_modules/.bin/node test/bench/search-http-bench.ts [--messages 100000] [--conversations 5000] [--questions 900] [--keep FOLDER] [--meaning]
 *
 * Prints figures and asserts nothing. See README.md for the targets.
 */
import { Buffer } from "node:buffer";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { exportReader } from "@chatty/importers";
import type { SearchAnswer, SearchState } from "@chatty/model";
import { openVault } from "@chatty/store";
import { processMemory } from "../browser/process-memory.ts";
import { createServerClient } from "../browser/server-client.ts";
import { benchQuestions, writeSearchBenchExport } from "./search-bench-export.ts";
import type { BenchQuestion, SearchBenchExport } from "./search-bench-export.ts";

const program = join(import.meta.dirname, "..", "..", "packages", "cli", "src", "main.ts");
const searchThread = pathToFileURL(join(program, "..", "search-thread.ts")).href;
const runtimes = 5;

/** One way to ask; milliseconds are measured around it. */
type Ask = (query: string, facets: boolean) => Promise<SearchAnswer>;

interface Made {
  questions: BenchQuestion[];
  commonest: string;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      messages: { type: "string", default: "100000" },
      conversations: { type: "string" },
      questions: { type: "string", default: "900" },
      keep: { type: "string" },
      meaning: { type: "boolean", default: false },
    },
  });
  const messages = Number(values.messages);
  const conversations = Number(values.conversations ?? Math.max(runtimes, Math.round(messages / 20)));
  const folder = values.keep ?? mkdtempSync(join(tmpdir(), "chatty-search-bench-"));
  mkdirSync(folder, { recursive: true });
  const home = join(folder, "home");
  const notes = join(folder, "questions.json");
  try {
    if (!existsSync(notes)) {
      const made = await makeVault(folder, home, messages, conversations, Number(values.questions));
      writeFileSync(notes, JSON.stringify(made));
    }
    const made = JSON.parse(readFileSync(notes, "utf8")) as Made;
    await measureHttp(home, made, values.meaning);
    await measureHere(home, made);
  } finally {
    if (values.keep === undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function makeVault(
  folder: string,
  home: string,
  messages: number,
  conversations: number,
  count: number,
): Promise<Made> {
  const size = { messages, conversations, runtimes, seed: 5 };
  const exported = await timed("exports written", () => writeSearchBenchExport(folder, size));
  const mega = exported.jsonBytes / 1e6;
  print(
    "vault",
    `${messages} messages in ${conversations} conversations and ${runtimes} runtimes, ${mega.toFixed(0)} MB of JSON`,
  );
  const startMs = performance.now();
  await chatty(home, ["import", ...exported.paths]);
  const seconds = (performance.now() - startMs) / 1000;
  print("imported", `${seconds.toFixed(1)} s, ${(mega / seconds).toFixed(1)} MB/s`);
  const indexMs = performance.now();
  await chatty(home, ["search", exported.words[0] ?? "", "--limit", "1"]);
  print(
    "first search, in the index what was not yet",
    `${((performance.now() - indexMs) / 1000).toFixed(1)} s`,
  );
  for (const path of exported.paths) rmSync(path);
  return { questions: benchQuestions(exported, count, 6), commonest: commonestOf(exported) };
}

function commonestOf({ words, documentFrequency }: SearchBenchExport): string {
  const most = documentFrequency.reduce((best, frequency, rank) => {
    return frequency > (documentFrequency[best] ?? 0) ? rank : best;
  }, 0);
  print("commonest word", `in ${documentFrequency[most] ?? 0} messages`);
  return words[most] ?? "";
}

async function measureHttp(home: string, made: Made, isMeaningOn: boolean): Promise<void> {
  const child = spawn(process.execPath, [program, "--home", home, "serve", "--port", "0", "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const { url, pid, token } = await readyLine(child);
    const client = await createServerClient(url, `${url}/?token=${token}`);
    const { cookie } = client;
    // Making vectors of a new vault takes a processor for hours.
    await client.send("PUT", "/api/settings", { "search.meaning": isMeaningOn, backupDaily: false });
    const get = <Answer>(path: string): Promise<Answer> => getJson<Answer>(agent, url, path, cookie);
    await untilReady(() => get<SearchState>("/api/search/state"));
    await measure("HTTP", made, (query, facets) => {
      return get(`/api/search?q=${encodeURIComponent(query)}&mode=text&facets=${facets}`);
    });
    const health: number[] = [];
    const stop = new AbortController();
    const hammering = hammer(made, stop.signal, (query) => {
      return getJson(new Agent(), url, `/api/search?q=${encodeURIComponent(query)}&mode=text`, cookie);
    });
    for (let round = 0; round < 300; round += 1) {
      const startMs = performance.now();
      await get("/api/health");
      health.push(performance.now() - startMs);
    }
    stop.abort();
    await hammering;
    print("another request while four search without pause", figures(health));
    const memory = processMemory(pid);
    if (memory !== undefined) {
      print(
        "server's memory",
        `${(memory.resident / 1e6).toFixed(0)} MB resident, peak ${(memory.peak / 1e6).toFixed(0)} MB`,
      );
    }
  } finally {
    agent.destroy();
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGINT");
    await ended;
  }
}

/** Four askers at once until they are told to stop. */
async function hammer(
  made: Made,
  signal: AbortSignal,
  ask: (query: string) => Promise<unknown>,
): Promise<void> {
  const askers = [0, 1, 2, 3].map(async (first) => {
    for (let at = first; !signal.aborted; at += 4) {
      await ask(made.questions[at % made.questions.length]?.words.join(" ") ?? "");
    }
  });
  await Promise.all(askers);
}

async function measureHere(home: string, made: Made): Promise<void> {
  const vault = await openVault({ home, environment: "production", exports: exportReader, searchThread });
  try {
    const user = vault.user();
    await untilReady(() => user.searchState());
    await measure("in the process", made, (query, facets) => user.search({ query, mode: "text", facets }));
  } finally {
    await vault.close();
  }
}

async function measure(where: string, { questions, commonest }: Made, ask: Ask): Promise<void> {
  // The first questions read the index from the disk.
  for (const { words } of questions.slice(0, 60)) await ask(words.join(" "), false);
  const all: number[] = [];
  const own: number[] = [];
  const byBand = new Map<string, number[]>();
  let found = 0;
  for (const { words, band } of questions) {
    const startMs = performance.now();
    const answer = await ask(words.join(" "), false);
    const ms = performance.now() - startMs;
    all.push(ms);
    own.push(answer.tookMs);
    found += answer.hits.length;
    const name = `${words.length === 1 ? "one word" : "two words"} in ${band}`;
    byBand.set(name, [...(byBand.get(name) ?? []), ms]);
  }
  print(`${where}: ${questions.length} questions, ranked, with snippets`, `${figures(all)}, ${found} hits`);
  print(`${where}: as the answers say themselves`, figures(own));
  for (const name of [...byBand.keys()].toSorted()) print(`  ${name}`, figures(byBand.get(name) ?? []));
  const facets: number[] = [];
  for (const { words } of questions.slice(0, 200)) {
    const startMs = performance.now();
    await ask(words.join(" "), true);
    facets.push(performance.now() - startMs);
  }
  print(`${where}: with facets`, figures(facets));
  for (const withFacets of [false, true]) {
    const times: number[] = [];
    let answer: SearchAnswer | undefined;
    for (let round = 0; round < 30; round += 1) {
      const startMs = performance.now();
      answer = await ask(commonest, withFacets);
      times.push(performance.now() - startMs);
    }
    const said = `${answer?.sort ?? ""} first, ${answer?.totalIsExact === true ? "" : "at least "}${answer?.total ?? 0} found`;
    print(`${where}: the commonest word${withFacets ? " with facets" : ""}`, `${figures(times)}, ${said}`);
  }
}

async function untilReady(state: () => Promise<SearchState>): Promise<void> {
  const startMs = performance.now();
  for (;;) {
    const now = await state();
    if (now.state === "failed") throw new Error(now.failure ?? "The index failed.");
    if (now.state === "ready" && now.pendingSessions === 0) {
      const waited = `${((performance.now() - startMs) / 1000).toFixed(1)} s until everything was in it`;
      print("index", `${now.messages} messages, ${(now.bytes / 1e6).toFixed(0)} MB, ${waited}`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function getJson<Answer>(agent: Agent, origin: string, path: string, cookie: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${origin}${path}`, { agent, headers: { cookie } }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        if (response.statusCode !== 200)
          reject(new Error(`${path} answered ${response.statusCode}: ${text}`));
        else resolve(JSON.parse(text) as Answer);
      });
    });
    sent.on("error", reject);
    sent.end();
  });
}

async function readyLine(child: ChildProcess): Promise<{ url: string; pid: number; token: string }> {
  if (child.stdout === null) throw new Error("The server has no output.");
  for await (const line of createInterface(child.stdout)) {
    return JSON.parse(line) as { url: string; pid: number; token: string };
  }
  throw new Error("The server did not start.");
}

/** Runs the real program and waits until it ended well. */
async function chatty(home: string, words: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [program, "--home", home, ...words, "--json"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0 && code !== 3) throw new Error(`chatty ${words[0] ?? ""} ended with ${String(code)}.`);
}

async function timed<Value>(name: string, work: () => Promise<Value>): Promise<Value> {
  const startMs = performance.now();
  const value = await work();
  print(name, `${((performance.now() - startMs) / 1000).toFixed(1)} s`);
  return value;
}

function figures(times: readonly number[]): string {
  const sorted = times.toSorted((left, right) => left - right);
  const at = (share: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(2);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`;
}

function print(name: string, figure: string): void {
  process.stdout.write(`${name.padEnd(56)} ${figure}\n`);
}

await main();
