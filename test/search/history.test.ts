import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { exportReader } from "@chatty/importers";
import { openVault } from "@chatty/store";
import type { UserVault } from "@chatty/store";
import { dumpIndex, plantSearchBug, searchBugs } from "@chatty/store/testing/search";
import { createRandom } from "../fidelity/seeded-random.ts";
import { SearchHistory } from "./history-acts.ts";

const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const histories = isFull ? 1_000 : 8;
const plantedHistories = 40;
const steps = 30;
const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);

interface Compared {
  acts: string[];
  lines: number;
  /** What the index that followed says and the one that was made anew does not, and the other way round. */
  differences: string[];
}

/** Makes one history and compares the index that followed it with one that is made anew. */
async function compareAfter(historySeed: number): Promise<Compared> {
  const folder = mkdtempSync(join(tmpdir(), "chatty-search-"));
  const random = createRandom(historySeed);
  const open = () => openVault({ home: join(folder, "home"), environment: "test", exports: exportReader });
  let vault = await open();
  try {
    const { userId } = vault.user();
    const history = new SearchHistory(() => vault.user(), random, folder);
    for (let step = 0; step < steps; step += 1) {
      await history.step();
      if (random.below(10) > 0) continue;
      await vault.close();
      vault = await open();
      history.acts.push("reopen");
    }
    await vault.settle();
    const path = join(vault.root, "catalog", `${userId}.search.db`);
    const followed = dumpIndex(path);
    const wrong = await compareWithShow(vault.user(), followed);
    const report = await vault.rebuild("catalog");
    const anew = dumpIndex(path);
    const differences = [
      ...wrong,
      ...without(followed, anew, "only followed: "),
      ...without(anew, followed, "only anew: "),
    ];
    if (report.differences.length > 0 !== differences.length > wrong.length) {
      const isTold = report.differences.some((difference) => difference.endsWith(".search.db"));
      if (isTold || differences.length > wrong.length)
        differences.push(`the rebuild tells ${report.differences.join(", ")}`);
    }
    return { acts: history.acts, lines: anew.length, differences };
  } finally {
    await vault.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every message that is shown is in the index, and nothing else is. */
async function compareWithShow(user: UserVault, lines: readonly string[]): Promise<string[]> {
  const indexed = new Set<string>();
  let session = "";
  for (const line of lines) {
    if (line.startsWith("session "))
      session = (JSON.parse(line.slice(8, line.lastIndexOf("]") + 1)) as string[])[0] ?? "";
    if (!line.startsWith("[")) continue;
    const [place, messageId, , , , text] = JSON.parse(line) as [
      number,
      string,
      number,
      string,
      number,
      string,
    ];
    if (place > 0) indexed.add(`${session} ${messageId} ${text}`);
  }
  const shown = new Set<string>();
  for (const deleted of [false, true]) {
    for (const archived of [false, true]) {
      for (const { sessionId } of user.sessions({ limit: 1000, deleted, archived }).sessions) {
        const { messages } = await user.show(sessionId);
        for (const { id, parts, flags } of messages) {
          const text = (parts ?? []).flatMap((part) => (part.kind === "text" ? [part.text] : [])).join("\n");
          if (flags?.includes("past") !== true) shown.add(`${sessionId} ${id} ${text}`);
        }
      }
    }
  }
  // Conversations of a deleted runtime are kept and listed nowhere.
  const isHidden = user.runtimes({ deleted: true }).length > 0;
  return [
    ...[...shown].filter((each) => !indexed.has(each)).map((each) => `not indexed: ${each}`),
    ...[...indexed].filter((each) => !isHidden && !shown.has(each)).map((each) => `not shown: ${each}`),
  ];
}

function without(lines: readonly string[], others: readonly string[], label: string): string[] {
  const left = new Map<string, number>();
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1);
  return lines.flatMap((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count > 0 ? [] : [`${label}${line}`];
  });
}

describe("an index that followed a history", () => {
  test("says the same as one that is made anew", async (t) => {
    t.diagnostic(`seed ${seed} (CHATTY_TEST_SEED repeats it)`);
    const began = performance.now();
    let lines = 0;
    let acts = 0;
    for (let count = 0; count < histories; count += 1) {
      const compared = await compareAfter(seed + count);
      assert.deepEqual(compared.differences, [], `history ${seed + count}:\n${compared.acts.join("\n")}`);
      lines += compared.lines;
      acts += compared.acts.length;
    }
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    t.diagnostic(
      `${histories} histories, ${acts} acts, ${lines} lines compared, 0 differences, ${seconds} s`,
    );
  });

  for (const bug of searchBugs) {
    test(`is caught when it ${bug}`, async (t) => {
      const remove = plantSearchBug(bug);
      try {
        for (let count = 1; count <= plantedHistories; count += 1) {
          const { differences } = await compareAfter(seed + 10_000 + count);
          if (differences.length === 0) continue;
          t.diagnostic(`after ${count} histories`);
          return;
        }
      } finally {
        remove();
      }
      assert.fail(`${plantedHistories} histories did not catch it`);
    });
  }
});
