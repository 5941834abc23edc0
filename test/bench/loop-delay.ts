import { monitorEventLoopDelay } from "node:perf_hooks";

/** Milliseconds. */
export interface Percentiles {
  p50: number;
  p99: number;
  p999: number;
  max: number;
}

export interface LoopWatch<Value> {
  value: Value;
  /** How late the event loop came to a timer, whatever kept it: this process or another one on the same processors. */
  delay: Percentiles;
  /** How long this thread itself was at work between two turns, in time of the processor: what it would be late on a free machine. */
  work: Percentiles;
  /** The longest work under each name that was noted. */
  longest: Map<string, number>;
}

/** Milliseconds between two samples; part of what the monitor measures, and taken off again. */
const resolution = 1;
const nanosecondsPerMs = 1e6;
const microsecondsPerMs = 1e3;

/**
 * Runs `work` and watches the event loop meanwhile.
 * @param work is given a function that notes what it is doing from now on.
 */
export async function watchLoop<Value>(
  work: (note: (doing: string) => void) => Promise<Value>,
): Promise<LoopWatch<Value>> {
  const monitor = monitorEventLoopDelay({ resolution });
  const longest = new Map<string, number>();
  const worked: number[] = [];
  let doing = "beginning";
  let last = threadMs();
  const timer = setInterval(() => {
    const now = threadMs();
    const spent = now - last;
    last = now;
    worked.push(spent);
    if (spent > (longest.get(doing) ?? 0)) longest.set(doing, spent);
  }, resolution);
  monitor.enable();
  try {
    const value = await work((next) => (doing = next));
    await new Promise((resolve) => setTimeout(resolve, 2 * resolution));
    const late = (percentile: number): number =>
      Math.max(0, monitor.percentile(percentile) / nanosecondsPerMs - resolution);
    const max = Math.max(0, monitor.max / nanosecondsPerMs - resolution);
    const delay = { p50: late(50), p99: late(99), p999: late(99.9), max };
    return { value, delay, work: percentilesOf(worked), longest };
  } finally {
    monitor.disable();
    clearInterval(timer);
  }
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / microsecondsPerMs;
}

function percentilesOf(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1) };
}
