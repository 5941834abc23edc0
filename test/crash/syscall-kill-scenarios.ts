// The commands that are killed: what each starts from, and what must hold afterwards.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeBenchExport } from "../bench/import-bench-export.ts";
import type { SeededRandom } from "../fidelity/seeded-random.ts";
import { AppendOracle } from "./append-oracle.ts";
import type { Acknowledgement, SentLine } from "./append-oracle.ts";
import { examineKilled, examineRepeated, readImported } from "./import-oracle.ts";
import type { ImportedState } from "./import-oracle.ts";
import { makeLines, runUntilKilled } from "./killed-process.ts";
import type { KilledRun } from "./killed-process.ts";
import { chatty, copyFolder } from "./syscall-kill-run.ts";
import type { KillScenario } from "./syscall-kill-run.ts";
import { compareSights, readSight } from "./syscall-kill-sight.ts";

/** Runs a command to its end. @returns the object that it printed */
export async function ask<Answer>(folder: string, ...words: readonly string[]): Promise<Answer> {
  const run = await runUntilKilled({ words: chatty(...words), folder, moment: undefined });
  assert.equal(run.code, 0, `${words.join(" ")}: ${run.lines.join("\n")}${run.stderr}`);
  return JSON.parse(run.lines.join("\n")) as Answer;
}

/** Makes an empty template. */
export function templateIn(folder: string, name: string): string {
  const template = join(folder, name);
  mkdirSync(template, { recursive: true });
  return template;
}

/** Begins a session and appends lines. @returns its id */
export async function beginSession(template: string, lines: readonly SentLine[]): Promise<string> {
  const { session } = await ask<{ session: { sessionId: string } }>(template, "sessions", "new");
  if (lines.length > 0) {
    const words = chatty("append", session.sessionId, "--lines");
    const run = await runUntilKilled({ words, folder: template, moment: undefined }, feedLines(lines));
    assert.equal(run.code, 0, run.stderr);
  }
  return session.sessionId;
}

function feedLines(lines: readonly SentLine[]): (write: (text: string) => Promise<void>) => Promise<void> {
  return async (write) => {
    const half = Math.ceil(lines.length / 2);
    for (const part of [lines.slice(0, 1), lines.slice(1, half), lines.slice(half)]) {
      await write(part.map((line) => `${JSON.stringify(line)}\n`).join(""));
      // So that there are several batches and not one.
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  };
}

function answersOf(run: KilledRun): Acknowledgement[] {
  return run.lines
    .map((line) => JSON.parse(line) as Partial<Acknowledgement>)
    .filter((answer): answer is Acknowledgement => answer.messageId !== undefined);
}

export interface AppendScenario extends KillScenario {
  sessionId: string;
}

/** `append --lines`: what was acknowledged is there, and repeating doubles nothing. */
export async function appendScenario(folder: string, random: SeededRandom): Promise<AppendScenario> {
  const template = templateIn(folder, "append");
  const earlier = makeLines(random, 5);
  const lines = makeLines(random, 24);
  const sessionId = await beginSession(template, earlier);
  return {
    name: "append --lines",
    template,
    words: () => chatty("append", sessionId, "--lines"),
    sessionId,
    roots: (copy) => [join(copy, "home")],
    feed: feedLines(lines),
    witness: () => {
      const oracle = new AppendOracle(sessionId);
      oracle.sending([...earlier, ...lines]);
      return {
        heard: (run) => oracle.answered(answersOf(run)),
        async examine(copy, when) {
          if (when === "repeated" && oracle.acknowledged.size < lines.length) {
            return [`lost: ${oracle.acknowledged.size} of ${lines.length} answers came in the end`];
          }
          const found = await oracle.examine(join(copy, "home"));
          if (found < earlier.length) return [`lost: ${found} of ${earlier.length} earlier messages`];
          return oracle.violations.map(({ kind, detail }) => `${kind}: ${detail}`);
        },
      };
    },
  };
}

/** One message with a file: both are there or neither. */
export async function appendFileScenario(folder: string, random: SeededRandom): Promise<KillScenario> {
  const template = templateIn(folder, "append-file");
  const sessionId = await beginSession(template, makeLines(random, 3));
  const before = await readSight(join(template, "home"));
  const bytes = Buffer.from(Array.from({ length: 9000 }, () => random.below(256)));
  writeFileSync(join(template, "picture.bin"), bytes);
  const id = random.uuid();
  const words = (copy: string): string[] => {
    const path = join(copy, "picture.bin");
    return chatty("append", sessionId, "--role", "user", "--id", id, "--file", path);
  };
  return {
    name: "append --file",
    template,
    words,
    roots: (copy) => [join(copy, "home")],
    feed: (write) => write("with a picture\n"),
    witness: () => {
      let isAcknowledged = false;
      return {
        heard: (run) => {
          isAcknowledged ||= answersOf(run).some(({ messageId }) => messageId === id);
        },
        async examine(copy, when) {
          if (when === "repeated" && !isAcknowledged) return ["lost: the answer never came"];
          const home = join(copy, "home");
          const now = await readSight(home);
          const violations = compareSights(now, before, (session) => session === sessionId);
          const records = journalRecords(join(home, "production"), sessionId);
          const messages = records.filter((record) => record.kind === "message");
          const added = messages.filter((record) => record.id === id);
          if (messages.length !== 3 + added.length) violations.push(`lost: ${messages.length} messages`);
          if (isAcknowledged && added.length === 0) violations.push("lost: the message was acknowledged");
          if (added.length > 1) violations.push("doubled: the message");
          const isKept = filesBelow(join(home, "production", "vvault")).some((path) =>
            readFileSync(path).equals(bytes),
          );
          if (added.length === 1 && !isKept) violations.push("half: the message is there without its file");
          return violations;
        },
      };
    },
  };
}

interface JournalRecord {
  kind?: string;
  id?: string;
}

function journalRecords(root: string, sessionId: string): JournalRecord[] {
  return filesBelow(root)
    .filter((path) => path.endsWith(join(sessionId, "messages.jsonl")))
    .flatMap((path) => readFileSync(path, "utf8").split("\n"))
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as JournalRecord);
}

