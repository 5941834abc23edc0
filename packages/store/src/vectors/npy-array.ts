import { npyCutOff, npyHead, npyNumberBytes, parseNpyHead } from "./npy-header.ts";
import type { NpyHeader } from "./npy-header.ts";

/** An array of numbers as float32, the last index running fastest. */
export interface NpyArray {
  shape: number[];
  values: Float32Array;
}

/**
 * Reads a whole .npy file. float64 is rounded to float32, int8 taken as it is; big-endian numbers and Fortran order are turned
 * round. Bytes behind the array are left alone.
 * @param place names the file in errors.
 * @throws {ChattyError} NPY_INVALID, NPY_UNSUPPORTED
 */
export function parseNpy(bytes: Uint8Array, place = "The file"): NpyArray {
  const header = parseNpyHead(bytes, place);
  const count = header.shape.reduce((product, length) => product * length, 1);
  const wanted = count * npyNumberBytes(header.number);
  const found = bytes.byteLength - header.dataOffset;
  if (!Number.isSafeInteger(wanted) || found < wanted) throw npyCutOff(place, wanted, found);
  const values = numbersOf(bytes.subarray(header.dataOffset, header.dataOffset + wanted), header, count);
  return {
    shape: header.shape,
    values: header.isFortranOrder ? inCOrder(values, header.shape) : values,
  };
}

/** A whole .npy file: float32, C order, little endian, format 1.0. */
export function formatNpy({ shape, values }: NpyArray): Buffer {
  const count = shape.reduce((product, length) => product * length, 1);
  if (count !== values.length)
    throw new RangeError(`${values.length} numbers have not the shape (${shape.join(", ")}).`);
  return Buffer.concat([npyHead(shape), float32Bytes(values)]);
}

/** The bytes of numbers as they lie in a file: little endian. A view where the machine is, as all that Node runs on are. */
export function float32Bytes(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

/** Numbers of little-endian bytes, copied: bytes of a file lie anywhere, numbers in memory do not. */
export function float32Values(bytes: Uint8Array): Float32Array {
  const values = new Float32Array(bytes.byteLength >> 2);
  new Uint8Array(values.buffer).set(bytes.subarray(0, values.byteLength));
  return values;
}

function numbersOf(bytes: Uint8Array, { number, isBigEndian }: NpyHeader, count: number): Float32Array {
  if (number === "f4" && !isBigEndian) return float32Values(bytes);
  if (number === "i1") return Float32Array.from(new Int8Array(bytes.buffer, bytes.byteOffset, count));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float32Array(count);
  for (let index = 0; index < count; index += 1) {
    values[index] =
      number === "f8" ? view.getFloat64(index * 8, !isBigEndian) : view.getFloat32(index * 4, !isBigEndian);
  }
  return values;
}

/** Turns an array round whose first index runs fastest. */
function inCOrder(values: Float32Array, shape: readonly number[]): Float32Array {
  const turned = new Float32Array(values.length);
  const position = shape.map(() => 0);
  // Walks the source in its order and keeps count in every dimension.
  const strides = shape.map((_, axis) =>
    shape.slice(axis + 1).reduce((product, length) => product * length, 1),
  );
  for (const value of values) {
    const at = position.reduce((sum, index, axis) => sum + index * (strides[axis] ?? 0), 0);
    turned[at] = value;
    for (let axis = 0; axis < shape.length; axis += 1) {
      const next = (position[axis] ?? 0) + 1;
      if (next < (shape[axis] ?? 0)) {
        position[axis] = next;
        break;
      }
      position[axis] = 0;
    }
  }
  return turned;
}
