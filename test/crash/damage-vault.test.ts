import assert from "node:assert/strict";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { openVault } from "@chatty/store";
import type { RepairReport, UserVault, Vault, VerifyReport } from "@chatty/store";
import { createRandom } from "../fidelity/seeded-random.ts";
import type { SeededRandom } from "../fidelity/seeded-random.ts";
import { fileChanges, listFiles, pathsIn } from "../vault/vault-files.ts";

const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);
const rounds = isFull ? 700 : 12;

const journalPattern = /\/sessions\/[^/]+\/messages\.jsonl$/;
/** Everything that a repair can do something about. */
const victimPattern =
  /\/messages\.jsonl$|\/events\/[a-z_]+\.jsonl$|\/chatty\/[^/]+\.md$|\/(?:session_meta|persona|profile|session_index)\.json$|^catalog\/[^/]+\.db$/;

type Harm = (bytes: Buffer, random: SeededRandom, other: Buffer) => Buffer | undefined;

const harms: Record<string, Harm> = {
  flip(bytes, random) {
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    return bytes;
  },
  hole(bytes, random) {
    const from = Math.floor(random.below(bytes.length) / 512) * 512;
    return bytes.fill(0, from, Math.min(bytes.length, from + 512 * (1 + random.below(4))));
  },
  "tail of NULs": (bytes, random) => bytes.fill(0, random.below(bytes.length)),
  cut: (bytes, random) => bytes.subarray(0, random.below(bytes.length)),
  gone: () => undefined,
  "block repeated"(bytes, random) {
    const from = random.below(bytes.length);
    const to = Math.min(bytes.length, from + 1 + random.below(2000));
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from, to), bytes.subarray(to)]);
  },
  "block of another file"(bytes, random, other) {
    const from = Math.floor(random.below(Math.min(bytes.length, other.length)) / 512) * 512;
    other.copy(bytes, from, from, from + 512 * (1 + random.below(4)));
    return bytes;
  },
  "another file": (_bytes, _random, other) => Buffer.from(other),
  "junk behind it": (bytes) => Buffer.concat([bytes, Buffer.from("garbage\n{}")]),
};

let folder: string;
let pristine: string;
let journals: string[];
let victims: string[];

before(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "chatty-damage-")));
  pristine = join(folder, "home");
  await inVault(pristine, fill);
  const root = join(pristine, "production");
  victims = pathsIn(root).filter((path) => victimPattern.test(path));
  journals = victims.filter((path) => journalPattern.test(path));
});

after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

async function inVault<Result>(
  home: string,
  work: (user: UserVault, vault: Vault) => Promise<Result>,
): Promise<Result> {
  const vault = await openVault({ home, environment: "production" });
  try {
    return await work(vault.user(), vault);
  } finally {
    await vault.close();
  }
}

async function fill(user: UserVault, vault: Vault): Promise<void> {
  const first = await user.createSession({ title: "First" });
  const second = await user.createSession({ title: "Second", runtime: "lin" });
  for (let number = 0; number < 12; number += 1) {
    for (const { sessionId } of [first, second]) {
      await user.append(sessionId, [
        { role: "user", content: `question ${number}\n${"words ".repeat(number * 3)}` },
        { role: "assistant", content: `answer ${number}`, model: "m-1" },
      ]);
    }
    if (number % 4 === 0) await user.renameSession(first.sessionId, `First, part ${number}`);
    await user.selectRuntime(number % 2 === 0 ? "lin" : "synth");
  }
  const fork = await user.forkSession(first.sessionId);
  await user.append(fork.sessionId, [{ role: "user", content: "another way" }]);
  await user.append("synth_chat_with_synth", [{ role: "user", content: "at home" }]).catch(() => undefined);
  await user.setStarred(second.sessionId, true);
  await vault.settle();
}

/** Repairs a vault as Chatty does; a planted one does it worse. */
type Repair = (vault: Vault, root: string) => Promise<RepairReport>;

interface Seen {
  damages: number;
  undamaged: number;
  recovered: number;
  violations: string[];
}

async function round(random: SeededRandom, seen: Seen, repair: Repair): Promise<void> {
  const home = join(folder, "copy");
  rmSync(home, { recursive: true, force: true });
  cpSync(pristine, home, { recursive: true, preserveTimestamps: true });
  const root = join(home, "production");
  chmodSync(root, 0o700);
  const done = harmSome(random, root);
  seen.damages += done.length;
  const blame = (what: string): void => {
    seen.violations.push(`${done.join(", ")}: ${what}`);
  };
  const damaged = Buffer.concat(
    journals.map((path) => (existsSync(join(root, path)) ? readFileSync(join(root, path)) : Buffer.alloc(0))),
  );
  const isChanged = journals.filter((path) => !isAsBefore(root, path));
  const report = await inVault(home, async (_, vault) => {
    const verified = await vault.verify();
    for (const path of isChanged) if (!isTold(verified, path)) blame(`verify is silent about ${path}`);
    const made = await repair(vault, root);
    const { problems } = await vault.verify();
    if (problems.length > 0) blame(`after the repair: ${JSON.stringify(problems.slice(0, 3))}`);
    await vault.settle();
    const state = listFiles(root);
    const again = await vault.repair();
    if (again.recovered + again.lost.length + again.quarantined.length > 0) blame(JSON.stringify(again));
    const changes = fileChanges(state, listFiles(root));
    if (changes.length > 0) blame(`a second repair changed ${changes.join()}`);
    return made;
  });
  for (const path of journals) compare(root, path, { damaged, report, isChanged }, seen, blame);
}

