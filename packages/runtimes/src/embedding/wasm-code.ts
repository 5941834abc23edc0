// Writes WebAssembly as nested expressions, so that a kernel can be read as the arithmetic that it is, and no binary lies in the
// repository. Only the instructions that the kernels here use. Numbers of instructions: WebAssembly core specification 2.0, 5.4,
// and the relaxed SIMD proposal.

/** Bytes of an instruction sequence. */
export type Code = readonly number[];

export const i32 = 0x7f;
export const f32 = 0x7d;
export const v128 = 0x7b;
export type ValueType = typeof i32 | typeof f32 | typeof v128;

/** A function: its parameters, further locals and body. Its locals are numbered after its parameters. */
export interface WasmFunction {
  name: string;
  parameters: readonly ValueType[];
  locals: readonly ValueType[];
  body: Code;
}

/** Unsigned LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** Signed LEB128. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

function floatBytes(value: number): number[] {
  return [...new Uint8Array(new Float32Array([value]).buffer)];
}

function simd(operation: number, ...operands: readonly Code[]): number[] {
  return [...operands.flat(), 0xfd, ...unsigned(operation)];
}

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)];
export const tee = (local: number, value: Code): Code => [...value, 0x22, ...unsigned(local)];
export const i32Const = (value: number): Code => [0x41, ...signed(value)];
export const f32Const = (value: number): Code => [0x43, ...floatBytes(value)];
export const add = (one: Code, other: Code): Code => [...one, ...other, 0x6a];
export const subtract = (one: Code, other: Code): Code => [...one, ...other, 0x6b];
export const multiply = (one: Code, other: Code): Code => [...one, ...other, 0x6c];
export const lessThan = (one: Code, other: Code): Code => [...one, ...other, 0x49];
export const f32Add = (one: Code, other: Code): Code => [...one, ...other, 0x92];
export const f32Subtract = (one: Code, other: Code): Code => [...one, ...other, 0x93];
export const f32Multiply = (one: Code, other: Code): Code => [...one, ...other, 0x94];
export const f32Divide = (one: Code, other: Code): Code => [...one, ...other, 0x95];
export const f32Min = (one: Code, other: Code): Code => [...one, ...other, 0x96];
export const f32Max = (one: Code, other: Code): Code => [...one, ...other, 0x97];
export const squareRoot = (value: Code): Code => [...value, 0x91];
export const f32Load = (at: Code, offset = 0): Code => [...at, 0x2a, 2, ...unsigned(offset)];
export const f32Store = (at: Code, value: Code, offset = 0): Code => [
  ...at,
  ...value,
  0x38,
  2,
  ...unsigned(offset),
];

/** Runs the body, and again while the condition, worked out after it, holds. */
export const repeatWhile = (condition: Code, ...body: readonly Code[]): Code => [
  0x03,
  0x40,
  ...body.flat(),
  ...condition,
  0x0d,
  0,
  0x0b,
];

export const load = (at: Code, offset = 0): Code => [...at, 0xfd, 0x00, 0, ...unsigned(offset)];
/** Four bytes, four times. */
export const loadSplat = (at: Code, offset = 0): Code => [...at, 0xfd, 0x09, 0, ...unsigned(offset)];
export const store = (at: Code, value: Code, offset = 0): Code => [
  ...at,
  ...value,
  0xfd,
  0x0b,
  0,
  ...unsigned(offset),
];
export const zero: Code = [0xfd, 0x0c, ...Array.from({ length: 16 }, () => 0)];
export const splat = (value: Code): Code => simd(0x13, value);
export const constant = (value: number): Code => [
  0xfd,
  0x0c,
  ...floatBytes(value),
  ...floatBytes(value),
  ...floatBytes(value),
  ...floatBytes(value),
];
export const i32x4Constant = (value: number): Code => splatI32(i32Const(value));
const splatI32 = (value: Code): Code => simd(0x11, value);
export const lane = (value: Code, index: number): Code => [...value, 0xfd, 0x1f, index];
export const vAdd = (one: Code, other: Code): Code => simd(0xe4, one, other);
export const vSubtract = (one: Code, other: Code): Code => simd(0xe5, one, other);
export const vMultiply = (one: Code, other: Code): Code => simd(0xe6, one, other);
export const vDivide = (one: Code, other: Code): Code => simd(0xe7, one, other);
/** The lesser, where neither is NaN. */
export const vMin = (one: Code, other: Code): Code => simd(0xea, one, other);
/** The greater, where neither is NaN. */
export const vMax = (one: Code, other: Code): Code => simd(0xeb, one, other);
export const vAbsolute = (value: Code): Code => simd(0xe0, value);
export const vAnd = (one: Code, other: Code): Code => simd(0x4e, one, other);
export const vOr = (one: Code, other: Code): Code => simd(0x50, one, other);
export const i32x4Add = (one: Code, other: Code): Code => simd(0xae, one, other);
export const i32x4ShiftLeft = (value: Code, bits: number): Code => simd(0xab, value, i32Const(bits));
export const toFloats = (value: Code): Code => simd(0xfa, value);
/** Two vectors of four i32 to one of eight i16. */
export const narrowToI16 = (one: Code, other: Code): Code => simd(0x86, one, other);
/** Two vectors of eight i16 to one of sixteen u8. */
export const narrowToU8 = (one: Code, other: Code): Code => simd(0x66, one, other);
/**
 * In each of four lanes, the sum of four products of signed bytes added to an i32. The second factor must lie in 0..127: then
 * every processor gives the same result, although the instruction is a relaxed one.
 */
export const dotBytes = (signedBytes: Code, sevenBits: Code, sum: Code): Code =>
  simd(0x113, signedBytes, sevenBits, sum);

/** The sum of the four lanes. */
export function lanesAdded(vector: number): Code {
  const at = (index: number): Code => lane(get(vector), index);
  return f32Add(f32Add(at(0), at(1)), f32Add(at(2), at(3)));
}

/** A module that exports the functions by name and takes its memory as the import `env.memory`. */
export function wasmModule(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const name = (text: string): number[] => sized([...new TextEncoder().encode(text)]);
  const types = functions.map(({ parameters }) => [0x60, ...list(parameters.map((type) => [type])), 0]);
  const bodies = functions.map(({ locals, body }) =>
    sized([...list(locals.map((type) => [1, type])), ...body, 0x0b]),
  );
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list(types)),
    ...section(2, list([[...name("env"), ...name("memory"), 0x02, 0x00, 1]])),
    ...section(3, list(functions.map((_function, index) => unsigned(index)))),
    ...section(7, list(functions.map((one, index) => [...name(one.name), 0x00, ...unsigned(index)]))),
    ...section(10, list(bodies)),
  ]);
}

function sized(bytes: readonly number[]): number[] {
  return [...unsigned(bytes.length), ...bytes];
}

function list(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function section(id: number, bytes: readonly number[]): number[] {
  return [id, ...sized(bytes)];
}
