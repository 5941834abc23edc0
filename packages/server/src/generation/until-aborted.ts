/**
 * The values of `source` until it ends or `signal` is aborted. After an abort it ends at once, even when the source does not
 * listen: nobody waits for a provider that hangs.
 */
export async function* untilAborted<Value>(
  source: AsyncIterable<Value>,
  signal: AbortSignal,
): AsyncGenerator<Value, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  const aborted = abortOf(signal);
  try {
    while (!signal.aborted) {
      const step = await Promise.race([iterator.next(), aborted]);
      if (step === undefined || step.done === true) return;
      yield step.value;
    }
  } finally {
    // Not awaited, for the same reason; what the source says on its way out concerns nobody any more.
    iterator.return?.().catch(() => undefined);
  }
}

/** What `work` gives, or undefined as soon as `signal` is aborted; the work's own end then concerns nobody. */
export async function unlessAborted<Value>(
  work: Promise<Value>,
  signal: AbortSignal,
): Promise<Value | undefined> {
  return await Promise.race([work, abortOf(signal)]);
}

function abortOf(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}