/** The very first command in a place where there is nothing yet: a vault begins, whole. */
export function firstScenario(folder: string, environment: Record<string, string> = {}): KillScenario {
  const template = templateIn(folder, "first");
  mkdirSync(join(template, "home"), { recursive: true, mode: 0o700 });
  return {
    name: "sessions new (first start)",
    template,
    words: () => chatty("sessions", "new"),
    roots: (copy) => [join(copy, "home")],
    environment,
    witness: () => {
      const acknowledged = new Set<string>();
      return {
        heard: (run) => {
          if (run.code !== 0) return;
          const { session } = JSON.parse(run.lines.join("\n")) as { session: { sessionId: string } };
          acknowledged.add(session.sessionId);
        },
        async examine(copy, when) {
          if (when === "killed" && acknowledged.size === 0) return [];
          const { sessions, problems } = await readSight(join(copy, "home"));
          const lost = [...acknowledged].filter((sessionId) => !sessions.has(sessionId));
          return [...lost.map((sessionId) => `lost: session ${sessionId}`), ...problems];
        },
      };
    },
  };
}

/** `import`: everything or nothing, and what was there before stays as it was. */
export async function importScenario(folder: string, random: SeededRandom): Promise<KillScenario> {
  const template = templateIn(folder, "import");
  await beginSession(template, makeLines(random, 4));
  const home = join(template, "home");
  const before = await readSight(home);
  const archive = join(folder, "export.zip");
  await writeBenchExport(archive, 0.4, 2);
  const other = templateIn(folder, "import-whole");
  await ask(other, "import", archive);
  const whole = await readImported(join(other, "home"));
  assert.ok(whole.sessions.size > 5 && whole.problems.length === 0);
  return {
    name: "import",
    template,
    words: () => chatty("import", archive),
    roots: (copy) => [join(copy, "home")],
    witness: () => {
      let afterKill: ImportedState | undefined;
      let isAcknowledged = false;
      return {
        heard: (run) => {
          isAcknowledged ||= run.code === 0;
        },
        async examine(copy, when) {
          const state = await readImported(join(copy, "home"));
          if (when === "killed") afterKill = state;
          const found =
            when === "killed"
              ? examineKilled(state, whole)
              : examineRepeated(state, afterKill ?? state, whole);
          if (isAcknowledged && state.sessions.size === 0) {
            found.push({ kind: "half-there", detail: "it was acknowledged and is not there" });
          }
          const sight = await readSight(join(copy, "home"));
          return [
            ...found.map(({ kind, detail }) => `${kind}: ${detail}`),
            // Sessions are added: what is imported, and the home of its runtime.
            ...compareSights(sight, before).filter((difference) => !difference.startsWith("invented")),
          ];
        },
      };
    },
  };
}

