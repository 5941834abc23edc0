import { faultKinds } from "./fault-files.ts";
import type { FaultKind, FaultPlan } from "./fault-files.ts";
import type { LivedInHome } from "./fault-home.ts";
import { runWithFault } from "./fault-run.ts";
import { faultScenarios } from "./fault-scenarios.ts";
import type { FaultScenario } from "./fault-scenarios.ts";

/** One run of the matrix. */
export interface MatrixCell {
  scenario: FaultScenario;
  plan: FaultPlan;
}

/** What became of many runs. */
export interface MatrixTally {
  runs: number;
  /** Runs in which the fault came about; in the others the scenario had ended before. */
  struck: number;
  byFault: Record<string, number>;
  acknowledged: number;
  refused: number;
  /** Codes of the refusals, with how often each was told. */
  codes: Record<string, number>;
  /** Losses behind lying syncs that were reported. */
  reported: number;
  violations: string[];
}

/** Every call of every scenario that a fault can befall, with every fault, once and lasting. */
export async function matrixCells(home: LivedInHome, folder: string): Promise<MatrixCell[]> {
  const cells: MatrixCell[] = [];
  for (const scenario of faultScenarios) {
    for (const fault of faultKinds) {
      // Counts the calls: a fault that never comes.
      const plan = { fault, at: Number.MAX_SAFE_INTEGER, isLasting: false };
      const { calls } = await runWithFault({ scenario, home, folder, plan });
      for (let at = 1; at <= calls; at += 1) {
        for (const isLasting of [false, true]) cells.push({ scenario, plan: { fault, at, isLasting } });
      }
    }
  }
  return cells;
}

/** A sample with every scenario and every fault in it, once and lasting, in the order of the matrix. */
export function sampleCells(
  cells: readonly MatrixCell[],
  count: number,
  below: (limit: number) => number,
): MatrixCell[] {
  const groups = new Map<string, MatrixCell[]>();
  for (const cell of cells) {
    const key = `${cell.scenario.name}/${cell.plan.fault}/${cell.plan.isLasting ? "lasting" : "once"}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [cell]);
    else group.push(cell);
  }
  const taken = new Set<MatrixCell>();
  for (const group of groups.values()) {
    const cell = group[below(group.length)];
    if (cell !== undefined) taken.add(cell);
  }
  while (taken.size < Math.min(count, cells.length)) {
    const cell = cells[below(cells.length)];
    if (cell !== undefined) taken.add(cell);
  }
  return cells.filter((cell) => taken.has(cell));
}

/** Runs cells one after the other. @param folder removed after each. */
export async function runCells(
  cells: readonly MatrixCell[],
  home: LivedInHome,
  folder: string,
): Promise<MatrixTally> {
  const tally = emptyTally();
  for (const { scenario, plan } of cells) {
    const outcome = await runWithFault({ scenario, plan, home, folder });
    tally.runs += 1;
    if (outcome.wasReached) tally.struck += 1;
    count(tally.byFault, plan.fault);
    tally.acknowledged += outcome.acknowledged;
    tally.refused += outcome.refusals.length;
    for (const code of outcome.refusals) count(tally.codes, code);
    tally.reported += outcome.reported;
    for (const violation of outcome.violations) {
      tally.violations.push(`${nameOf(scenario, plan.fault, plan)}: ${violation}`);
    }
  }
  return tally;
}

export function emptyTally(): MatrixTally {
  return {
    runs: 0,
    struck: 0,
    byFault: {},
    acknowledged: 0,
    refused: 0,
    codes: {},
    reported: 0,
    violations: [],
  };
}

/** Puts what several processes counted together. */
export function addTally(into: MatrixTally, from: MatrixTally): void {
  into.runs += from.runs;
  into.struck += from.struck;
  into.acknowledged += from.acknowledged;
  into.refused += from.refused;
  into.reported += from.reported;
  into.violations.push(...from.violations);
  for (const [fault, runs] of Object.entries(from.byFault)) count(into.byFault, fault, runs);
  for (const [code, times] of Object.entries(from.codes)) count(into.codes, code, times);
}

function count(counts: Record<string, number>, key: string, by = 1): void {
  counts[key] = (counts[key] ?? 0) + by;
}

function nameOf(scenario: FaultScenario, fault: FaultKind, { at, isLasting }: FaultPlan): string {
  return `${scenario.name}, ${fault} at call ${at}, ${isLasting ? "lasting" : "once"}`;
}
