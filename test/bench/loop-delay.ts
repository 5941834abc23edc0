import { monitorEventLoopDelay } from "node:perf_hooks";

/** How late the event loop came to a timer. Milliseconds. */
export interface LoopDelay {
  p50: number;
  p99: number;
  p999: number;
  max: number;
}

/** Milliseconds between two samples; part of what the monitor measures, and taken off again. */
const resolution = 1;
const nanosecondsPerMs = 1e6;

/**
 * Runs `work` and measures how late the event loop is meanwhile.
 * @param longest takes the longest delay under each name that `work` gave to what it was doing.
 */
export async function watchLoop<Value>(
  work: (note: (doing: string) => void) => Promise<Value>,
  longest = new Map<string, number>(),
): Promise<{ value: Value; delay: LoopDelay }> {
  const monitor = monitorEventLoopDelay({ resolution });
  let doing = "beginning";
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const late = now - last - resolution;
    last = now;
    if (late > (longest.get(doing) ?? 0)) longest.set(doing, late);
  }, resolution);
  monitor.enable();
  try {
    const value = await work((next) => (doing = next));
    await new Promise((resolve) => setTimeout(resolve, 2 * resolution));
    const at = (percentile: number): number =>
      Math.max(0, monitor.percentile(percentile) / nanosecondsPerMs - resolution);
    const max = Math.max(0, monitor.max / nanosecondsPerMs - resolution);
    return { value, delay: { p50: at(50), p99: at(99), p999: at(99.9), max } };
  } finally {
    monitor.disable();
    clearInterval(timer);
  }
}
