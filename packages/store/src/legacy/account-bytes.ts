import type { LegacyFile, LegacyReading } from "@chatty/model";

/** A stretch that no message and no span covers. Offsets are bytes. */
export interface UncoveredRange {
  path: string;
  from: number;
  to: number;
}

/** What of these files a reading does not account for: nothing, or the reader has a fault. */
export function uncoveredRanges(files: readonly LegacyFile[], reading: LegacyReading): UncoveredRange[] {
  const ranges = new Map<string, { from: number; to: number }[]>(files.map(({ path }) => [path, []]));
  const places = reading.conversations.flatMap(({ messages }) =>
    messages.flatMap(({ place }) => place ?? []),
  );
  for (const { path, from, to } of [...reading.spans, ...places]) ranges.get(path)?.push({ from, to });
  const uncovered: UncoveredRange[] = [];
  for (const { path, size } of files) {
    let at = 0;
    for (const { from, to } of (ranges.get(path) ?? []).sort((left, right) => left.from - right.from)) {
      if (from > at) uncovered.push({ path, from: at, to: from });
      at = Math.max(at, to);
    }
    if (at < size) uncovered.push({ path, from: at, to: size });
  }
  return uncovered;
}
