// The arithmetic of a BERT encoder over one text: a product of a quantised matrix with rows that are quantised on the way, layer
// normalisation, GELU and attention. Every row of a product is worked out from that row alone, so a vector never depends on
// what else is embedded with it.
import {
  add,
  constant,
  dotBytes,
  f32,
  f32Add,
  f32Const,
  f32Divide,
  f32Load,
  f32Max,
  f32Min,
  f32Multiply,
  f32Store,
  f32Subtract,
  get,
  i32,
  i32Const,
  i32x4Add,
  i32x4Constant,
  i32x4ShiftLeft,
  lane,
  lanesAdded,
  lessThan,
  load,
  loadSplat,
  multiply,
  narrowToI16,
  narrowToU8,
  repeatWhile,
  set,
  splat,
  squareRoot,
  store,
  subtract,
  tee,
  toFloats,
  v128,
  vAbsolute,
  vAdd,
  vAnd,
  vDivide,
  vMax,
  vMin,
  vMultiply,
  vOr,
  vSubtract,
  wasmModule,
  zero,
} from "./wasm-code.ts";
import type { Code, ValueType, WasmFunction } from "./wasm-code.ts";

/** Columns that are worked out together; a packed matrix holds them together. */
export const panelColumns = 8;
/** A row is quantised in so many equal parts, so that one outlier spoils a quarter of it only. */
export const rowBlocks = 4;
/** Bytes of what belongs to a panel beside its weights, as f32: sums of each column's bytes per block, its scale, its bias. */
export const panelFactorBytes = (rowBlocks + 2) * panelColumns * 4;
/** Bytes of what belongs to a quantised row: step and least value of each block, as f32. */
export const rowStepBytes = rowBlocks * 8;
/** Most rows that one call of `product` takes. */
export const tileRows = 6;

const width = 384;
const headWidth = 32;
const qkvBytes = 3 * width * 4;
/** Added to a number of small size it rounds it: the lowest bits of the sum are the nearest integer. */
const rounding = 3 * 2 ** 22;

/** Pointers are byte offsets into the memory; matrices are dense f32 rows unless said otherwise. */
export interface BertKernel {
  /**
   * Rows of f32 to bytes of 0..127, and for each row its step and its least value (two f32). `columns` is a multiple of 16. For a
   * product, each block of a row is a row here.
   */
  quantise(from: number, rows: number, columns: number, bytes: number, steps: number): void;
  /** Named `product{rows}x{columns}`: rows times packed matrix, plus bias. `outStride` in bytes. */
  product(
    rows: number,
    columns: number,
    bytes: number,
    steps: number,
    weights: number,
    factors: number,
    panels: number,
    out: number,
    outStride: number,
  ): void;
  /** `out = normalised(one + other) * gamma + beta`, each row on its own; `out` may be `one`. */
  normalise(one: number, other: number, rows: number, gamma: number, beta: number, out: number): void;
  /** In place. `count` is a multiple of 4. */
  gelu(at: number, count: number): void;
  /** One head: `qkv` and `out` point at the head's part of row 0. `scores` has room for `rows` rounded up to 16, and `keys` for 32 times that. */
  attend(qkv: number, rows: number, out: number, keys: number, scores: number): void;
}

/** Makes the kernel over a memory. */
export async function makeBertKernel(memory: WebAssembly.Memory): Promise<BertKernel> {
  const products = [384, 1536].flatMap((columns) =>
    Array.from({ length: tileRows }, (_row, index) => productFunction(index + 1, columns)),
  );
  const bytes = wasmModule([
    quantiseFunction(),
    normaliseFunction(),
    geluFunction(),
    attendFunction(),
    ...products,
  ]);
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
  const calls = instance.exports as Record<string, (...values: number[]) => void>;
  const call = (name: string): ((...values: number[]) => void) => {
    const found = calls[name];
    if (found === undefined) throw new TypeError(`The kernel has no ${name}.`);
    return found;
  };
  const byShape = new Map(products.map(({ name }) => [name, call(name)]));
  const product: BertKernel["product"] = (rows, columns, ...rest) => {
    const found = byShape.get(`product${String(rows)}x${String(columns)}`);
    if (found === undefined) throw new RangeError("No product of this shape.");
    found(...rest);
  };
  return {
    quantise: call("quantise"),
    product,
    normalise: call("normalise"),
    gelu: call("gelu"),
    attend: call("attend"),
  };
}

