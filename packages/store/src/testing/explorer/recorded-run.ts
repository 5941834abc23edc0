import type { SessionId } from "@chatty/model";
import { openCatalog } from "../../catalog/open-catalog.ts";
import type { Catalog } from "../../catalog/catalog.ts";
import { absolutePath, layout } from "../../files/layout.ts";
import { nodeFiles } from "../../files/node-files.ts";
import { listSegments, readSegment } from "../../log/segment.ts";
import { flatFileSessions } from "../../sessions/flatfile/flat-file-sessions.ts";
import type { FlatFileSessions } from "../../sessions/flatfile/flat-file-sessions.ts";
import { VaultStorage } from "../../vault/vault-storage.ts";
import { settingChange } from "../../workspace/settings.ts";
import { copyDisk, createDirectory } from "../simulated-disk.ts";
import type { SimulatedDirectory } from "../simulated-disk.ts";
import { makeBackupPlace } from "./backup-operations.ts";
import { runOperation, simulatedConstruct, simulatedUser } from "./operations.ts";
import type { Operation, OperationContext } from "./operations.ts";
import { realProgram, recoverStorage, simulatedRoot, startMachine } from "./program.ts";
import type { ExploredProgram, Machine } from "./program.ts";
import { emptyConfiguration } from "./simulated-configuration.ts";
import type { ConfigurationState } from "./simulated-configuration.ts";
import { startingPoint } from "./trace.ts";
import type { StartingPoint, TraceStep } from "./trace.ts";
import { fedFiles, truthAfter, truthIf, vaultBytes } from "./truth.ts";
import type { Truth } from "./truth.ts";

/** A vault that was closed, on a disk that lost nothing. */
export interface ClosedVault {
  root: SimulatedDirectory;
  configuration: ConfigurationState;
  sessions: SessionId[];
}

/** Everything that happened while a workload ran, for crashing at any point of it. */
export interface RecordedRun {
  operations: readonly Operation[];
  start: StartingPoint;
  steps: TraceStep[];
  /** What the vault held, in order; {@link StartingPoint.acknowledged} and acknowledgements are places in it. */
  truths: Truth[];
  /** Step with which the last operation began. Crashes before it belong to a shorter workload. */
  lastBegins: number;
  /** What the operations threw, by their place; empty on a sound disk. */
  errors: Map<number, unknown>;
}

export interface RecordOptions {
  program: ExploredProgram;
  /** An empty one, and empty again afterwards; the lists in it are derived and take part in nothing. */
  catalog: Catalog;
  /** Hands what waits in memory to the files behind each operation; otherwise a checkpoint does. */
  flushes: boolean;
}

const startMs = Date.UTC(2026, 0, 1);

/** Opens the lists that runs are recorded with. The caller closes them. @param path where nothing lies yet. */
export function openRunCatalog(path: string): Catalog {
  return openCatalog(nodeFiles(), path);
}

/** Makes a vault with two sessions and closes it. @param catalog see {@link RecordOptions} */
export async function makeClosedVault(catalog: Catalog): Promise<ClosedVault> {
  const root = createDirectory();
  const machine = startMachine(realProgram, { root, configuration: emptyConfiguration }, undefined, clock());
  const storage = VaultStorage.begin(machine.options);
  makeBackupPlace(machine.files);
  machine.configuration.applyAlone([settingChange(simulatedUser.userId, "made", true)]);
  const sessions: SessionId[] = [];
  await withSessions(storage, catalog, async (backend) => {
    const context: OperationContext = {
      storage,
      sessions: backend,
      living: sessions,
      deleted: [],
      nextId: idsFrom(1),
      now: machine.options.now,
      acknowledge: () => undefined,
      replaced: () => undefined,
      kept: () => undefined,
    };
    for (const operation of ["new-session", "new-session", "append"] as const) {
      await runOperation(operation, context);
    }
    await storage.close();
  });
  return { root, configuration: machine.configuration.state, sessions };
}

