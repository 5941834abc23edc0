/**
 * Order in which a folder is walked, whose names are sorted by code units: parents before what is in them, and what is in a
 * folder together. That is not the order of the paths as texts, because `/` sorts in the middle of what names may hold.
 */
export function comparePaths(left: string, right: string): number {
  const [one, other] = [left.split("/"), right.split("/")];
  for (const [index, name] of one.entries()) {
    const against = other[index];
    if (against === undefined) return 1;
    if (name !== against) return name < against ? -1 : 1;
  }
  return one.length - other.length;
}
