/** Where a person was in a list of results when they left it. */
export interface ListPlace {
  /** Pixels from its top. */
  offset: number;
  /** The row that had the focus. */
  row: string | undefined;
  /** Groups that were unfolded. */
  open: ReadonlySet<string>;
}

/** By entry of the browser's history: going back leads to the place, the same question asked anew begins at the top. */
const places = new Map<string, ListPlace>();
const mostPlaces = 50;

export function placeAt(entry: string | undefined): ListPlace | undefined {
  return entry === undefined ? undefined : places.get(entry);
}

export function keepPlace(entry: string | undefined, place: ListPlace): void {
  if (entry === undefined) return;
  places.delete(entry);
  places.set(entry, place);
  for (const oldest of places.keys()) {
    if (places.size <= mostPlaces) return;
    places.delete(oldest);
  }
}