/** Runs a workload on a vault and records it. The vault is left as it was. */
export async function recordRun(
  vault: ClosedVault,
  operations: readonly Operation[],
  options: RecordOptions,
): Promise<RecordedRun> {
  const steps: TraceStep[] = [];
  const root = copyDisk(vault.root);
  const { configuration } = vault;
  const truths: Truth[] = [
    {
      seq: configuration.appliedSeq,
      files: fedFiles(root),
      rows: configuration.rows,
      backups: 0,
      restored: 0,
    },
  ];
  const start = startingPoint(root, configuration, 0);
  const run: RecordedRun = { operations, start, steps, truths, lastBegins: 0, errors: new Map() };
  const machine = startMachine(options.program, { root, configuration }, (step) => steps.push(step), clock());
  const storage = recoverStorage(options.program, machine.options);
  writeTruths(storage, machine, truths);
  await withSessions(storage, options.catalog, async (backend) => {
    for (const sessionId of vault.sessions) backend.adopt(simulatedConstruct, sessionId);
    const acknowledge = (): void => {
      steps.push({ kind: "acknowledge", truth: truths.length - 1 });
    };
    const context: OperationContext = {
      storage,
      sessions: backend,
      living: [...vault.sessions],
      deleted: [],
      nextId: idsFrom(1000),
      now: machine.options.now,
      acknowledge,
      kept: (what) => {
        const before = truths.at(-1);
        if (before !== undefined) truths.push({ ...before, [what]: before[what] + 1 });
        acknowledge();
      },
      replaced: (paths) => {
        for (const path of paths) {
          const before = truths.at(-1);
          const bytes = vaultBytes(root, path);
          if (before === undefined || bytes === undefined) continue;
          truths.push({ ...before, files: new Map([...before.files, [path, bytes]]) });
        }
        acknowledge();
      },
    };
    for (const [index, operation] of operations.entries()) {
      run.lastBegins = steps.length;
      try {
        await runOperation(operation, context);
        if (options.flushes) storage.appended.flush();
      } catch (error) {
        run.errors.set(index, error);
      }
    }
    addUntold(machine, truths);
    await storage.abandon();
  });
  return run;
}

/** Writes down what the vault holds behind every group, from the group and not from what became of it. */
function writeTruths(storage: VaultStorage, machine: Machine, truths: Truth[]): void {
  const apply = storage.apply.bind(storage);
  storage.apply = (group) => {
    apply(group);
    const before = truths.at(-1);
    if (before !== undefined) truths.push(truthAfter(before, group, machine.configuration.state.rows));
  };
}

/** A group that the log holds although its sync failed: it may be there after a crash, whole. */
function addUntold({ files }: Machine, truths: Truth[]): void {
  const directory = absolutePath(simulatedRoot, layout.log);
  for (const number of listSegments(files, directory)) {
    for (const group of readSegment(files, directory, number).groups) {
      const before = truths.at(-1);
      if (before !== undefined && group.seq === before.seq + 1) truths.push(truthIf(before, group));
    }
  }
}

async function withSessions(
  storage: VaultStorage,
  catalog: Catalog,
  work: (sessions: FlatFileSessions) => Promise<void>,
): Promise<void> {
  const sessions = flatFileSessions({
    user: simulatedUser,
    log: storage.log,
    appended: storage.appended,
    catalog,
    readDamaged: ({ sessionId }) => {
      throw new TypeError(`Nothing damages the journal of ${sessionId} here.`);
    },
    discard: () => Promise.resolve(),
  });
  await work(sessions);
  for (const { sessionId } of [...catalog.natives()]) catalog.removeSession(sessionId);
}

/** Time goes on by one second a question. */
function clock(): () => number {
  let nowMs = startMs;
  return () => (nowMs += 1000);
}

/** Ids that every run gives in the same order, so that the same workload leaves the same states. */
function idsFrom(first: number): () => string {
  let next = first;
  return () => `00000000-0000-7000-8000-${String(next++).padStart(12, "0")}`;
}
