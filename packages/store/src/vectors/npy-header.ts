// The head of an .npy file. Source: "The NPY file format", NumPy reference (numpy.lib.format), and NEP 1.
import { ChattyError } from "@chatty/model";

/** Kinds of numbers that are read. What is written is always `<f4`. */
export type NpyNumber = "f4" | "f8" | "i1";

/** What the head of an .npy file says. */
export interface NpyHeader {
  number: NpyNumber;
  isBigEndian: boolean;
  /** True where the first index runs fastest. */
  isFortranOrder: boolean;
  /** One length per dimension; none for a single number. */
  shape: number[];
  /** Byte at which the numbers begin. */
  dataOffset: number;
}

const magic = Buffer.from("\u0093NUMPY", "latin1");
/** Length of a head that is written here: the same for every shape, so that the shape can be written over when rows were added. */
export const npyHeadBytes = 128;
/** A longer head belongs to no array of vectors; NumPy draws the same line. */
const longestHead = 10_000;
const numberBytes: Readonly<Record<NpyNumber, number>> = { f4: 4, f8: 8, i1: 1 };

/** Bytes of one number. */
export function npyNumberBytes(number: NpyNumber): number {
  return numberBytes[number];
}

/** Head of a float32 array in C order, little endian, format 1.0; always {@link npyHeadBytes} long. */
export function npyHead(shape: readonly number[]): Buffer {
  // As Python writes a tuple: a single length has a comma behind it.
  const lengths = shape.length === 1 ? `${String(shape[0])},` : shape.join(", ");
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${lengths}), }`;
  const head = Buffer.alloc(npyHeadBytes, " ");
  if (text.length + magic.length + 5 > npyHeadBytes) {
    throw new RangeError(
      `A shape of ${shape.length} dimensions is longer than the head that is kept for it.`,
    );
  }
  magic.copy(head);
  head[6] = 1;
  head[7] = 0;
  head.writeUInt16LE(npyHeadBytes - 10, 8);
  head.write(text, 10, "latin1");
  head[npyHeadBytes - 1] = 0x0a;
  return head;
}

/**
 * Reads a head of format 1.0, 2.0 or 3.0.
 * @param bytes the beginning of the file, at least the whole head.
 * @param place names the file in errors.
 * @throws {ChattyError} NPY_INVALID for what is no .npy file, NPY_UNSUPPORTED for one with other numbers or another format
 */
export function parseNpyHead(bytes: Uint8Array, place: string): NpyHeader {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (head.length < 10 || !head.subarray(0, 6).equals(magic))
    throw invalid(place, "it does not begin as one");
  const major = head[6] ?? 0;
  const minor = head[7] ?? 0;
  if (major < 1 || major > 3 || minor !== 0) {
    throw unsupported(place, `it has format ${major}.${minor}`, "Formats 1.0, 2.0 and 3.0 are read.");
  }
  const textOffset = major === 1 ? 10 : 12;
  if (head.length < textOffset) throw invalid(place, "its head is cut off");
  const length = major === 1 ? head.readUInt16LE(8) : head.readUInt32LE(8);
  if (length > longestHead) throw invalid(place, `its head would be ${length} bytes long`);
  const dataOffset = textOffset + length;
  if (head.length < dataOffset) throw invalid(place, "its head is cut off");
  const text = head.subarray(textOffset, dataOffset).toString(major === 3 ? "utf8" : "latin1");
  return { ...parseDescription(text, place), dataOffset };
}

function parseDescription(text: string, place: string): Omit<NpyHeader, "dataOffset"> {
  const literal = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1];
  if (literal === undefined) throw invalid(place, "its head is no dictionary");
  if (/'descr'\s*:\s*\[/.test(literal)) {
    throw unsupported(place, "its elements are records", "Save one plain array of numbers.");
  }
  const entries = new Map<string, string>();
  const pattern = /\s*'(\w+)'\s*:\s*('[^']*'|True|False|\([^()]*\))\s*(,|$)/y;
  while (pattern.lastIndex < literal.trimEnd().length) {
    const found = pattern.exec(literal);
    const [, key, value] = found ?? [];
    if (key === undefined || value === undefined) throw invalid(place, "its head cannot be read");
    if (entries.has(key)) throw invalid(place, `its head says ${key} twice`);
    entries.set(key, value);
  }
  const descr = entries.get("descr");
  const order = entries.get("fortran_order");
  const shape = entries.get("shape");
  if (descr === undefined || order === undefined || shape === undefined || entries.size !== 3) {
    throw invalid(place, "its head must say descr, fortran_order and shape, and nothing else");
  }
  return {
    ...parseNumber(descr, place),
    isFortranOrder: parseOrder(order, place),
    shape: parseShape(shape, place),
  };
}

function parseNumber(descr: string, place: string): { number: NpyNumber; isBigEndian: boolean } {
  const [, order, number] = /^'([<>=|]?)(\w+)'$/.exec(descr) ?? [];
  if (number !== "f4" && number !== "f8" && number !== "i1") {
    throw unsupported(place, `its numbers are ${descr}`, "float32, float64 and int8 are read.");
  }
  return { number, isBigEndian: order === ">" };
}

function parseOrder(text: string, place: string): boolean {
  if (text !== "True" && text !== "False") throw invalid(place, `fortran_order is ${text}`);
  return text === "True";
}

function parseShape(text: string, place: string): number[] {
  // Python 2 wrote long numbers as 3L.
  const inner = /^\(\s*(.*?)\s*,?\s*\)$/s.exec(text)?.[1];
  if (inner === undefined) throw invalid(place, `its shape is ${text}`);
  if (inner === "") return [];
  return inner.split(",").map((part) => {
    const digits = /^\s*(\d+)L?\s*$/.exec(part)?.[1];
    const length = Number(digits ?? Number.NaN);
    if (!Number.isSafeInteger(length)) throw invalid(place, `its shape is ${text}`);
    return length;
  });
}

function invalid(place: string, why: string): ChattyError {
  return new ChattyError("NPY_INVALID", `${place} is no readable .npy file: ${why}.`, {
    hint: "Save it again with numpy.save, or remove it: vectors of conversations are made anew.",
    where: { path: place },
  });
}

function unsupported(place: string, what: string, hint: string): ChattyError {
  return new ChattyError("NPY_UNSUPPORTED", `${place} holds vectors that are not read: ${what}.`, {
    hint,
    where: { path: place },
  });
}

/** For files whose bytes are fewer than their head says. */
export function npyCutOff(place: string, wanted: number, found: number): ChattyError {
  return invalid(place, `it should hold ${wanted} bytes of numbers and holds ${found}`);
}
