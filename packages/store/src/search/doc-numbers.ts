/** Documents of one minute that stand in it by their number; more go into the minutes behind it. */
const perMinute = 1024;
const minuteMs = 60_000;
/** Integer milliseconds UTC of 2000-01-01: what is older counts as of then. */
const beginMs = 946_684_800_000;
/** The first number of a document with a time; those without one come before all others. */
const firstDated = 2 ** 32;
/** The last minute that gets numbers of its own, so that no number is beyond what a double holds. */
const lastMinute = 2 ** 42;

/** The numbers that a document of a time may have: from, and how many. A higher number is newer. */
export function docRange(at: number | undefined): { from: number; count: number } {
  if (at === undefined) return { from: 1, count: firstDated - 1 };
  const minute = Math.min(Math.max(Math.floor((at - beginMs) / minuteMs), 0), lastMinute);
  return { from: firstDated + minute * perMinute, count: perMinute };
}

/** The range behind one that is full. */
export function nextRange({ from, count }: { from: number; count: number }): { from: number; count: number } {
  return { from: from + count, count: perMinute };
}
