import type { SearchHit } from "@chatty/server/api";

/** Messages with the words, as they follow each other in time; each once. */
export function foundMessages(newestFirst: readonly SearchHit[]): string[] {
  const hits = newestFirst.filter((hit) => hit.messageId !== null && hit.field !== "title");
  const inOrder = hits.toReversed();
  // What has no time stays beside its neighbours.
  const placed = inOrder.map((hit, index) => ({ hit, index }));
  placed.sort((a, b) => {
    const { timestamp: left } = a.hit;
    const { timestamp: right } = b.hit;
    return left === undefined || right === undefined || left === right ? a.index - b.index : left - right;
  });
  return [...new Set(placed.flatMap(({ hit }) => (hit.messageId === null ? [] : [hit.messageId])))];
}

/** Which comes next in a direction; from the last one on to the first. */
export function neighbour(
  ids: readonly string[],
  current: string | undefined,
  step: 1 | -1,
): string | undefined {
  const at = current === undefined ? -1 : ids.indexOf(current);
  if (at === -1) return step === 1 ? ids[0] : ids.at(-1);
  return ids[(at + step + ids.length) % ids.length];
}
