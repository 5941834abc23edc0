import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { isChattyError } from "@chatty/model";
import { nodeFiles } from "../files/node-files.ts";
import { systemError, watchFiles } from "../testing/watched-files.ts";
import type { FileCall } from "../testing/watched-files.ts";
import { VaultStorage } from "../vault/vault-storage.ts";
import { openConfiguration } from "../workspace/database.ts";
import { openLine } from "./chained-line.ts";
import { testVaultId } from "../testing/log-under-test.ts";
import { linesOf } from "./segment.ts";

const journals = ["vvault/one/messages.jsonl", "vvault/two/messages.jsonl", "events/messages.jsonl"] as const;

interface Fault {
  /** The how many-th call fails, counted from 1. */
  at: number;
  code: "EIO" | "ENOSPC" | "EMFILE";
  /** From there on every call of a kind that changes something fails, as on a disk that is gone. */
  isLasting: boolean;
  /** A write takes half of what it is given first, as a disk that fills up. */
  isShort: boolean;
}

const faultable = new Set<FileCall["kind"]>([
  "open",
  "read",
  "write",
  "sync",
  "truncate",
  "make-directory",
  "rename",
  "remove",
  "list",
  "status",
  "sync-directory",
]);

/** What a person saw: texts that were acknowledged, and texts that were refused or left without an answer. */
interface Seen {
  acknowledged: string[];
  refused: string[];
  /** Calls that were made. */
  calls: number;
  /** Kinds of calls whose failure came back in the system's words instead of Chatty's. */
  untold: Set<string>;
}

/** Commits, checkpoints and a closing, with one fault among them. Whatever happens, it ends. */
async function work(root: string, fault: Fault): Promise<Seen> {
  const seen: Seen = { acknowledged: [], refused: [], calls: 0, untold: new Set() };
  let failed = "";
  const tell = (error: unknown): void => {
    if (!isChattyError(error)) seen.untold.add(`${failed}: ${String(error)}`);
  };
  const isDue = (): boolean => (fault.isLasting ? seen.calls >= fault.at : seen.calls === fault.at);
  let isHalfTaken = false;
  const files = watchFiles(nodeFiles(), {
    skipSyncs: true,
    before: ({ kind }) => {
      if (!faultable.has(kind)) return;
      seen.calls += 1;
      if (!isDue()) return;
      if (kind === "write" && fault.isShort && !isHalfTaken) {
        isHalfTaken = true;
        return;
      }
      failed = kind;
      throw systemError(fault.code);
    },
    take: ({ length = 0 }) => (isHalfTaken && isDue() ? Math.floor(length / 2) : undefined),
  });
  const configuration = openConfiguration(join(root, "chatty.db"), { nowMs: 1 });
  let storage: VaultStorage | undefined;
  try {
    storage = VaultStorage.begin({ files, root, vaultId: testVaultId, configuration, now: () => 1000 });
    const opened = storage;
    const append = async (text: string): Promise<void> => {
      try {
        await opened.log.commit((group) => {
          for (const path of journals.slice(0, 1 + (Number(text) % 3))) group.append(path, { text });
        });
        seen.acknowledged.push(text);
      } catch (error) {
        tell(error);
        seen.refused.push(text);
      }
    };
    for (let round = 0; round < 3; round += 1) {
      await Promise.all([1, 2].map((n) => append(`${round}${n}`)));
      await append(`${round}3`);
      await Promise.all([opened.checkpoint().catch(tell), append(`${round}4`)]);
    }
  } catch (error) {
    tell(error);
  } finally {
    await storage?.close().catch(() => undefined);
    configuration.close();
  }
  return seen;
}

/** Opens again on a sound disk. @returns texts of the first journal, in which everything stands */
function reopen(root: string): string[] {
  const configuration = openConfiguration(join(root, "chatty.db"), { nowMs: 1 });
  const files = watchFiles(nodeFiles(), { skipSyncs: true });
  try {
    const storage = VaultStorage.recover({
      files,
      root,
      vaultId: testVaultId,
      configuration,
      now: () => 2000,
    });
    storage.appended.close();
    return journals.map((path) => readTexts(root, path)).flat();
  } finally {
    configuration.close();
  }
}

function readTexts(root: string, path: string): string[] {
  let prev = "";
  let bytes: Buffer;
  try {
    bytes = readFileSync(join(root, path));
  } catch {
    return [];
  }
  return [...linesOf(bytes, 0)].map((line) => {
    const opened = openLine<{ text: string }>(line.bytes);
    assert.ok(opened.kind === "sealed" && opened.body.prev === prev, `${path} is broken at ${line.start}`);
    prev = opened.body.hash;
    return opened.body.text;
  });
}

function compare(texts: readonly string[], seen: Seen, what: string): void {
  for (const text of seen.acknowledged) {
    const times = texts.filter((found) => found === text).length;
    assert.equal(times, 1 + (Number(text) % 3), `${what}: ${text} was acknowledged`);
  }
  for (const text of seen.refused) {
    const times = texts.filter((found) => found === text).length;
    assert.ok(times === 0 || times === 1 + (Number(text) % 3), `${what}: ${text} is half there`);
  }
}

describe("a vault's storage with one fault in it", () => {
  for (const code of ["EIO", "ENOSPC", "EMFILE"] as const) {
    for (const isLasting of [false, true]) {
      for (const isShort of code === "ENOSPC" ? [false, true] : [false]) {
        const how = `${code}${isShort ? " after half a write" : ""}, ${isLasting ? "lasting" : "once"}`;
        test(`keeps what it acknowledged and opens again, whichever call fails: ${how}`, async (t) => {
          const base = mkdtempSync(join(tmpdir(), "chatty-faults-"));
          t.after(() => rmSync(base, { recursive: true, force: true }));
          let runs = 0;
          const untold = new Set<string>();
          for (let at = 1, wasReached = true; wasReached; at += 1) {
            const root = mkdtempSync(join(base, "vault-"));
            const seen = await work(root, { at, code, isLasting, isShort });
            wasReached = seen.calls >= at;
            // Before the first log file stands there is no vault; `openVault` begins it again.
            const hasBegun = seen.acknowledged.length + seen.refused.length > 0;
            if (hasBegun) compare(reopen(root), seen, `call ${at}`);
            rmSync(root, { recursive: true, force: true });
            runs += 1;
            for (const one of seen.untold) untold.add(one);
          }
          t.diagnostic(`${runs} runs; told in the system's words: ${[...untold].join(", ") || "nothing"}`);
          assert.ok(runs > 30);
        });
      }
    }
  }
});
