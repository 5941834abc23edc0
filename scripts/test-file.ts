import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ReportedEvent } from "./test-events.ts";

/** What one test file came to. `failures` are ready to print. */
export interface FileOutcome {
  passed: number;
  failures: { name: string; detail: string }[];
  skips: { name: string; reason: string }[];
  /** What tests report with `t.diagnostic`. */
  notes: string[];
  durationMs: number;
}

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  timedOut: boolean;
  output: string;
}

/** A chatty test file may print a lot; the end of it is what tells why it failed. */
const outputLimit = 20_000;

/**
 * Runs one test file in a process of its own. Whatever happens to that process (a crash, a hang, an early exit,
 * a file without tests) comes back as a failure; nothing is thrown and nothing is counted as passed by silence.
 */
export async function runTestFile(
  root: string,
  path: string,
  environment: NodeJS.ProcessEnv,
  timeoutMs: number,
): Promise<FileOutcome> {
  const startedMs = performance.now();
  const folder = await mkdtemp(join(tmpdir(), "chatty-test-events-"));
  const eventsPath = join(folder, "events.jsonl");
  try {
    const ended = await runProcess(root, path, eventsPath, environment, timeoutMs);
    const events = await readEvents(eventsPath);
    return outcomeFrom(path, ended, events, timeoutMs, Math.round(performance.now() - startedMs));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function runProcess(
  root: string,
  path: string,
  eventsPath: string,
  environment: NodeJS.ProcessEnv,
  timeoutMs: number,
): Promise<Ended> {
  const child = spawn(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      `--test-reporter=${join(import.meta.dirname, "test-events.ts")}`,
      `--test-reporter-destination=${eventsPath}`,
      path,
    ],
    {
      cwd: root,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, so that a timeout also ends the processes that the test started.
      detached: process.platform !== "win32",
    },
  );
  let output = "";
  let timedOut = false;
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString("utf8")).slice(-outputLimit);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const endGroup = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(process.platform === "win32" ? child.pid : -child.pid, "SIGKILL");
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
  };
  const timer = setTimeout(() => {
    timedOut = true;
    endGroup();
  }, timeoutMs);
  return new Promise((resolve) => {
    child.on("error", (error) => {
      clearTimeout(timer);
      resolve({ code: null, signal: null, timedOut, output: `${output}\n${error.message}` });
    });
    child.on("exit", () => {
      clearTimeout(timer);
      // A process that the test left behind would keep the pipes open for ever.
      setTimeout(endGroup, 2_000).unref();
    });
    child.on("close", (code, signal) => {
      resolve({ code, signal, timedOut, output });
    });
  });
}

async function readEvents(path: string): Promise<ReportedEvent[]> {
  let text = "";
  try {
    text = await readFile(path, "utf8");
  } catch {
    // The process died before it reported anything; the missing end is counted as a failure.
    return [];
  }
  const events: ReportedEvent[] = [];
  // The last line of a killed process may be torn; everything after the last newline is left out.
  for (const line of text.split("\n").slice(0, -1)) events.push(JSON.parse(line) as ReportedEvent);
  return events;
}

/** Adds up one file. A run that did not report its end, or reported nothing, has failed whatever its exit code says. */
export function outcomeFrom(
  path: string,
  ended: Ended,
  events: readonly ReportedEvent[],
  timeoutMs: number,
  durationMs: number,
): FileOutcome {
  const outcome: FileOutcome = { passed: 0, failures: [], skips: [], notes: [], durationMs };
  for (const event of events) {
    if (event.kind === "note") outcome.notes.push(event.text);
    if (event.kind === "passed") outcome.passed += 1;
    if (event.kind === "skipped") {
      outcome.skips.push({ name: event.name, reason: event.reason ?? "no reason given" });
    }
    if (event.kind === "failed") {
      const place = event.line === undefined ? path : `${path}:${event.line}`;
      outcome.failures.push({ name: `${place}  ${event.name}`, detail: event.error ?? "" });
    }
  }
  const fault = faultOf(ended, events, outcome, timeoutMs);
  if (fault !== undefined) outcome.failures.push({ name: `${path}  ${fault}`, detail: ended.output.trim() });
  return outcome;
}

function faultOf(
  ended: Ended,
  events: readonly ReportedEvent[],
  outcome: FileOutcome,
  timeoutMs: number,
): string | undefined {
  if (ended.timedOut) return `did not end within ${Math.round(timeoutMs / 1000)} s and was stopped`;
  if (ended.signal !== null) return `was ended by ${ended.signal}`;
  if (!events.some((event) => event.kind === "end")) {
    return `stopped before its tests were through (exit code ${ended.code ?? "none"})`;
  }
  if (outcome.passed + outcome.failures.length + outcome.skips.length === 0) return "holds no test";
  if (ended.code !== 0 && outcome.failures.length === 0) {
    return `ended with exit code ${ended.code ?? "none"} although no test failed`;
  }
  return undefined;
}
