// Vectors as whole numbers. A row has 8 bits per dimension and a scale of its own, which uses all of them; a query has up to 16 bits,
// so that of both errors only the row's counts.

/** A row in 8 bits: `vector ≈ values * scale`. */
export interface QuantisedRow {
  values: Int8Array;
  scale: number;
  /** Length of what was lost: no score is wrong by more than this times the length of the query. */
  residual: number;
}

/** Dimensions as they lie in memory: the kernel takes 32 at a time; what is added is 0. */
export function paddedDimensions(dimensions: number): number {
  return Math.ceil(dimensions / 32) * 32;
}

/** @param padded length of the row in memory, at least that of the vector. */
export function quantiseRow(vector: Float32Array, padded = paddedDimensions(vector.length)): QuantisedRow {
  const values = new Int8Array(padded);
  const largest = largestOf(vector);
  // A vector with an infinity or NaN in it is near nothing.
  if (!Number.isFinite(largest) || largest === 0) return { values, scale: 0, residual: 0 };
  const scale = Math.fround(largest / 127);
  let lost = 0;
  for (let axis = 0; axis < vector.length; axis += 1) {
    const value = vector[axis] ?? 0;
    const whole = Math.max(-127, Math.min(127, Math.round(value / scale)));
    values[axis] = whole;
    const rest = value - whole * scale;
    lost += rest * rest;
  }
  return { values, scale, residual: Math.sqrt(lost) };
}

/** A query in up to 16 bits: few enough that no sum of products leaves 32 bits. */
export function quantiseQuery(vector: Float32Array, into: Int16Array): { scale: number } {
  const limit = Math.min(32_767, Math.floor(0x7fff_ffff / (127 * into.length)));
  const largest = largestOf(vector);
  into.fill(0);
  if (!Number.isFinite(largest) || largest === 0) return { scale: 0 };
  const scale = largest / limit;
  for (const [index, value] of vector.entries()) into[index] = Math.round(value / scale);
  return { scale };
}

/** The largest value without its sign; NaN or infinity where one is in it. */
function largestOf(vector: Float32Array): number {
  let largest = 0;
  for (let axis = 0; axis < vector.length; axis += 1)
    largest = Math.max(largest, Math.abs(vector[axis] ?? 0));
  return largest;
}