/** `rows` rows of `columns` bytes against all panels of a packed matrix, in tiles of `rows` × 8 that stay in registers. */
function productFunction(rows: number, columns: number): WasmFunction {
  const [bytes, steps, weights, factors, panels, out, outStride] = [0, 1, 2, 3, 4, 5, 6];
  const [row, left, outRow, w0, w1, byte] = [7, 8, 9, 10, 11, 12];
  const sum = (index: number, half: number): number => 13 + 2 * index + half;
  const total = (index: number, half: number): number => 13 + 2 * rows + 2 * index + half;
  const each = Array.from({ length: rows }, (_row, index) => index);
  const halves = [0, 1];
  const unrolled = [0, 1, 2, 3];
  const factor = (line: number, half: number): Code => load(get(factors), line * 32 + half * 16);
  const block = (index: number): Code => [
    ...each.flatMap((r) => halves.flatMap((half) => set(sum(r, half), zero))),
    ...set(left, i32Const(columns / rowBlocks / 16)),
    ...repeatWhile(
      tee(left, subtract(get(left), i32Const(1))),
      ...unrolled.flatMap((step) => [
        set(w0, load(get(weights), step * 32)),
        set(w1, load(get(weights), step * 32 + 16)),
        ...each.flatMap((r) => [
          set(byte, loadSplat(get(row), r * columns + step * 4)),
          set(sum(r, 0), dotBytes(get(w0), get(byte), get(sum(r, 0)))),
          set(sum(r, 1), dotBytes(get(w1), get(byte), get(sum(r, 1)))),
        ]),
      ]),
      set(weights, add(get(weights), i32Const(128))),
      set(row, add(get(row), i32Const(16))),
    ),
    // total += sum * step + least * column sum
    ...each.flatMap((r) =>
      halves.flatMap((half) =>
        set(
          total(r, half),
          vAdd(
            vAdd(
              get(total(r, half)),
              vMultiply(toFloats(get(sum(r, half))), loadSplat(get(steps), r * rowStepBytes + index * 8)),
            ),
            vMultiply(loadSplat(get(steps), r * rowStepBytes + index * 8 + 4), factor(index, half)),
          ),
        ),
      ),
    ),
  ];
  const body: Code = repeatWhile(
    tee(panels, subtract(get(panels), i32Const(1))),
    ...each.flatMap((r) => halves.map((half) => set(total(r, half), zero))),
    set(row, get(bytes)),
    ...Array.from({ length: rowBlocks }, (_block, index) => block(index)),
    set(outRow, get(out)),
    ...each.flatMap((r) => [
      ...halves.map((half) =>
        store(
          get(outRow),
          vAdd(vMultiply(get(total(r, half)), factor(rowBlocks, half)), factor(rowBlocks + 1, half)),
          half * 16,
        ),
      ),
      set(outRow, add(get(outRow), get(outStride))),
    ]),
    set(out, add(get(out), i32Const(panelColumns * 4))),
    set(factors, add(get(factors), i32Const(panelFactorBytes))),
  );
  const sums = Array.from({ length: 4 * rows }, (): ValueType => v128);
  return {
    name: `product${String(rows)}x${String(columns)}`,
    parameters: [i32, i32, i32, i32, i32, i32, i32],
    locals: [i32, i32, i32, v128, v128, v128, ...sums],
    body,
  };
}

