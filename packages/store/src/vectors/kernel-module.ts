// The bytes of a WebAssembly module with one function, put together by hand so that no tool is needed to build it. Source: the
// WebAssembly core specification 2.0, sections 5.3 to 5.5 (binary format) and its vector instructions.
//
//   dots(query, rows, count, scales, scores, dimensions): for each of `count` rows of int8, the exact dot product with a query of
//   int16, times the row's scale, as float32. All but `count` and `dimensions` are addresses; `dimensions` is a multiple of 32.
//   Gives the largest of these scores, so that whoever looks for the best can pass over stretches that have none.

const i32 = 0x7f;
const f32 = 0x7d;
const v128 = 0x7b;
const emptyBlock = 0x40;

/** Parameters and locals by number. */
const query = 0;
const rows = 1;
const count = 2;
const scales = 3;
const scores = 4;
const dimensions = 5;
const at = 6;
const queryAt = 7;
const sumEven = 8;
const sumOdd = 9;
const score = 10;
const largest = 11;

/** An unsigned number in LEB128. */
function leb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** A signed number in LEB128; only small ones are needed. */
function signedLeb(value: number): number[] {
  return value >= -64 && value < 64 ? [value & 0x7f] : [(value & 0x7f) | 0x80, (value >> 7) & 0x7f];
}

const get = (local: number): number[] => [0x20, ...leb(local)];
const set = (local: number): number[] => [0x21, ...leb(local)];
const tee = (local: number): number[] => [0x22, ...leb(local)];
const constant = (value: number): number[] => [0x41, ...signedLeb(value)];
const add = [0x6a];
const subtract = [0x6b];
const shiftLeft = [0x74];
const lessThan = [0x49];
const simd = (opcode: number, ...immediates: number[]): number[] => [0xfd, ...leb(opcode), ...immediates];
/** Nothing is promised of the alignment of rows. */
const load = (offset: number): number[] => simd(0x00, 0, ...leb(offset));
/** Eight int8 widened to eight int16. */
const loadWidened = (offset: number): number[] => simd(0x01, 0, ...leb(offset));
const zero = simd(0x0c, ...Array<number>(16).fill(0));
const lane = (index: number): number[] => simd(0x1b, index);
const addLanes = simd(0xae);
/** Products of int16, neighbours added, as four int32. */
const dot = simd(0xba);

/** `sum += dot(query[8n .. 8n+8], row[8n .. 8n+8])` */
function step(part: number, sum: number): number[] {
  return [
    ...get(sum),
    ...get(queryAt),
    ...load(part * 16),
    ...get(rows),
    ...get(at),
    ...add,
    ...loadWidened(part * 8),
    ...dot,
    ...addLanes,
    ...set(sum),
  ];
}

/** Thirty-two dimensions in one turn; two sums, so that no addition waits for the one before. */
const turn = [
  ...get(query),
  ...get(at),
  ...constant(1),
  ...shiftLeft,
  ...add,
  ...set(queryAt),
  ...step(0, sumEven),
  ...step(1, sumOdd),
  ...step(2, sumEven),
  ...step(3, sumOdd),
];

const oneRow = [
  ...zero,
  ...set(sumEven),
  ...zero,
  ...set(sumOdd),
  ...constant(0),
  ...set(at),
  // loop: until all dimensions are done
  0x03,
  emptyBlock,
  ...turn,
  ...get(at),
  ...constant(32),
  ...add,
  ...tee(at),
  ...get(dimensions),
  ...lessThan,
  ...[0x0d, 0],
  0x0b,
  ...get(sumEven),
  ...get(sumOdd),
  ...addLanes,
  ...set(sumEven),
  // score = float32(sum of the four lanes) * scale
  ...get(scores),
  ...[0, 1, 2, 3].flatMap((index) => [...get(sumEven), ...lane(index)]),
  ...add,
  ...add,
  ...add,
  // f32.convert_i32_s, f32.load, f32.mul, f32.store
  0xb2,
  ...get(scales),
  ...[0x2a, 2, 0],
  0x94,
  ...tee(score),
  ...[0x38, 2, 0],
  // f32.max
  ...get(score),
  ...get(largest),
  0x97,
  ...set(largest),
];

const minusInfinity = [0x43, 0x00, 0x00, 0x80, 0xff];

const body = [
  ...minusInfinity,
  ...set(largest),
  // block: nothing is done for no rows
  0x02,
  emptyBlock,
  ...get(count),
  0x45,
  ...[0x0d, 0],
  // loop: until all rows are done
  0x03,
  emptyBlock,
  ...oneRow,
  ...get(rows),
  ...get(dimensions),
  ...add,
  ...set(rows),
  ...get(scales),
  ...constant(4),
  ...add,
  ...set(scales),
  ...get(scores),
  ...constant(4),
  ...add,
  ...set(scores),
  ...get(count),
  ...constant(1),
  ...subtract,
  ...tee(count),
  ...[0x0d, 0],
  0x0b,
  0x0b,
  ...get(largest),
  0x0b,
];

const withLength = (bytes: readonly number[]): number[] => [...leb(bytes.length), ...bytes];
const section = (id: number, bytes: readonly number[]): number[] => [id, ...withLength(bytes)];
const text = (name: string): number[] => withLength([...Buffer.from(name)]);

/** The module. Imports the memory `vectors.memory`; exports `dots`. Needs SIMD of 128 bits. */
export function kernelModule(): Uint8Array<ArrayBuffer> {
  const locals = [3, ...[2, i32], ...[2, v128], ...[2, f32]];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    // one type: six int32, giving a float32
    ...section(1, [1, 0x60, 6, ...Array<number>(6).fill(i32), 1, f32]),
    ...section(2, [1, ...text("vectors"), ...text("memory"), 0x02, 0x00, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text("dots"), 0x00, 0]),
    ...section(10, [1, ...withLength([...locals, ...body])]),
  ]);
}
