import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createInflateRaw } from "node:zlib";

/**
 * The least an import can cost: inflate the members, split the list, parse each element, keep nothing. Reads the
 * archives of the bench only, whose local headers tell all sizes. Prints `{"jsonBytes","elements","seconds"}`.
 */
const quote = 0x22;
const backslash = 0x5c;
const localHeaderLength = 30;
const localSignature = 0x04034b50;

/** Finds the objects of one list in chunks of any size. */
class ElementSplitter {
  #held: Buffer[] = [];
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  readonly #visit: (element: Buffer) => void;

  constructor(visit: (element: Buffer) => void) {
    this.#visit = visit;
  }

  push(chunk: Buffer): void {
    let start = this.#depth >= 2 ? 0 : -1;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (this.#isInString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === backslash) this.#isEscaped = true;
        else if (byte === quote) this.#isInString = false;
      } else if (byte === quote) this.#isInString = true;
      else if (byte === 0x7b || byte === 0x5b) {
        this.#depth += 1;
        if (this.#depth === 2) start = at;
      } else if (byte === 0x7d || byte === 0x5d) {
        this.#depth -= 1;
        if (this.#depth === 1) {
          this.#visit(Buffer.concat([...this.#held, chunk.subarray(start, at + 1)]));
          this.#held = [];
          start = -1;
        }
      }
    }
    if (start !== -1) this.#held.push(chunk.subarray(start));
  }
}

async function measure(path: string): Promise<void> {
  const startedMs = performance.now();
  let jsonBytes = 0;
  let elements = 0;
  let keptAlive = 0;
  for (const { name, offset, length } of await members(path)) {
    if (!name.startsWith("conversations")) continue;
    const splitter = new ElementSplitter((element) => {
      elements += 1;
      keptAlive += Object.keys(JSON.parse(element.toString("utf8")) as object).length;
    });
    const packed = createReadStream(path, {
      start: offset,
      end: offset + length - 1,
      highWaterMark: 1 << 18,
    });
    for await (const chunk of packed.pipe(createInflateRaw({ chunkSize: 1 << 18 }))) {
      const bytes = chunk as Buffer;
      jsonBytes += bytes.length;
      splitter.push(bytes);
    }
  }
  const seconds = (performance.now() - startedMs) / 1000;
  process.stdout.write(`${JSON.stringify({ jsonBytes, elements, seconds, keptAlive })}\n`);
}

async function members(path: string): Promise<{ name: string; offset: number; length: number }[]> {
  const found: { name: string; offset: number; length: number }[] = [];
  const file = await open(path);
  try {
    const header = Buffer.alloc(localHeaderLength);
    let at = 0;
    for (;;) {
      await file.read(header, 0, localHeaderLength, at);
      if (header.readUInt32LE(0) !== localSignature) return found;
      const length = header.readUInt32LE(18);
      const name = Buffer.alloc(header.readUInt16LE(26));
      await file.read(name, 0, name.length, at + localHeaderLength);
      const offset = at + localHeaderLength + name.length + header.readUInt16LE(28);
      found.push({ name: name.toString("utf8"), offset, length });
      at = offset + length;
    }
  } finally {
    await file.close();
  }
}

const [archive] = process.argv.slice(2);
if (archive === undefined) throw new TypeError("Give the path of an archive.");
await measure(archive);
