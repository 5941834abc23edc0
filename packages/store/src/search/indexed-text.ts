/** Text as it is given to the word index. */
export function indexedText(text: string): string {
  return text;
}