function harmSome(random: SeededRandom, root: string): string[] {
  const done: string[] = [];
  for (let left = 1 + random.below(3); left > 0; left -= 1) {
    const path = random.below(3) > 0 ? random.pick(journals) : random.pick(victims);
    const name = random.pick(Object.keys(harms));
    const absolute = join(root, path);
    if (!existsSync(absolute)) continue;
    const bytes = readFileSync(absolute);
    const other = readFileSync(join(pristine, "production", random.pick(journals)));
    const harmed = bytes.length === 0 ? undefined : harms[name]?.(bytes, random, other);
    if (harmed === undefined) rmSync(absolute);
    else writeFileSync(absolute, harmed);
    done.push(`${name} (${path.split("/").slice(-2).join("/")})`);
  }
  return done;
}

function isAsBefore(root: string, path: string): boolean {
  const there = join(root, path);
  return existsSync(there) && readFileSync(there).equals(readFileSync(join(pristine, "production", path)));
}

function isTold({ problems }: VerifyReport, path: string): boolean {
  return problems.some((problem) => problem.path === path);
}

function compare(
  root: string,
  path: string,
  { damaged, report, isChanged }: { damaged: Buffer; report: RepairReport; isChanged: readonly string[] },
  seen: Seen,
  blame: (what: string) => void,
): void {
  const before = readFileSync(join(pristine, "production", path), "utf8")
    .split("\n")
    .slice(1, -1);
  const after = readFileSync(join(root, path), "utf8").split("\n").slice(1, -1);
  if (!isChanged.includes(path) && !isAsBefore(root, path)) blame(`${path} was sound and was changed`);
  const contents = new Set(before.map(contentOf));
  const kept = new Set(after.map(contentOf));
  for (const line of after) {
    const isNote = line.includes('"metadata":{"salvage":{');
    if (!isNote && !contents.has(contentOf(line))) blame(`${path}: invented ${line.slice(0, 100)}`);
  }
  let isAnyLost = false;
  for (const line of before) {
    const isKept = kept.has(contentOf(line));
    isAnyLost ||= !isKept;
    if (!damaged.includes(line)) continue;
    seen.undamaged += 1;
    if (isKept) seen.recovered += 1;
  }
  if (isAnyLost && !report.lost.some((range) => range.path === path))
    blame(`${path} lost records without a word`);
}

/** A record without what sealing and numbering add to it. */
function contentOf(line: string): string {
  return line.replace(/^\{"seq":\d+/, "").replace(/,"prev":"[0-9a-f]*","hash":"[0-9a-f]{64}"\}$/, "");
}

async function run(count: number, repair: Repair, from = seed * 1000): Promise<Seen> {
  const seen: Seen = { damages: 0, undamaged: 0, recovered: 0, violations: [] };
  for (let number = 0; number < count && seen.violations.length < 5; number += 1) {
    const before = seen.violations.length;
    try {
      await round(createRandom(from + number), seen, repair);
    } catch (error) {
      seen.violations.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    for (let at = before; at < seen.violations.length; at += 1) {
      seen.violations[at] = `round ${from + number}: ${seen.violations[at] ?? ""}`;
    }
  }
  return seen;
}

describe("damaged vaults", () => {
  test("are repaired whole: nothing readable is lost, nothing is invented, every loss is told", async (t) => {
    const began = performance.now();
    const seen = await run(rounds, (vault) => vault.repair());
    t.diagnostic(
      `seed ${seed}: ${rounds} vaults, ${seen.damages} damages, ${seen.recovered} of ${seen.undamaged} undamaged records ` +
        `recovered, ${seen.violations.length} violations, ${((performance.now() - began) / 1000).toFixed(1)} s`,
    );
    assert.deepEqual(seen.violations, []);
    assert.ok(seen.recovered / seen.undamaged >= 0.999, `${seen.recovered} of ${seen.undamaged}`);
  });

  test("that are not repaired at all are found by the harness", async () => {
    const nothing = { recovered: 0, lost: [], quarantined: [], remaining: [] };
    const seen = await run(6, () => Promise.resolve(nothing), 77_000);
    assert.ok(seen.violations.some((what) => what.includes("after the repair")));
  });

  test("whose losses are not told are found by the harness", async () => {
    const seen = await run(10, async (vault) => ({ ...(await vault.repair()), lost: [] }), 77_000);
    assert.ok(seen.violations.some((what) => what.includes("without a word")));
  });
});
