import { setTimeout as wait } from "node:timers/promises";

/**
 * Runs `check` again and again until it does not throw. What people see comes a moment after they acted, so a single look
 * would be either too early or a fixed pause.
 * @throws what `check` threw last, after `withinMs` (10 s when absent)
 */
export async function until<Value>(check: () => Promise<Value> | Value, withinMs = 10_000): Promise<Value> {
  const end = performance.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    await wait(50);
  }
}
