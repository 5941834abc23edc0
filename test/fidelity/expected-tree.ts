/** The circles of parent links, each in the order in which it is walked. */
export function findCycles(
  keys: readonly string[],
  writtenParent: (key: string) => string | null,
): string[][] {
  const known = new Set(keys);
  const done = new Set<string>();
  const cycles: string[][] = [];
  for (const start of keys) {
    const path: string[] = [];
    const onPath = new Set<string>();
    let key: string | null = start;
    while (key !== null && known.has(key) && !done.has(key) && !onPath.has(key)) {
      path.push(key);
      onPath.add(key);
      key = writtenParent(key);
    }
    if (key !== null && onPath.has(key)) cycles.push(path.slice(path.indexOf(key)));
    for (const walked of path) done.add(walked);
  }
  return cycles;
}

/**
 * The messages that may stand as parent of `key`: its nearest ancestor that is a message. A circle has to be cut
 * somewhere, so every step out of one of its nodes may as well lead nowhere.
 */
export function expectedParents(
  key: string,
  writtenParent: (key: string) => string | null,
  nodes: { has(key: string): boolean },
  isMessage: (key: string) => boolean,
  cyclic: ReadonlySet<string>,
): (string | null)[] {
  const allowed = new Set<string | null>();
  const walked = new Set<string>();
  let at = key;
  for (;;) {
    if (cyclic.has(at)) allowed.add(null);
    walked.add(at);
    const parent = writtenParent(at);
    if (parent === null || !nodes.has(parent) || walked.has(parent)) return [...allowed.add(null)];
    if (isMessage(parent)) return [...allowed.add(parent)];
    at = parent;
  }
}
