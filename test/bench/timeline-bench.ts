/**
 * A made-up life on the timeline: how fast it is built beside sorting the same keys, what a page costs at its beginning and its end,
 * and what one more line costs when there are few and when there are many. From the checkout:
 *
 *     node_modules/.bin/node test/bench/timeline-bench.ts [--events 10000000] [--runtimes 8] [--years 9]
 *
 * Prints figures and asserts none.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { ConstructId, MessageId, RuntimeId, SessionId } from "@chatty/model";
import { openTimelineFile, timelineRows } from "@chatty/store/testing/timeline";
import type { TimelineFile, TimelineMessage, TimelineSession } from "@chatty/store/testing/timeline";

const { values } = parseArgs({
  options: {
    events: { type: "string", default: "10000000" },
    runtimes: { type: "string", default: "8" },
    years: { type: "string", default: "9" },
  },
});
const wanted = Number(values.events);
const runtimeCount = Number(values.runtimes);
const startMs = Date.UTC(2016, 0, 1);
const endMs = startMs + Number(values.years) * 365 * 24 * 60 * 60 * 1000;

let state = 20_161_127;
function random(below: number): number {
  state = (state * 48_271) % 2_147_483_647;
  return state % below;
}

/** Ids that only count: making random ones is no part of what is measured. */
let ids = 0;
function nextId(): string {
  ids += 1;
  const digits = ((ids * 2_654_435_761) % 4_294_967_296).toString(16).padStart(8, "0");
  return `${digits}-0000-7000-8000-${ids.toString(16).padStart(12, "0")}`;
}

/** Conversations of 2 to 400 messages, in the order in which they began, as an export has them. */
function* life(): Generator<TimelineSession> {
  const perSession = 200;
  const sessions = Math.ceil(wanted / perSession);
  for (let count = 0, events = 0; events < wanted; count += 1) {
    const runtimeId = `runtime-${random(runtimeCount)}` as RuntimeId;
    const begun = startMs + Math.floor(((endMs - startMs) * count) / sessions);
    let at = begun;
    const messages = Array.from({ length: 2 + random(398) }, (_, index): TimelineMessage => {
      at += 1000 + random(90_000);
      return {
        id: nextId() as MessageId,
        parent: index - 1,
        sequence: index + 1,
        role: index % 2 === 0 ? "user" : "assistant",
        hidden: false,
        ...(random(50) === 0 ? {} : { time: { ms: at, source: "message" as const } }),
      };
    });
    events += messages.length + 1;
    yield {
      sessionId: nextId() as SessionId,
      runtimeId,
      constructId: `${runtimeId}-001` as ConstructId,
      isNative: false,
      createdAt: begun,
      knownAt: endMs,
      messages,
    };
  }
}

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), "chatty-timeline-bench-"));
  try {
    const path = join(folder, "timeline.db");
    const file = openTimelineFile(path);
    const small = openTimelineFile(join(folder, "small.db"));
    const keys: number[] = [];
    let built = 0;
    let buildMs = 0;
    let batch: TimelineSession[] = [];
    const write = (target: TimelineFile, sessions: readonly TimelineSession[]): void => {
      target.transaction(() => {
        for (const session of sessions) {
          target.putSession(session.sessionId, session.constructId, "1", timelineRows(session));
        }
      });
    };
    for (const session of life()) {
      batch.push(session);
      for (const { time } of session.messages) keys.push(time?.ms ?? 0);
      built += session.messages.length + 1;
      if (batch.length < 200) continue;
      const began = performance.now();
      write(file, batch);
      buildMs += performance.now() - began;
      if (small.counts().sessions === 0) write(small, batch.slice(0, 50));
      batch = [];
    }
    const began = performance.now();
    write(file, batch);
    buildMs += performance.now() - began;
    print("lines", String(built));
    print(
      "built",
      `${(built / buildMs).toFixed(0)} thousand lines a second, ${(buildMs / 1000).toFixed(1)} s`,
    );
    const copy = Float64Array.from(keys, (key) => key + random(1_000_000_000));
    const sortBegan = performance.now();
    copy.sort();
    const sortMs = performance.now() - sortBegan;
    print(
      "sorting the same keys",
      `${(keys.length / sortMs).toFixed(0)} thousand a second, ${(sortMs / 1000).toFixed(1)} s`,
    );
    print("file", `${(statSync(path).size / 1e6).toFixed(0)} MB`);
    for (const [name, from] of [
      ["first year", startMs],
      ["last year", endMs - 365 * 24 * 60 * 60 * 1000],
    ] as const) {
      const times: number[] = [];
      for (let count = 0; count < 500; count += 1) {
        const at = from + random(2_000_000_000) * 14;
        const pageBegan = performance.now();
        const { rows } = file.page({ from: Math.min(at, endMs - 1), limit: 50 });
        times.push(performance.now() - pageBegan);
        if (rows.length === 0) throw new Error("An empty page was measured.");
      }
      print(`page of 50, ${name}`, percentiles(times));
    }
    for (const [name, target] of [
      ["many", file],
      ["few", small],
      ["many, again", file],
      ["few, again", small],
    ] as const) {
      print(`one line more among ${name} (${target.counts().events})`, percentiles(appends(target)));
    }
    const changes: number[] = [];
    let at = file.page({ kinds: ["message"], limit: 1 }).rows[0];
    for (let count = 0; count < 500 && at !== undefined; count += 1) {
      const changeBegan = performance.now();
      at = file.nextChange(at.cursor)?.next;
      changes.push(performance.now() - changeBegan);
    }
    print("next change of runtime", percentiles(changes));
    print(
      "resident",
      `${(process.memoryUsage().rss / 1e6).toFixed(0)} MB, of it ${(keys.length * 8) / 1e6} MB twice for the keys to sort`,
    );
    file.close();
    small.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What it costs to add a line, each as a change of its own. */
function appends(file: TimelineFile): number[] {
  const [session] = life();
  if (session === undefined) throw new Error("There is no conversation to add to.");
  const own = { ...session, sessionId: nextId() as SessionId, messages: session.messages.slice(0, 2) };
  file.transaction(() => file.putSession(own.sessionId, own.constructId, "0", timelineRows(own)));
  const times: number[] = [];
  for (let count = 0; count < 2_000; count += 1) {
    const message: TimelineMessage = {
      id: nextId() as MessageId,
      parent: -1,
      sequence: count + 10,
      role: "user",
      hidden: false,
      time: { ms: endMs + count * 1000, source: "message" },
    };
    const [, row] = timelineRows({ ...own, messages: [message] });
    if (row === undefined) throw new Error("There is no line to add.");
    const began = performance.now();
    file.transaction(() => file.appendToSession(own.sessionId, String(count), [row]));
    times.push(performance.now() - began);
  }
  return times;
}

function percentiles(times: readonly number[]): string {
  const sorted = times.toSorted((left, right) => left - right);
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(3);
  return `median ${at(0.5)} ms, p99 ${at(0.99)} ms`;
}

function print(name: string, figure: string): void {
  console.log(`${name.padEnd(44)} ${figure}`);
}

main();
