/** SQLite keeps UTF-8, which has no lone surrogates, and takes a zero character for the end. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll("\u0000", "\ufffd");
}
