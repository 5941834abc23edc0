import { dirname } from "node:path";
import { nodeFiles } from "../../files/node-files.ts";
import type { FilePort } from "../../files/port.ts";
import { writeAll } from "../../files/write-all.ts";
import type { Vault } from "../../user-vault.ts";
import { databaseParts, recordingFiles } from "../recording-files.ts";
import type { SimulatedDirectory } from "../simulated-disk.ts";
import { walkDisk } from "../simulated-disk.ts";
import { watchFiles } from "../watched-files.ts";
import { crashStates } from "./crash-states.ts";
import { describeStep } from "./explore.ts";
import { Persistence } from "./persistence.ts";
import type { SeededRandom } from "./seeded-random.ts";
import { emptyConfiguration } from "./simulated-configuration.ts";
import { startingPoint } from "./trace.ts";
import type { PersistenceModel, StartingPoint, TraceStep } from "./trace.ts";
import { nodeAt } from "./truth.ts";

/** A run of the whole program on real files, with every step that was done to them. */
export interface RecordedVault {
  /** Absolute path of the folder that it ran in. */
  base: string;
  start: StartingPoint;
  steps: TraceStep[];
  /** What was there, in order, as somebody outside has seen it; acknowledgements are places in it. */
  facts: string[];
  disk: SimulatedDirectory;
}

/** The file port that leaves syncs out: states are judged by what is in the files. */
export function quickNodeFiles(): FilePort {
  return watchFiles(nodeFiles(), { skipSyncs: true });
}

/**
 * Runs `work` on files under `base` and records it.
 * @param work gets the files to work with, and a function to tell what is there once something was acknowledged.
 */
export async function recordVault(
  base: string,
  facts: string,
  work: (files: FilePort, acknowledged: (facts: string) => void) => Promise<void>,
): Promise<RecordedVault> {
  const steps: TraceStep[] = [];
  const files = recordingFiles(quickNodeFiles(), base, (step) => steps.push(step));
  const start = startingPoint(files.disk, emptyConfiguration, 0);
  const recorded: RecordedVault = { base, start, steps, facts: [facts], disk: files.disk };
  await work(files, (seen) => {
    files.settle();
    recorded.facts.push(seen);
    steps.push({ kind: "acknowledge", truth: recorded.facts.length - 1 });
  });
  files.settle();
  return recorded;
}

export interface VaultStateOptions {
  model: PersistenceModel;
  random: SeededRandom;
  /** States to give, spread over all steps. */
  wanted: number;
}

export interface VaultState {
  root: SimulatedDirectory;
  acknowledged: number;
  key: string;
  /** The last steps before the crash. */
  trace: () => string[];
}

/** Behind one step, of which those that are wanted are drawn: making a state is cheap, opening it is not. */
const statesToDrawFrom = 24;

/** Crash states of a recorded run, drawn evenly over its steps. */
export function* vaultStates(recorded: RecordedVault, options: VaultStateOptions): Generator<VaultState> {
  const { model, random, wanted } = options;
  const counting = new Persistence(model, recorded.start);
  const steps = recorded.steps.filter((step) => counting.take(step) !== undefined).length;
  const perStep = wanted / Math.max(1, steps);
  const persistence = new Persistence(model, recorded.start);
  let owed = random.below(1000) / 1000;
  for (const [index, step] of recorded.steps.entries()) {
    const questions = persistence.take(step);
    if (questions === undefined) continue;
    owed += perStep;
    if (owed < 1) continue;
    const states = [...crashStates(persistence, questions, { model, limit: statesToDrawFrom, random })];
    for (; owed >= 1; owed -= 1) {
      const [state] = states.splice(random.below(states.length), 1);
      if (state === undefined) continue;
      const { root, acknowledged, key } = state;
      const trace = (): string[] =>
        recorded.steps.slice(Math.max(0, index - 30), index + 1).map(describeStep);
      yield { root, acknowledged, key, trace };
    }
  }
}

/** Writes what a crash has left of `base` into an empty folder. */
export function materialise(state: Pick<VaultState, "root">, base: string, folder: string): void {
  const files = nodeFiles();
  const left = nodeAt(state.root, base);
  if (left?.kind !== "directory") return;
  for (const { path, node } of walkDisk(left)) {
    const target = `${folder}${path}`;
    if (node.kind === "directory") {
      files.makeDirectory(target);
      continue;
    }
    files.makeDirectory(dirname(target));
    const parts = databaseParts(node.bytes);
    write(files, target, parts?.database ?? node.bytes, node.mode);
    if (parts !== undefined && parts.wal.length > 0) write(files, `${target}-wal`, parts.wal, node.mode);
  }
}

function write(files: FilePort, path: string, bytes: Buffer, mode: number): void {
  const file = files.open(path, "create");
  try {
    writeAll(file, bytes, 0);
  } finally {
    file.close();
  }
  if (mode !== 0o600) files.setMode(path, mode);
}

/** Everything that a person sees in a vault, as text: every session with its messages, deleted ones included. */
export async function factsOf(vault: Vault): Promise<string> {
  const lines: string[] = [];
  for (const { userId } of vault.users()) {
    const user = vault.user(userId);
    for (const query of [{}, { archived: true }, { deleted: true }]) {
      for (const session of user.sessions({ ...query, limit: 1000 }).sessions) {
        const { messages } = await user.show(session.sessionId);
        const said = messages.map(({ role, content }) => [role, content]);
        const { sessionId, title, starred } = session;
        lines.push(JSON.stringify([userId, Object.keys(query), sessionId, title, starred, said]));
      }
    }
  }
  return lines.sort().join("\n");
}