function quantiseFunction(): WasmFunction {
  const [from, rows, columns, bytes, steps] = [0, 1, 2, 3, 4];
  const [at, end, least, most, low, span, inverse, base] = [5, 6, 7, 8, 9, 10, 11, 12];
  const across = (choose: (one: Code, other: Code) => Code, vector: number): Code =>
    choose(
      choose(lane(get(vector), 0), lane(get(vector), 1)),
      choose(lane(get(vector), 2), lane(get(vector), 3)),
    );
  const quarter = (offset: number): Code =>
    vAnd(
      vAdd(vMultiply(vSubtract(load(get(at), offset), get(base)), get(inverse)), constant(rounding)),
      i32x4Constant(127),
    );
  const body: Code = repeatWhile(
    tee(rows, subtract(get(rows), i32Const(1))),
    set(at, get(from)),
    set(end, add(get(from), multiply(get(columns), i32Const(4)))),
    set(least, load(get(at))),
    set(most, get(least)),
    repeatWhile(
      lessThan(tee(at, add(get(at), i32Const(16))), get(end)),
      set(least, vMin(get(least), load(get(at)))),
      set(most, vMax(get(most), load(get(at)))),
    ),
    set(low, across(f32Min, least)),
    // A row of one value only must not divide by nothing.
    set(span, f32Max(f32Subtract(across(f32Max, most), get(low)), f32Const(1e-20))),
    f32Store(get(steps), f32Multiply(get(span), f32Const(1 / 127))),
    f32Store(get(steps), get(low), 4),
    set(inverse, splat(f32Divide(f32Const(127), get(span)))),
    set(base, splat(get(low))),
    set(at, get(from)),
    repeatWhile(
      lessThan(tee(at, add(get(at), i32Const(64))), get(end)),
      store(
        get(bytes),
        narrowToU8(narrowToI16(quarter(0), quarter(16)), narrowToI16(quarter(32), quarter(48))),
      ),
      set(bytes, add(get(bytes), i32Const(16))),
    ),
    set(from, get(end)),
    set(steps, add(get(steps), i32Const(8))),
  );
  return {
    name: "quantise",
    parameters: [i32, i32, i32, i32, i32],
    locals: [i32, i32, v128, v128, f32, f32, v128, v128],
    body,
  };
}

function normaliseFunction(): WasmFunction {
  const [one, other, rows, gamma, beta, out] = [0, 1, 2, 3, 4, 5];
  const [k, sum, value, mean, scale, difference] = [6, 7, 8, 9, 10, 11];
  const rowBytes = width * 4;
  const overRow = (...body: readonly Code[]): Code => [
    ...set(k, i32Const(0)),
    ...repeatWhile(lessThan(tee(k, add(get(k), i32Const(16))), i32Const(rowBytes)), ...body),
  ];
  const at = (base: number): Code => add(get(base), get(k));
  const body: Code = repeatWhile(
    tee(rows, subtract(get(rows), i32Const(1))),
    set(sum, zero),
    overRow(
      set(value, vAdd(load(at(one)), load(at(other)))),
      store(at(out), get(value)),
      set(sum, vAdd(get(sum), get(value))),
    ),
    set(mean, splat(f32Multiply(lanesAdded(sum), f32Const(1 / width)))),
    set(sum, zero),
    overRow(
      set(difference, vSubtract(load(at(out)), get(mean))),
      set(sum, vAdd(get(sum), vMultiply(get(difference), get(difference)))),
    ),
    set(
      scale,
      splat(
        f32Divide(
          f32Const(1),
          squareRoot(f32Add(f32Multiply(lanesAdded(sum), f32Const(1 / width)), f32Const(1e-12))),
        ),
      ),
    ),
    overRow(
      store(
        at(out),
        vAdd(
          vMultiply(vMultiply(vSubtract(load(at(out)), get(mean)), get(scale)), load(at(gamma))),
          load(at(beta)),
        ),
      ),
    ),
    ...[one, other, out].map((base) => set(base, add(get(base), i32Const(rowBytes)))),
  );
  return {
    name: "normalise",
    parameters: [i32, i32, i32, i32, i32, i32],
    locals: [i32, v128, v128, v128, v128, v128],
    body,
  };
}

