/** Bytes of a file from `from` up to, not including, `to`. An empty range names the place where bytes are gone. */
export interface ByteRange {
  from: number;
  to: number;
}

/** The same bytes with as few ranges as there can be, in order. Ranges that touch become one. */
export function mergeRanges(ranges: readonly ByteRange[]): ByteRange[] {
  const merged: ByteRange[] = [];
  for (const { from, to } of ranges.toSorted((left, right) => left.from - right.from || left.to - right.to)) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged;
}
