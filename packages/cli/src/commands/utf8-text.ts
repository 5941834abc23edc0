import { isUtf8 } from "node:buffer";
import { ChattyError } from "@chatty/model";

/** All bytes as one text, byte for byte. @throws {ChattyError} INVALID_UTF8 */
export async function readText(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return decodeUtf8(Buffer.concat(chunks), "Standard input");
}

/** @param what begins the message, as in `Line 3`. @throws {ChattyError} INVALID_UTF8 */
export function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    // A byte order mark is part of the text like any other character.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new ChattyError(
      "INVALID_UTF8",
      `${what} is not valid UTF-8, and no other text can be kept byte for byte.`,
      {
        hint: "Convert it to UTF-8, or attach it with --file, which keeps any bytes.",
        where: { offset: firstInvalidOffset(bytes) },
        cause,
      },
    );
  }
}

/** Byte offset of the first character that is not UTF-8. */
function firstInvalidOffset(bytes: Uint8Array): number {
  // Everything up to `length` is valid, save that a character may be cut off there.
  const beginsValid = (length: number): boolean => {
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, length), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  let low = 0;
  let high = bytes.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (beginsValid(middle)) low = middle;
    else high = middle - 1;
  }
  while (low > 0 && !isUtf8(bytes.subarray(0, low))) low -= 1;
  return low;
}