/** `rebuild`: what is true stays as it is, and what is derived is there again at the latest when it was run again. */
export async function rebuildScenario(folder: string, random: SeededRandom): Promise<KillScenario> {
  const template = templateIn(folder, "rebuild");
  for (const count of [30, 3]) await beginSession(template, makeLines(random, count));
  const archive = join(folder, "rebuild-export.zip");
  await writeBenchExport(archive, 0.3, 1);
  await ask(template, "import", archive);
  const home = join(template, "home");
  const before = await readSight(home);
  assert.deepEqual(before.problems, []);
  // Something that has to be made again, so that rebuilding writes.
  for (const path of filesBelow(join(home, "production", "vvault")).filter((name) => name.endsWith(".md"))) {
    rmSync(path);
  }
  return {
    name: "rebuild",
    template,
    words: () => chatty("rebuild"),
    roots: (copy) => [join(copy, "home")],
    // The transcripts were removed on purpose, and the next opening says so until the rebuilding is through.
    goodCodes: [0, 3],
    witness: () => ({
      heard: () => undefined,
      async examine(copy, when) {
        const now = await readSight(join(copy, "home"));
        if (when === "killed") now.problems = now.problems.filter((problem) => !isMissingTranscript(problem));
        return compareSights(now, before);
      },
    }),
  };
}

function isMissingTranscript(problem: string): boolean {
  return /^TRANSCRIPT_(?:MISSING|CHANGED) /.test(problem);
}

/** `repair` of a damaged vault: what it saves when it is never killed is what it saves in the end, and no original is lost. */
export async function repairScenario(folder: string, random: SeededRandom): Promise<KillScenario> {
  const template = templateIn(folder, "repair");
  const sound = await beginSession(template, makeLines(random, 6));
  const damaged = await beginSession(template, makeLines(random, 20));
  const home = join(template, "home");
  const healthy = await readSight(home);
  const originals = damage(join(home, "production"), damaged);
  const untouched = templateIn(folder, "repair-untouched");
  copyFolder(template, untouched);
  const run = await runUntilKilled({ words: chatty("repair"), folder: untouched, moment: undefined });
  assert.ok(run.code === 0 || run.code === 3, `${run.lines.join("\n")} ${run.stderr}`);
  const wanted = await readSight(join(untouched, "home"));
  assert.equal(wanted.sessions.get(sound), healthy.sessions.get(sound));
  return {
    name: "repair",
    template,
    words: () => chatty("repair"),
    roots: (copy) => [join(copy, "home")],
    goodCodes: [0, 3],
    witness: () => ({
      heard: () => undefined,
      async examine(copy, when) {
        const now = await readSight(join(copy, "home"));
        const violations: string[] = [];
        if (now.sessions.get(sound) !== healthy.sessions.get(sound))
          violations.push(`lost: session ${sound}`);
        if (when === "repeated") {
          // The journal that was put together says itself when, so its bytes differ; what it holds must not.
          violations.push(...compareSights(now, wanted, (sessionId) => sessionId === damaged));
          if (now.messages.get(damaged) !== wanted.messages.get(damaged)) {
            violations.push(`other messages were saved (${now.messages.get(damaged)?.slice(0, 20)})`);
          }
        }
        const kept = new Set(filesBelow(join(copy, "home", "production")).map(contentHash));
        for (const [path, hash] of originals) {
          if (!kept.has(hash)) violations.push(`lost: the damaged original of ${path} is nowhere`);
        }
        return violations;
      },
    }),
  };
}

/** Flips a byte of a record in the middle of a journal and removes a transcript. @returns hashes of the damaged originals */
function damage(root: string, sessionId: string): Map<string, string> {
  const originals = new Map<string, string>();
  for (const path of filesBelow(root)) {
    if (path.endsWith(join(sessionId, "messages.jsonl"))) {
      const bytes = readFileSync(path);
      const at = bytes.indexOf('"content":"', Math.floor(bytes.length / 2)) + 12;
      bytes[at] = (bytes[at] ?? 0) ^ 0x01;
      writeFileSync(path, bytes);
      originals.set(path, contentHash(path));
    } else if (path.endsWith(".md")) rmSync(path);
  }
  assert.equal(originals.size, 1);
  return originals;
}

function contentHash(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

/** Files below a folder, absolute. Sockets are left out. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => join(folder, path))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}
