import type { CDPSession, Page } from "playwright-core";

/** What scrolling cost. All times in milliseconds. */
export interface FrameReport {
  frames: number;
  medianMs: number;
  p99Ms: number;
  longestMs: number;
  /** Frames that came more than 50 ms after the one before. */
  over50: number;
  /** The longest run of the page's main thread, and how many were over 50 ms, as Chromium's own trace has them. */
  longestTaskMs: number;
  tasksOver50: number;
}

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  dur?: number;
  args?: { name?: string; data?: { isMainFrame?: boolean; frames?: unknown } };
}

const intervalsName = "__chattyFrameTimes";

/** Records every frame of a page while `act` runs: by the page's own clock and by a trace of Chromium. */
export async function traceFrames(page: Page, act: () => Promise<void>): Promise<FrameReport> {
  const session = await page.context().newCDPSession(page);
  const { pid } = await pageProcess(session);
  const events: TraceEvent[] = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  await session.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: {
      includedCategories: [
        "toplevel",
        "devtools.timeline",
        "disabled-by-default-devtools.timeline",
        "__metadata",
      ],
    },
  });
  await page.evaluate(startRecording, intervalsName);
  let intervals: number[] = [];
  try {
    await act();
    // Before the trace is fetched: handing over hundreds of thousands of events holds up frames of its own.
    intervals = await page.evaluate(stopRecording, intervalsName);
  } finally {
    const complete = new Promise<void>((resolve) => {
      session.once("Tracing.tracingComplete", () => resolve());
    });
    await session.send("Tracing.end");
    await complete;
  }
  await session.detach();
  const tasks = mainThreadTasks(events, pid);
  const sorted = [...intervals].sort((left, right) => left - right);
  return {
    frames: sorted.length,
    medianMs: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    longestMs: sorted.at(-1) ?? 0,
    over50: sorted.filter((ms) => ms > 50).length,
    longestTaskMs: tasks.reduce((longest, ms) => Math.max(longest, ms), 0),
    tasksOver50: tasks.filter((ms) => ms > 50).length,
  };
}

/** The value below which the given part of sorted figures lies. */
export function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

/** Bytes and counts of a page after its garbage was collected. */
export async function measureMemory(page: Page): Promise<{ heapBytes: number; nodes: number }> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  const { nodes } = await session.send("Memory.getDOMCounters");
  await session.detach();
  return { heapBytes: usedSize, nodes };
}

async function pageProcess(session: CDPSession): Promise<{ pid: number | undefined }> {
  try {
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    return { pid: processInfo.find(({ type }) => type === "renderer")?.id };
  } catch {
    // Asked of a page Chromium does not tell; every renderer of the trace counts then, and only this page is open.
    return { pid: undefined };
  }
}

function mainThreadTasks(events: readonly TraceEvent[], pid: number | undefined): number[] {
  const mainThreads = new Set(
    events
      .filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain")
      .map((event) => `${event.pid}/${event.tid}`),
  );
  return events
    .filter(({ name, ph }) => ph === "X" && (name === "RunTask" || name === "ThreadControllerImpl::RunTask"))
    .filter(
      (event) => mainThreads.has(`${event.pid}/${event.tid}`) && (pid === undefined || event.pid === pid),
    )
    .map(({ dur }) => (dur ?? 0) / 1000);
}

function startRecording(name: string): void {
  const intervals: number[] = [];
  const scope = globalThis as unknown as Record<string, { intervals: number[]; stopped: boolean }>;
  const state = { intervals, stopped: false };
  scope[name] = state;
  let last: number | undefined;
  const frame = (): void => {
    // The time that a frame is told is when it was due, which may be long before it had its turn.
    const now = performance.now();
    if (last !== undefined) intervals.push(now - last);
    last = now;
    if (!state.stopped) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

function stopRecording(name: string): number[] {
  const scope = globalThis as unknown as Record<
    string,
    { intervals: number[]; stopped: boolean } | undefined
  >;
  const state = scope[name];
  if (state === undefined) return [];
  state.stopped = true;
  return state.intervals;
}
