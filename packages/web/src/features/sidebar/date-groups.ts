/** A stretch of time with a name: everything at or after `fromMs` and before the group above. */
export interface DateGroup {
  label: string;
  fromMs: number;
}

/** Name of the group of conversations without a time. */
export const undatedLabel = "Undated";

/**
 * The named groups that come before months: Today, Yesterday, This week, This month, newest first, in the reader's own time.
 * A group that another has used up (on the first of a month there is no "This month" left) is left out.
 */
export function recentGroups(now: Date): DateGroup[] {
  const day = startOfDay(now);
  // Weeks begin on Monday.
  const week = daysBefore(day, (day.getDay() + 6) % 7);
  const month = new Date(day.getFullYear(), day.getMonth(), 1);
  const groups = [
    { label: "Today", fromMs: day.getTime() },
    { label: "Yesterday", fromMs: daysBefore(day, 1).getTime() },
    { label: "This week", fromMs: week.getTime() },
    { label: "This month", fromMs: month.getTime() },
  ];
  let reached = Number.POSITIVE_INFINITY;
  return groups.filter((group) => {
    const isLeft = group.fromMs < reached;
    if (isLeft) reached = group.fromMs;
    return isLeft;
  });
}

/** Names months. Made once for a list: a formatter costs more than everything else here together. */
function monthNames(now: Date, locale: string | undefined): (timeMs: number) => DateGroup {
  const thisYear = new Intl.DateTimeFormat(locale, { month: "long" });
  const otherYear = new Intl.DateTimeFormat(locale, { month: "long", year: "numeric" });
  return (timeMs) => {
    const time = new Date(timeMs);
    const from = new Date(time.getFullYear(), time.getMonth(), 1);
    const format = time.getFullYear() === now.getFullYear() ? thisYear : otherYear;
    return { label: format.format(from), fromMs: from.getTime() };
  };
}

/**
 * Says where each group begins in a list that is sorted newest first: pairs of a place in the list and the group's name. A time
 * out of order stays in the group it was met in, so no group is ever named twice.
 */
export function groupStarts(
  timesMs: readonly (number | null)[],
  now: Date,
  locale?: string,
): { at: number; label: string }[] {
  const recent = recentGroups(now);
  const monthOf = monthNames(now, locale);
  const starts: { at: number; label: string }[] = [];
  let fromMs = Number.POSITIVE_INFINITY;
  for (const [at, time] of timesMs.entries()) {
    if (time === null) {
      if (fromMs !== Number.NEGATIVE_INFINITY) starts.push({ at, label: undatedLabel });
      fromMs = Number.NEGATIVE_INFINITY;
      continue;
    }
    if (time >= fromMs) continue;
    const group = recent.find((named) => time >= named.fromMs) ?? monthOf(time);
    starts.push({ at, label: group.label });
    fromMs = group.fromMs;
  }
  return starts;
}

function startOfDay(time: Date): Date {
  return new Date(time.getFullYear(), time.getMonth(), time.getDate());
}

function daysBefore(day: Date, days: number): Date {
  // By the calendar: a day with a change of the clock has 23 or 25 hours.
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() - days);
}
