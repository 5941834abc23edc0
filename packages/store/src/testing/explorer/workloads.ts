import { operations } from "./operations.ts";
import type { Operation } from "./operations.ts";

/** Every sequence of operations up to a length, the short ones first. */
export function* workloads(longest: number): Generator<readonly Operation[]> {
  let shorter: (readonly Operation[])[] = [[]];
  for (let length = 1; length <= longest; length += 1) {
    const next: (readonly Operation[])[] = [];
    for (const begun of shorter) {
      for (const operation of operations) {
        const workload = [...begun, operation];
        yield workload;
        if (length < longest) next.push(workload);
      }
    }
    shorter = next;
  }
}

/** How many sequences there are of exactly this length. */
export function workloadCount(length: number): number {
  return operations.length ** length;
}
