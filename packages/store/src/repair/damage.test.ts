import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JournalHeader } from "../journal/record.ts";
import { sealLine } from "../log/chained-line.ts";
import type { LineOwner } from "./assemble-journals.ts";
import { salvageSet } from "./salvage-set.ts";
import { examineChain } from "../vault/examine-journal.ts";
import { createRandom } from "../testing/damage/damage-random.ts";
import { makeJournals } from "../testing/damage/damage-journals.ts";
import type { MadeJournal } from "../testing/damage/damage-journals.ts";
import { damage, damageKinds } from "../testing/damage/damage-kinds.ts";
import type { DamageKind } from "../testing/damage/damage-kinds.ts";
import { judge } from "../testing/damage/damage-oracle.ts";
import type { JournalDoctor, JournalOnDisk } from "../testing/damage/damage-oracle.ts";
import { PiecedFile } from "../testing/damage/damage-pieces.ts";

const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);
const damages = isFull ? 100_000 : 3_000;

/** What the vault does with its files, on bytes alone. */
const chatty: JournalDoctor = {
  verify: (journals) =>
    journals.flatMap((journal) => faultsOf(journal).map(({ code }) => ({ path: journal.path, code }))),
  repair(journals) {
    const damaged = journals.filter((journal) => faultsOf(journal).length > 0);
    const files = new Map(journals.map(({ path, bytes }) => [path, bytes]));
    const outcomes = salvageSet(damaged, {
      ownerOf: ownerIn(
        journals.filter((journal) => !damaged.includes(journal)),
        journals[0]?.index,
      ),
      headerOf: ({ journal }) => standInHeader(journal.sessionId),
      quarantinedAs: ({ path }) => `quarantine/${path}`,
      at: 1_700_000_000_000,
      commit: 9_999,
    });
    for (const { journal, salvaged } of outcomes) files.set(journal.path, salvaged.bytes);
    const lost = outcomes.flatMap((outcome) =>
      outcome.lost.map((range) => ({ path: outcome.journal.path, ...range })),
    );
    return { files, lost };
  },
};

function faultsOf({ path, bytes, sessionId, expected }: JournalOnDisk): { code: string }[] {
  if (bytes.length === 0) return [{ code: "FILE_MISSING" }];
  const read = (at: number, length: number): Buffer => bytes.subarray(at, at + length);
  return examineChain({ path, length: bytes.length, read }, { header: true, sessionId, expected }).faults;
}

/** Lines that sound journals have belong there. */
function ownerIn(sound: readonly JournalOnDisk[], index: JournalOnDisk["index"]): LineOwner {
  return ({ body }) =>
    sound.find(({ bytes }) => bytes.includes(body.hash))?.sessionId ?? index?.get(String(body["id"]));
}

function standInHeader(sessionId: string): JournalHeader {
  const metadata = {
    userId: "u",
    runtimeId: "synth",
    constructId: "synth-001",
    title: "",
    source: "restored",
    commit: 0,
  } as const;
  return { version: "1.0", chat_id: sessionId, timestamp: 0, metadata };
}

interface Totals {
  damages: number;
  undamaged: number;
  recovered: number;
  violations: string[];
}

