import { ChattyError, isJsonObject } from "@chatty/model";
import type { JsonValue } from "@chatty/model";

/** Tensors of a safetensors file by name; format: https://github.com/huggingface/safetensors */
export interface Safetensors {
  /**
   * A tensor of half-precision numbers, as their bits; a copy.
   * @throws {ChattyError} EMBEDDER_UNAVAILABLE when it is not there, or has another type or shape
   */
  halves(name: string, shape: readonly number[]): Uint16Array;
  /** The same, widened. */
  floats(name: string, shape: readonly number[]): Float32Array;
}

/** @throws {ChattyError} EMBEDDER_UNAVAILABLE for anything but a well-formed file */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = bytes.length < 8 ? 0 : Number(view.getBigUint64(0, true));
  const start = 8 + headerBytes;
  if (headerBytes === 0 || start > bytes.length) throw damaged("its header is cut off");
  const header = parseHeader(bytes.subarray(8, start));
  const halves = (name: string, shape: readonly number[]): Uint16Array => {
    const entry = isJsonObject(header) ? header[name] : undefined;
    if (!isJsonObject(entry) || entry["dtype"] !== "F16") throw damaged(`${name} is missing`);
    const [from, to] = Array.isArray(entry["data_offsets"]) ? entry["data_offsets"] : [];
    const count = shape.reduce((product, side) => product * side, 1);
    const fits =
      typeof from === "number" &&
      typeof to === "number" &&
      to - from === 2 * count &&
      start + to <= bytes.length &&
      JSON.stringify(entry["shape"]) === JSON.stringify(shape);
    if (!fits) throw damaged(`${name} has another shape`);
    // Copied: a tensor may begin at an odd place, and so the file itself need not be kept.
    return new Uint16Array(new Uint8Array(bytes.subarray(start + from, start + to)).buffer);
  };
  return { halves, floats: (name, shape) => widen(halves(name, shape)) };
}

function parseHeader(bytes: Uint8Array): JsonValue {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as JsonValue;
  } catch {
    throw damaged("its header is not JSON");
  }
}

function damaged(why: string): ChattyError {
  return new ChattyError(
    "EMBEDDER_UNAVAILABLE",
    `The weights of the embedding model cannot be used: ${why}.`,
    {
      hint: "Install Chatty's packages again.",
    },
  );
}

/** What each of the 65,536 half-precision numbers is worth (IEEE 754 binary16). */
let widened: Float32Array | undefined;

export function halfValues(): Float32Array {
  widened ??= Float32Array.from({ length: 0x10000 }, (_value, bits) => {
    const sign = (bits & 0x8000) === 0 ? 1 : -1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
  return widened;
}

function widen(halves: Uint16Array): Float32Array {
  const values = halfValues();
  const floats = new Float32Array(halves.length);
  for (let index = 0; index < halves.length; index += 1) floats[index] = values[halves[index] ?? 0] ?? 0;
  return floats;
}
