/** A moment as a field for dates takes it: local time, to the second. */
export function momentText(ms: number): string {
  const date = new Date(ms);
  const local = new Date(ms - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}

/** The end of the second that such a field names, in milliseconds UTC: what happened in that second is seen. */
export function momentOf(text: string): number | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms + 999;
}