/** A polynomial by Horner's rule, the highest power first. */
function polynomial(of: number, coefficients: readonly number[]): Code {
  const [first = 0, ...rest] = coefficients;
  return rest.reduce<Code>((sum, next) => vAdd(vMultiply(sum, get(of)), constant(next)), constant(first));
}

/** e to the power `value`, for -87 and more; below that it is next to nothing. `power` and `part` are locals for it. */
function exponential(value: Code, power: number, part: number): Code {
  const ln2 = Math.LN2;
  // 2^f for f in -0.5..0.5 by Taylor's series; the first term left out is below 2e-7.
  const series = [ln2 ** 6 / 720, ln2 ** 5 / 120, ln2 ** 4 / 24, ln2 ** 3 / 6, ln2 ** 2 / 2, ln2, 1];
  return [
    ...set(part, vMax(vMultiply(value, constant(Math.LOG2E)), constant(-125))),
    ...set(power, vAdd(get(part), constant(rounding))),
    ...set(part, vSubtract(get(part), vSubtract(get(power), constant(rounding)))),
    // Times a power of two: added to the exponent. The shift drops what rounding put above it.
    ...i32x4Add(polynomial(part, series), i32x4ShiftLeft(get(power), 23)),
  ];
}

/** x/2 (1 + erf(x/√2)); erf by Abramowitz and Stegun 7.1.26, whose error is below 1.5e-7. */
function geluFunction(): WasmFunction {
  const [at, count] = [0, 1];
  const [x, z, t, power, part, tail] = [2, 3, 4, 5, 6, 7];
  const body: Code = repeatWhile(
    tee(count, subtract(get(count), i32Const(4))),
    set(x, load(get(at))),
    set(z, vMultiply(vAbsolute(get(x)), constant(Math.SQRT1_2))),
    set(t, vDivide(constant(1), vAdd(constant(1), vMultiply(constant(0.3275911), get(z))))),
    set(
      tail,
      vMultiply(
        vMultiply(get(t), polynomial(t, [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592])),
        exponential(vSubtract(constant(0), vMultiply(get(z), get(z))), power, part),
      ),
    ),
    // erf with the sign of x
    set(z, vOr(vSubtract(constant(1), get(tail)), vAnd(get(x), constant(-0)))),
    store(get(at), vMultiply(vMultiply(get(x), constant(0.5)), vAdd(constant(1), get(z)))),
    set(at, add(get(at), i32Const(16))),
  );
  return {
    name: "gelu",
    parameters: [i32, i32],
    locals: [v128, v128, v128, v128, v128, v128],
    body,
  };
}