function run(
  doctor: JournalDoctor,
  from: number,
  count: number,
  kinds: readonly DamageKind[] = damageKinds,
  stopAt = 12,
): Totals {
  const totals: Totals = { damages: 0, undamaged: 0, recovered: 0, violations: [] };
  for (let round = 0; totals.damages < count && totals.violations.length < stopAt; round += 1) {
    const random = createRandom(from + round);
    const journals = makeJournals(random, 2 + random.below(3), 12 + random.below(60));
    const files = journals.map(({ path, bytes }) => new PiecedFile(path, bytes));
    const done: string[] = [];
    for (let left = 1 + random.below(random.below(3) === 0 ? 4 : 1); left > 0; left -= 1) {
      const kind = random.pick(kinds);
      if (damage(kind, random, files, journals)) done.push(kind);
    }
    totals.damages += done.length;
    const isMarked = random.below(5) > 0;
    // Catalog and event files are seldom gone together.
    const index = random.below(6) > 0 ? indexOf(journals) : undefined;
    const onDisk = journals.map(({ sessionId, path, end }, place) => ({
      sessionId,
      path,
      bytes: files[place]?.bytes ?? Buffer.alloc(0),
      ...(isMarked ? { expected: end } : {}),
      ...(index === undefined ? {} : { index }),
    }));
    const judged = judge(journals, files, onDisk, doctor);
    totals.undamaged += judged.undamaged;
    totals.recovered += judged.recovered;
    totals.violations.push(
      ...judged.violations.map((what) => `seed ${from + round} (${done.join(", ")}): ${what}`),
    );
  }
  return totals;
}

/** What catalog and event files know: whose message an id is. */
function indexOf(journals: readonly MadeJournal[]): Map<string, string> {
  const index = new Map<string, string>();
  for (const { sessionId, lines } of journals) {
    for (const { body } of lines) if (body["kind"] === "message") index.set(String(body["id"]), sessionId);
  }
  return index;
}

describe("damaged journals", () => {
  test("are told of, saved record by record, and nothing is invented", (t) => {
    const began = performance.now();
    const totals = run(chatty, seed * 1_000_000, damages);
    const seconds = (performance.now() - began) / 1000;
    t.diagnostic(
      `seed ${seed}: ${totals.damages} damages, ${totals.recovered} of ${totals.undamaged} undamaged records recovered, ` +
        `${totals.violations.length} violations, ${seconds.toFixed(1)} s`,
    );
    assert.deepEqual(totals.violations, []);
    assert.ok(totals.recovered / totals.undamaged >= 0.999, `${totals.recovered} of ${totals.undamaged}`);
  });
});

/** Gives what Chatty gives, but for one thing. */
function spoiled(change: Partial<JournalDoctor>): JournalDoctor {
  return { ...chatty, ...change };
}

const planted: Record<string, { doctor: JournalDoctor; finds: RegExp }> = {
  "a repair that cuts at the first bad record": {
    doctor: spoiled({
      repair(journals) {
        const files = new Map(
          journals.map((journal) => [journal.path, journal.bytes.subarray(0, goodLengthOf(journal))]),
        );
        return { files, lost: [...chatty.repair(journals).lost] };
      },
    }),
    finds: /is lost and in no range|after the repair/,
  },
  "a repair that reports no range": {
    doctor: spoiled({ repair: (journals) => ({ ...chatty.repair(journals), lost: [] }) }),
    finds: /is lost and in no range/,
  },
  "a repair that hangs children of a lost message on another one": {
    doctor: spoiled({
      repair(journals) {
        const { files, lost } = chatty.repair(journals);
        return { files: mapFiles(files, (bytes) => reparent(bytes)), lost };
      },
    }),
    finds: /invented/,
  },
  "a repair that does not say which parents are missing": {
    doctor: spoiled({
      repair(journals) {
        const { files, lost } = chatty.repair(journals);
        return { files: mapFiles(files, (bytes) => forgetMissing(bytes)), lost };
      },
    }),
    finds: /nothing says that .* is missing/,
  },
  "a verification that does not look at hashes": {
    doctor: spoiled({
      verify: (journals) => journals.filter(({ bytes }) => !isPlainJson(bytes)).map(blamed),
    }),
    finds: /verify is silent about a damage/,
  },
  "a repair that writes sound journals anew": {
    doctor: spoiled({
      repair(journals) {
        const { files, lost } = chatty.repair(journals);
        return { files: mapFiles(files, (bytes) => Buffer.concat([bytes, Buffer.from("\n")])), lost };
      },
    }),
    finds: /repair changed a sound journal/,
  },
  "a repair that takes every line where it stands": {
    doctor: spoiled({
      repair(journals) {
        const files = new Map<string, Buffer>();
        for (const journal of journals) {
          const alone = [{ ...journal, bytes: renamed(journal) }];
          files.set(journal.path, chatty.repair(alone).files.get(journal.path) ?? journal.bytes);
        }
        return { files, lost: [...chatty.repair(journals).lost] };
      },
    }),
    finds: /invented|of another session/,
  },
  "a repair that does something again the second time": {
    doctor: spoiled({
      repair(journals) {
        const { files, lost } = chatty.repair(journals);
        const isSecond = journals.every(({ expected }) => expected === undefined);
        return { files, lost: isSecond ? [{ path: "somewhere", from: 0, to: 1 }] : lost };
      },
    }),
    finds: /a second repair/,
  },
};

