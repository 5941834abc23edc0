import { isChattyError } from "@chatty/model";
import { AppendFiles } from "../files/append-files.ts";
import { nodeFiles } from "../files/node-files.ts";
import { watchFiles } from "./watched-files.ts";
import type { FileCall, FileWatch } from "./watched-files.ts";
import type { ConfigurationChange } from "../workspace/changes.ts";
import { CommitLog } from "../log/commit-log.ts";
import type { DurableGroup, LogTarget } from "../log/batch.ts";
import { createSegment, listSegments, readSegment } from "../log/segment.ts";

/** Vault id of every log that tests make. */
export const testVaultId = "019a7e6f-0000-7000-8000-000000000001";

/** A commit log over the real file system, and what can be seen of it from outside. */
export interface LogUnderTest {
  log: CommitLog;
  directory: string;
  /** Everything that was done to files since it was opened. */
  calls: FileCall[];
  applied: DurableGroup[];
  /** Numbers of the groups that stand whole in the log files, in order. */
  logged: () => number[];
  /** How many syncs there were. */
  syncs: () => number;
}

export interface LogUnderTestOptions extends FileWatch {
  check?: (changes: readonly ConfigurationChange[]) => void;
}

/** Opens a new log in a directory that is there and empty. The caller closes it. For tests. */
export function openLogUnderTest(directory: string, options: LogUnderTestOptions = {}): LogUnderTest {
  const calls: FileCall[] = [];
  let isReady = false;
  const files = watchFiles(nodeFiles(), {
    ...options,
    before: (call) => {
      if (!isReady) return;
      calls.push(call);
      options.before?.(call);
    },
  });
  const applied: DurableGroup[] = [];
  // Kept in memory and never flushed: these tests are about the log.
  const appended = new AppendFiles(quickFiles, directory, () => undefined);
  const target = targetOver(appended);
  const log = logOver(files, directory, {
    head: (path) => target.head(path),
    check: (changes) => options.check?.(changes),
    apply: (group) => {
      applied.push(group);
      target.apply(group);
      appended.close();
    },
  });
  isReady = true;
  return {
    log,
    directory,
    calls,
    applied,
    logged: () =>
      listSegments(nodeFiles(), directory).flatMap((number) =>
        readSegment(nodeFiles(), directory, number).groups.map((group) => group.seq),
      ),
    syncs: () => calls.filter((call) => call.kind === "sync").length,
  };
}

/** Journals that {@link writeLog} feeds. */
export const journalOne = "vvault/one/messages.jsonl";
export const journalTwo = "vvault/two/messages.jsonl";

/** Three batches; the last has three groups, which one sync makes durable together. */
const batches = [
  [{ path: journalOne, text: "one" }],
  [
    { path: journalOne, text: "two, ä 😀" },
    { path: journalTwo, text: "\ud800" },
  ],
  [
    { path: journalOne, text: "three" },
    { path: journalTwo, text: "four" },
    { path: journalOne, text: "five" },
  ],
];

/** Leaves syncs out: where content is looked at thousands of times. For tests. */
export const quickFiles = watchFiles(nodeFiles(), { skipSyncs: true });

export interface WrittenLogOptions {
  /** Also writes the journals. */
  applied?: boolean;
  /** Numbers of the batches, from 0, behind which a new log file is begun. */
  rotateAfter?: readonly number[];
}

/**
 * Writes the log of a vault with six groups in three batches, as a process leaves it that dies at the end. For tests.
 * @returns bytes of the first log file up to the end of each batch; the first is the header alone.
 */
export async function writeLog(root: string, options: WrittenLogOptions = {}): Promise<number[]> {
  const directory = `${root}/log`;
  quickFiles.makeDirectory(directory);
  const appended = new AppendFiles(quickFiles, root, () => undefined);
  const log = logOver(quickFiles, directory, targetOver(appended));
  const ends = [log.segmentLength];
  for (const [index, batch] of batches.entries()) {
    await Promise.all(batch.map(({ path, text }) => log.commit((group) => group.append(path, { text }))));
    ends.push(log.segmentLength);
    if (options.rotateAfter?.includes(index) === true) await log.rotate();
  }
  if (options.applied === true) appended.flush();
  appended.close();
  await log.close();
  return ends;
}

/** True for a ChattyError with this code; for `assert.rejects`. */
export function refusal(code: string): (error: unknown) => boolean {
  return (error) => isChattyError(error, code);
}

/** Lets every sync wait until it is told to go on. */
export function createGate(): { hold: () => Promise<void>; open: () => void; waiting: () => number } {
  const held: (() => void)[] = [];
  let isOpen = false;
  return {
    hold: () => (isOpen ? Promise.resolve() : new Promise((resolve) => held.push(resolve))),
    open: () => {
      isOpen = true;
      for (const release of held.splice(0)) release();
    },
    waiting: () => held.length,
  };
}

/** Lets everything else that is ready have its turn. */
export async function turns(count = 5): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

function logOver(files: typeof quickFiles, directory: string, target: LogTarget): CommitLog {
  const first = createSegment(files, directory, { log: 1, vaultId: testVaultId, first: 1, at: 1 }, "");
  return new CommitLog({
    files,
    directory,
    vaultId: testVaultId,
    segment: first.segment,
    lastSeq: 0,
    lastHash: first.hash,
    now: () => 1000,
    target,
  });
}

function targetOver(appended: AppendFiles): LogTarget {
  return {
    head: (path) => appended.head(path),
    check: () => undefined,
    apply: (group) => {
      for (const { path, line, head } of group.appends) appended.append(path, line, head);
    },
  };
}