function attendFunction(): WasmFunction {
  const [qkv, rows, out, keys, scores] = [0, 1, 2, 3, 4];
  const [padded, i, j, d, at, query, most, total, largest] = [5, 6, 7, 8, 9, 10, 11, 12, 13];
  const [power, part, s0, s1, s2, s3, s4, s5, s6, s7, value] = [14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24];
  const fours = [s0, s1, s2, s3] as const;
  const eights = [s0, s1, s2, s3, s4, s5, s6, s7] as const;
  const headDims = Array.from({ length: headWidth }, (_dim, index) => index);
  const scale = 1 / Math.sqrt(headWidth);
  const body: Code = [
    // Bytes of a row of scores, rounded up to sixteen of them.
    ...set(padded, multiply(add(get(rows), i32Const(15)), i32Const(4))),
    ...set(padded, [...get(padded), ...i32Const(-64), 0x71]),
    // The keys, turned: one row per dimension. What stands in the rounding is never weighed.
    ...set(j, i32Const(0)),
    ...set(at, get(qkv)),
    ...repeatWhile(
      lessThan(get(j), multiply(get(rows), i32Const(4))),
      set(d, add(get(keys), get(j))),
      ...headDims.flatMap((dim) => [
        f32Store(get(d), f32Load(get(at), width * 4 + dim * 4)),
        set(d, add(get(d), get(padded))),
      ]),
      set(at, add(get(at), i32Const(qkvBytes))),
      set(j, add(get(j), i32Const(4))),
    ),
    ...set(query, get(qkv)),
    ...set(i, get(rows)),
    ...repeatWhile(
      tee(i, subtract(get(i), i32Const(1))),
      // Scores of one query against all keys, sixteen at a time.
      set(j, i32Const(0)),
      repeatWhile(
        lessThan(tee(j, add(get(j), i32Const(64))), get(padded)),
        ...fours.map((s) => set(s, zero)),
        set(at, add(get(keys), get(j))),
        ...headDims.flatMap((dim) => [
          set(value, loadSplat(get(query), dim * 4)),
          ...fours.map((s, index) => set(s, vAdd(get(s), vMultiply(get(value), load(get(at), index * 16))))),
          set(at, add(get(at), get(padded))),
        ]),
        ...fours.map((s, index) =>
          store(add(get(scores), get(j)), vMultiply(get(s), constant(scale)), index * 16),
        ),
      ),
      // What rounding added must not count.
      set(j, multiply(get(rows), i32Const(4))),
      [
        ...[0x02, 0x40],
        ...[...get(j), ...get(padded), 0x46, 0x0d, 0],
        ...repeatWhile(
          lessThan(tee(j, add(get(j), i32Const(4))), get(padded)),
          f32Store(add(get(scores), get(j)), f32Const(-1e30)),
        ),
        0x0b,
      ],
      set(most, constant(-1e30)),
      set(j, i32Const(0)),
      repeatWhile(
        lessThan(tee(j, add(get(j), i32Const(16))), get(padded)),
        set(most, vMax(get(most), load(add(get(scores), get(j))))),
      ),
      set(
        largest,
        f32Max(
          f32Max(lane(get(most), 0), lane(get(most), 1)),
          f32Max(lane(get(most), 2), lane(get(most), 3)),
        ),
      ),
      set(most, splat(get(largest))),
      set(total, zero),
      set(j, i32Const(0)),
      repeatWhile(
        lessThan(tee(j, add(get(j), i32Const(16))), get(padded)),
        set(value, exponential(vSubtract(load(add(get(scores), get(j))), get(most)), power, part)),
        set(total, vAdd(get(total), get(value))),
        store(add(get(scores), get(j)), get(value)),
      ),
      set(total, splat(f32Divide(f32Const(1), lanesAdded(total)))),
      ...eights.map((s) => set(s, zero)),
      set(at, get(qkv)),
      set(j, i32Const(0)),
      repeatWhile(
        lessThan(tee(j, add(get(j), i32Const(4))), multiply(get(rows), i32Const(4))),
        set(value, loadSplat(add(get(scores), get(j)))),
        ...eights.map((s, index) =>
          set(s, vAdd(get(s), vMultiply(get(value), load(get(at), 2 * width * 4 + index * 16)))),
        ),
        set(at, add(get(at), i32Const(qkvBytes))),
      ),
      ...eights.map((s, index) => store(get(out), vMultiply(get(s), get(total)), index * 16)),
      set(out, add(get(out), i32Const(width * 4))),
      set(query, add(get(query), i32Const(qkvBytes))),
    ),
  ];
  return {
    name: "attend",
    parameters: [i32, i32, i32, i32, i32],
    locals: [
      i32,
      i32,
      i32,
      i32,
      i32,
      i32,
      v128,
      v128,
      f32,
      ...Array.from({ length: 11 }, (): ValueType => v128),
    ],
    body,
  };
}
