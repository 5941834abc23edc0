const quote = 0x22;
const backslash = 0x5c;
const openers = new Set([0x5b, 0x7b]);
const closers = new Set([0x5d, 0x7d]);
const openBrace = 0x7b;

/**
 * The bytes of every object directly inside the outermost array, or of the outermost object if there is no array:
 * what `show --raw` has to give back. Nothing but brackets and strings is looked at.
 */
export function splitElements(bytes: Uint8Array): Uint8Array[] {
  const elements: Uint8Array[] = [];
  let depth = 0;
  let start = -1;
  let outerDepth = -1;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) {
      at = endOfString(bytes, at);
    } else if (openers.has(byte)) {
      if (outerDepth === -1) outerDepth = byte === openBrace ? 0 : 1;
      if (depth === outerDepth && byte === openBrace) start = at;
      depth += 1;
    } else if (closers.has(byte)) {
      depth -= 1;
      if (depth === outerDepth && start !== -1) {
        elements.push(bytes.subarray(start, at + 1));
        start = -1;
      }
    }
  }
  return elements;
}

function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at;
}