function blamed({ path }: JournalOnDisk): { path: string; code: string } {
  return { path, code: "LINE_DAMAGED" };
}

function mapFiles(
  files: ReadonlyMap<string, Buffer>,
  change: (bytes: Buffer) => Buffer,
): Map<string, Buffer> {
  return new Map([...files].map(([path, bytes]) => [path, change(bytes)]));
}

function goodLengthOf({ path, bytes }: JournalOnDisk): number {
  const read = (at: number, length: number): Buffer => bytes.subarray(at, at + length);
  const { faults } = examineChain({ path, length: bytes.length, read }, { header: true });
  return faults[0]?.from ?? bytes.length;
}

function isPlainJson(bytes: Buffer): boolean {
  try {
    for (const line of bytes.toString("utf8").split("\n")) if (line !== "") JSON.parse(line);
    return bytes.length > 0;
  } catch {
    return false;
  }
}

/** Puts the header of a folder's own session in front of whatever stands in the file. */
function renamed({ sessionId, bytes }: JournalOnDisk): Buffer {
  const text = bytes.toString("latin1").replace(/"chat_id":"[^"]*"/, `"chat_id":"${sessionId}"`);
  return resealed(Buffer.from(text, "latin1"), (body) => body);
}

function reparent(bytes: Buffer): Buffer {
  const missing = new Set<string>();
  let before = "";
  return resealed(bytes, (body) => {
    const { salvage } = (body["metadata"] ?? {}) as { salvage?: { missingIds?: string[] } };
    for (const id of salvage?.missingIds ?? []) missing.add(id);
    const parentId = missing.has(String(body["parentId"])) ? { parentId: before } : {};
    if (body["kind"] === "message") before = String(body["id"]);
    return { ...body, ...parentId };
  });
}

function forgetMissing(bytes: Buffer): Buffer {
  return resealed(bytes, (body) => {
    const { salvage } = (body["metadata"] ?? {}) as { salvage?: { missingIds?: string[] } };
    if (salvage === undefined) return body;
    const { missingIds: _, ...rest } = salvage;
    return { ...body, metadata: { salvage: rest } };
  });
}

/** Every line that is JSON, changed and sealed as if it had always been so. */
function resealed(bytes: Buffer, change: (body: Record<string, unknown>) => Record<string, unknown>): Buffer {
  const lines: Buffer[] = [];
  let before = "";
  for (const text of bytes.toString("utf8").split("\n")) {
    if (text === "" || !isPlainJson(Buffer.from(text))) continue;
    const { prev: _, hash: __, ...body } = change(JSON.parse(text) as Record<string, unknown>);
    const sealed = sealLine(body, before);
    lines.push(sealed.bytes);
    before = sealed.hash;
  }
  return Buffer.concat(lines);
}

describe("the harness finds", () => {
  for (const [what, { doctor, finds }] of Object.entries(planted)) {
    test(what, () => {
      const { violations } = run(doctor, seed * 1_000_000, 150, damageKinds, Infinity);
      assert.ok(
        violations.some((violation) => finds.test(violation)),
        "the planted fault was not found",
      );
    });
  }
});
