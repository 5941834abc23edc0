import type { ByteSource } from "@chatty/model";

/** Bytes in memory as a source; text becomes UTF-8. For tests. */
export function sourceOf(content: Uint8Array | string, name = "export"): ByteSource {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return {
    name,
    size: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  };
}

/** Cuts bytes into chunks of the given sizes, over and over. */
export async function* chunksOf(
  content: Uint8Array | string,
  sizes: readonly number[],
): AsyncGenerator<Uint8Array> {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

/** Everything an async iterable yields. */
export async function collect<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const all: Value[] = [];
  for await (const value of values) all.push(value);
  return all;
}
