import { copyDisk } from "../simulated-disk.ts";
import { crashStates } from "./crash-states.ts";
import type { CrashState } from "./crash-states.ts";
import { examineDamagedState } from "./damaged-state.ts";
import { examineState } from "./examine-state.ts";
import type { StateFault } from "./examine-state.ts";
import { Persistence } from "./persistence.ts";
import type { ExploredProgram } from "./program.ts";
import type { RecordedRun } from "./recorded-run.ts";
import type { SeededRandom } from "./seeded-random.ts";
import { persistenceModels, startingPoint } from "./trace.ts";
import type { PersistenceModel, TraceStep } from "./trace.ts";

export interface ExplorationOptions {
  program: ExploredProgram;
  random: SeededRandom;
  /** States behind one step of a workload at most; beyond that they are drawn. */
  statesPerStep: number;
  /** One state in so many is crashed again, at every step of its own recovery; 0 for none. */
  nestedEvery: number;
  /** As `statesPerStep`, inside a recovery. */
  nestedPerStep: number;
  /** In one state in so many a synced byte of the log is changed as well; 0 for none. */
  damagedEvery: number;
}

/** A crash state that the program did not come back from as it promised. */
export interface FoundFault extends StateFault {
  model: PersistenceModel;
  operations: readonly string[];
  /** The steps up to the crash, the last ones. */
  trace: string[];
  /** Where a second crash came, inside the recovery of the first. */
  recoveryTrace: string[];
}

/** What was tried under one model. */
export interface ModelCounts {
  /** Distinct states behind a step of a workload. */
  states: number;
  /** Distinct states behind a step of a recovery. */
  nested: number;
  /** Steps behind which there were more states than were tried. */
  sampledSteps: number;
  /** Steps behind which none was tried, because enough came of the others. */
  passedSteps: number;
}

export interface RunLimits {
  /** Asked behind every step; true ends the exploration there. */
  stop?: () => boolean;
  /** About so many states are tried; all when absent. */
  wanted?: number;
}

const tracedSteps = 40;

/** Crashes recorded runs everywhere and recovers what is left, counting every distinct state once. */
export class Exploration {
  readonly counts: Record<PersistenceModel, ModelCounts> = {
    posix: noCounts(),
    ext4: noCounts(),
    prefix: noCounts(),
  };
  readonly faults: FoundFault[] = [];
  /** States in which a byte was changed besides. */
  damaged = 0;
  readonly #options: ExplorationOptions;
  /** Models under which each state was met. */
  readonly #seen = new Map<string, number>();
  #untilNested = 0;

  constructor(options: ExplorationOptions) {
    this.#options = options;
  }

  /** Distinct crash states that were recovered, nested ones included. */
  get distinct(): number {
    return this.#seen.size;
  }

  /**
   * Explores the crashes of one run under one model.
   */
  explore(run: RecordedRun, model: PersistenceModel, limits: RunLimits = {}): void {
    const { stop = () => false, wanted = Number.POSITIVE_INFINITY } = limits;
    const persistence = new Persistence(model, run.start);
    const steps = run.steps.length - run.lastBegins;
    // So many steps of a long run are passed over that about as many states come of it as are wanted.
    const share = Math.ceil((1000 * wanted) / (steps * this.#options.statesPerStep));
    for (const [index, step] of run.steps.entries()) {
      const questions = persistence.take(step);
      if (questions === undefined || index < run.lastBegins) continue;
      if (share < 1000 && this.#options.random.below(1000) >= share) {
        this.counts[model].passedSteps += 1;
        continue;
      }
      const enumeration = this.#enumeration(model, this.#options.statesPerStep);
      for (const state of crashStates(persistence, questions, enumeration)) {
        if (this.#isKnown(state, model, "states")) continue;
        this.#examine(run, model, index, state);
      }
      if (stop()) return;
    }
  }

  #examine(run: RecordedRun, model: PersistenceModel, index: number, state: CrashState): void {
    const { program, nestedEvery, damagedEvery, random } = this.#options;
    if (damagedEvery > 0 && random.below(damagedEvery) === 0) {
      const copy = { ...state, root: copyDisk(state.root) };
      const { tried, fault } = examineDamagedState(program, copy, run.truths, random);
      if (tried) this.damaged += 1;
      this.#judge(fault, run, model, index, []);
    }
    const isNested = nestedEvery > 0 && (this.#untilNested -= 1) < 0;
    if (!isNested) {
      this.#judge(examineState(program, state, run.truths), run, model, index, []);
      return;
    }
    this.#untilNested = random.below(2 * nestedEvery - 1);
    // Before the recovery, which changes the very nodes.
    const start = startingPoint(state.root, state.configuration, state.acknowledged);
    const steps: TraceStep[] = [];
    const record = (step: TraceStep): void => {
      steps.push(step);
    };
    const fault = examineState(program, state, run.truths, record);
    this.#judge(fault, run, model, index, []);
    if (fault !== undefined) return;
    const persistence = new Persistence(model, start);
    for (const [at, step] of steps.entries()) {
      const questions = persistence.take(step);
      if (questions === undefined) continue;
      const enumeration = this.#enumeration(model, this.#options.nestedPerStep);
      for (const nested of crashStates(persistence, questions, enumeration)) {
        if (this.#isKnown(nested, model, "nested")) continue;
        const found = examineState(program, nested, run.truths);
        this.#judge(found, run, model, index, steps.slice(0, at + 1));
      }
    }
  }

  #enumeration(model: PersistenceModel, limit: number): Parameters<typeof crashStates>[2] {
    const onSampled = (): void => {
      this.counts[model].sampledSteps += 1;
    };
    return { model, limit, random: this.#options.random, onSampled };
  }

  /** Counts a state for the model that met it. @returns true when it was recovered before, perhaps under another model. */
  #isKnown({ key }: CrashState, model: PersistenceModel, where: "states" | "nested"): boolean {
    const bit = 1 << persistenceModels.indexOf(model);
    const known = this.#seen.get(key) ?? 0;
    if ((known & bit) === 0) {
      this.counts[model][where] += 1;
      this.#seen.set(key, known | bit);
    }
    return known !== 0;
  }

  #judge(
    fault: StateFault | undefined,
    run: RecordedRun,
    model: PersistenceModel,
    index: number,
    recovery: readonly TraceStep[],
  ): void {
    if (fault === undefined) return;
    this.faults.push({
      ...fault,
      model,
      operations: run.operations,
      trace: run.steps
        .slice(0, index + 1)
        .slice(-tracedSteps)
        .map(describeStep),
      recoveryTrace: recovery.slice(-tracedSteps).map(describeStep),
    });
  }
}

function noCounts(): ModelCounts {
  return { states: 0, nested: 0, sampledSteps: 0, passedSteps: 0 };
}

/** One line about a step. */
export function describeStep(step: TraceStep): string {
  switch (step.kind) {
    case "entries":
      return `entries ${step.changes.map(({ name, node }) => `${node === undefined ? "-" : "+"}${name}`).join(" ")}`;
    case "write":
      return `write ${step.bytes.length} at ${step.position}: ${step.bytes.toString("utf8", 0, 60)}`;
    case "truncate":
      return `truncate to ${step.length}`;
    case "configuration":
      return `configuration applied ${step.state.appliedSeq}, checkpoint ${step.state.checkpointSeq}${step.durable ? ", durable" : ""}`;
    case "acknowledge":
      return `acknowledge ${step.truth}`;
    case "settled":
      return `database ${step.name}, ${step.bytes.length} bytes`;
    case "sync":
    case "sync-failed":
    case "sync-directory":
      return step.kind;
  }
}
