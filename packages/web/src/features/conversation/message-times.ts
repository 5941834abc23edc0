/** What is shown of a time: a short form, the exact one for the hover, and whether it is the message's own. */
export interface ShownTime {
  short: string;
  exact: string;
  isCertain: boolean;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const exactTime = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const dayOfYear = new Intl.DateTimeFormat(undefined, {
  weekday: "long",
  day: "numeric",
  month: "long",
  year: "numeric",
});
const dayOfThisYear = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

const sources: Record<string, string> = {
  conversation: "The source has no time for this message; this is the conversation's.",
  file: "The source has no time for this message; this is the file's.",
  sequence: "The source has no time for this message; its place in the order is known, the time is not.",
  none: "The source has no time for this message.",
};

/** The time of a message as a person reads it. @param timestamp integer milliseconds UTC */
export function shownTime(timestamp: number | undefined, source: string): ShownTime {
  const note = sources[source];
  if (timestamp === undefined)
    return { short: "no date", exact: note ?? sources["none"] ?? "", isCertain: false };
  const exact = exactTime.format(timestamp);
  return note === undefined
    ? { short: clock.format(timestamp), exact, isCertain: true }
    : { short: `about ${clock.format(timestamp)}`, exact: `${exact}. ${note}`, isCertain: false };
}

/** Calendar day in the person's own zone, to compare. */
export function dayKey(timestamp: number): string {
  const date = new Date(timestamp);
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;
}

/** The day as a heading. @param now integer milliseconds UTC */
export function dayLabel(timestamp: number, now: number): string {
  if (dayKey(timestamp) === dayKey(now)) return "Today";
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  if (dayKey(timestamp) === dayKey(yesterday.getTime())) return "Yesterday";
  const isThisYear = new Date(timestamp).getFullYear() === new Date(now).getFullYear();
  return (isThisYear ? dayOfThisYear : dayOfYear).format(timestamp);
}

interface Timed {
  timestamp?: number | undefined;
}

/** The heading over a message when a day begins with it. Messages without a time begin none. */
export function dayBefore(message: Timed, previous: Timed | undefined, now: number): string | undefined {
  if (message.timestamp === undefined) return undefined;
  if (previous?.timestamp !== undefined && dayKey(previous.timestamp) === dayKey(message.timestamp))
    return undefined;
  return dayLabel(message.timestamp, now);
}
