/** Puts together what two tabs typed over the same draft, so that neither is lost. */
export function bothDrafts(theirs: string, mine: string): string {
  if (mine === "" || theirs.includes(mine)) return theirs;
  if (theirs === "" || mine.includes(theirs)) return mine;
  return `${theirs}\n\n${mine}`;
}
