import { isChattyError } from "@chatty/model";
import { layout } from "../../files/layout.ts";
import type { VaultStorage } from "../../vault/vault-storage.ts";
import type { SimulatedDirectory } from "../simulated-disk.ts";
import { brokenBackups } from "./backup-oracle.ts";
import type { CrashState } from "./crash-states.ts";
import { missingImports, simulatedUser } from "./operations.ts";
import { recoverStorage, startMachine } from "./program.ts";
import type { ExploredProgram } from "./program.ts";
import type { ConfigurationState } from "./simulated-configuration.ts";
import type { TraceStep } from "./trace.ts";
import { fedFiles, isTruth, vaultBytes } from "./truth.ts";
import type { Truth } from "./truth.ts";

/** What is wrong with what a recovery made of a crash state. */
export interface StateFault {
  kind: "refused" | "lost" | "changed" | "import-broken" | "backup-broken" | "unreadable" | "not-idempotent";
  detail: string;
}

const recoveredAtMs = Date.UTC(2026, 1, 1);

/** Event files that a start makes again when a crash fell between putting another in their place and saying so. */
const derivedPaths = new Set([
  layout.events(simulatedUser, "conversations"),
  layout.events(simulatedUser, "messages"),
]);

/**
 * Recovers a crash state with the explored program and compares what comes out with what was promised: everything acknowledged is
 * there, in order and once, what was not is absent or whole, and a second recovery finds nothing to do. The state is used up.
 * @param record told of every step of the first recovery.
 */
export function examineState(
  program: ExploredProgram,
  state: CrashState,
  truths: readonly Truth[],
  record?: (step: TraceStep) => void,
): StateFault | undefined {
  const { root } = state;
  const first = recovered(program, state, record);
  if ("kind" in first) return first;
  const fault = compare(first, root, state.acknowledged, truths);
  if (fault !== undefined) return fault;
  const before = first.storage.log.seq;
  const second = recovered(program, { root, configuration: first.configuration }, undefined);
  if ("kind" in second) return { kind: "not-idempotent", detail: `the second time: ${second.detail}` };
  const { notes, replayed, log } = second.storage;
  if (notes.length > 0 || replayed.length > 0 || log.seq !== before) {
    const detail = `${notes.map(({ code }) => code).join(", ")}; ${replayed.length} replayed; ${before} became ${log.seq}`;
    return { kind: "not-idempotent", detail };
  }
  const again = compare(second, root, state.acknowledged, truths);
  return again === undefined ? undefined : { kind: "not-idempotent", detail: again.detail };
}

interface Recovered {
  storage: VaultStorage;
  configuration: ConfigurationState;
}

function recovered(
  program: ExploredProgram,
  left: { root: SimulatedDirectory; configuration: ConfigurationState },
  record: ((step: TraceStep) => void) | undefined,
): Recovered | StateFault {
  const machine = startMachine(program, left, record, () => recoveredAtMs);
  try {
    const storage = recoverStorage(program, machine.options);
    return { storage, configuration: machine.configuration.state };
  } catch (error) {
    const code = isChattyError(error) ? error.code : "not a ChattyError";
    return { kind: "refused", detail: `${code}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function compare(
  { storage, configuration }: Recovered,
  root: SimulatedDirectory,
  acknowledged: number,
  truths: readonly Truth[],
): StateFault | undefined {
  const { seq } = storage.log;
  const promised = truths[acknowledged];
  if (promised === undefined) throw new TypeError("An acknowledgement names no truth.");
  if (seq < promised.seq)
    return { kind: "lost", detail: `${promised.seq} groups were promised, ${seq} are there` };
  const files = fedFiles(root);
  const found = truths.find(
    (truth, index) => index >= acknowledged && truth.seq === seq && isTruth(truth, files, configuration.rows),
  );
  if (found === undefined) return { kind: "changed", detail: differences(seq, files, configuration, truths) };
  const missing = missingImports(configuration.rows, (path) => vaultBytes(root, path));
  if (missing.length > 0) return { kind: "import-broken", detail: missing.join(", ") };
  const broken = brokenBackups(root, promised, truths);
  if (broken.length > 0) return { kind: "backup-broken", detail: broken.join(", ") };
  for (const path of found.files.keys()) {
    if (derivedPaths.has(path)) continue;
    try {
      storage.head(path);
    } catch (error) {
      return { kind: "unreadable", detail: `${path}: ${String(error)}` };
    }
  }
  storage.appended.close();
  return undefined;
}

function differences(
  seq: number,
  files: ReadonlyMap<string, Buffer>,
  { rows }: ConfigurationState,
  truths: readonly Truth[],
): string {
  const wanted = truths.findLast((truth) => truth.seq === seq);
  if (wanted === undefined) return `group ${seq} was never asked for`;
  const wrong: string[] = [];
  for (const path of new Set([...wanted.files.keys(), ...files.keys()])) {
    const [there, expected] = [files.get(path), wanted.files.get(path)];
    if (there === undefined || expected === undefined || !there.equals(expected)) {
      wrong.push(`${path} has ${there?.length ?? "no"} bytes, not ${expected?.length ?? "none"}`);
    }
  }
  for (const place of new Set([...wanted.rows.keys(), ...rows.keys()])) {
    if (rows.get(place) !== wanted.rows.get(place)) wrong.push(`the row ${place}`);
  }
  return `at group ${seq}: ${wrong.join("; ")}`;
}
