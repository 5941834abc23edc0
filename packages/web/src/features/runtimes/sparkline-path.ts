/** Months that have conversations, oldest first; `month` is `2024-03`. */
export type Activity = readonly { month: string; count: number }[];

/**
 * A line of hills over all months from the first to the last, as an open SVG path in a box of `width` by `height`.
 * Months without conversations are valleys. Heights grow with the square root, so that one busy month does not flatten the rest.
 * Empty when there is nothing to compare: no month, or only one.
 */
export function sparklinePath(activity: Activity, width: number, height: number): string {
  const counts = monthlyCounts(activity);
  if (counts.length < 2) return "";
  const top = Math.sqrt(Math.max(...counts));
  const step = width / (counts.length - 1);
  const points = counts.map((count, at) => {
    const y = top === 0 ? height : height - (Math.sqrt(count) / top) * height;
    return `${round(at * step)} ${round(y)}`;
  });
  return `M${points.join("L")}`;
}

function monthlyCounts(activity: Activity): number[] {
  const numbers = activity.map(({ month, count }) => ({ at: monthNumber(month), count }));
  const first = numbers[0];
  const last = numbers.at(-1);
  if (first === undefined || last === undefined) return [];
  const counts: number[] = Array.from({ length: last.at - first.at + 1 }, () => 0);
  for (const { at, count } of numbers) counts[at - first.at] = count;
  return counts;
}

function monthNumber(month: string): number {
  return Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
