import type { JsonObject } from "@chatty/model";

/**
 * The keys of an object in the order they are written. JavaScript moves keys that look like array indexes to the front;
 * where there are such keys the bytes are read once more.
 * @param value what parsing made of the object that `raw` holds under `name` on its outermost level.
 */
export function writtenKeyOrder(value: JsonObject, raw: Uint8Array, name: string): string[] {
  const keys = Object.keys(value);
  if (!keys.some((key) => /^(?:0|[1-9]\d{0,9})$/.test(key))) return keys;
  const order = new Set(readKeys(Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength), name));
  const known = keys.filter((key) => order.has(key));
  return known.length === keys.length ? [...order] : keys;
}

/** Collects the keys of one member of the outermost object. The bytes are known to be valid JSON. */
function readKeys(bytes: Buffer, name: string): string[] {
  let keys: string[] = [];
  let depth = 0;
  let isInside = false;
  let awaitsKey = false;
  for (let at = 0; at < bytes.length; at += 1) {
    switch (bytes[at]) {
      case 0x22: {
        const end = endOfString(bytes, at + 1);
        if (awaitsKey && depth <= 2) {
          const key = JSON.parse(bytes.toString("utf8", at, end + 1)) as string;
          if (depth === 2 && isInside) keys.push(key);
          if (depth === 1) isInside = key === name;
          // Of a name written twice the last one counts.
          if (depth === 1 && isInside) keys = [];
        }
        awaitsKey = false;
        at = end;
        break;
      }
      case 0x7b:
        depth += 1;
        awaitsKey = true;
        break;
      case 0x5b:
        depth += 1;
        awaitsKey = false;
        break;
      case 0x7d:
      case 0x5d:
        depth -= 1;
        awaitsKey = false;
        break;
      case 0x2c:
        // On the two outer levels everything that is asked about is an object.
        awaitsKey = depth === 1 || (depth === 2 && isInside);
        break;
      default:
        break;
    }
  }
  return keys;
}

function endOfString(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== 0x22) at += bytes[at] === 0x5c ? 2 : 1;
  return at;
}
