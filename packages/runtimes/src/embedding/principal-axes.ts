/**
 * Axes of the greatest spread of rows that have the mean nothing, the widest first: eigenvectors of their covariance, by
 * Jacobi's rotations.
 * @param rows dense, `width` numbers each.
 * @returns `width` axes of `width` numbers.
 */
export function principalAxes(rows: Float32Array, width: number): Float64Array[] {
  const matrix = covariance(rows, width);
  // Row k of `axes` is turned along with row and column k of the matrix.
  const axes = matrix.map((_row, index) => {
    const axis = new Float64Array(width);
    axis[index] = 1;
    return axis;
  });
  const wholeSquare = matrix.reduce(
    (sum, row) => sum + row.reduce((inner, value) => inner + value * value, 0),
    0,
  );
  for (let sweep = 0; sweep < 12; sweep += 1) {
    let offSquare = 0;
    for (let p = 0; p < width; p += 1) {
      for (let q = p + 1; q < width; q += 1) {
        const value = matrix[p]?.[q] ?? 0;
        offSquare += value * value;
        if (value !== 0) rotate(matrix, axes, p, q);
      }
    }
    if (offSquare <= wholeSquare * 1e-18) break;
  }
  const spread = (index: number): number => matrix[index]?.[index] ?? 0;
  return axes
    .map((axis, index) => ({ axis, spread: spread(index) }))
    .sort((one, other) => other.spread - one.spread)
    .map(({ axis }) => axis);
}

function covariance(rows: Float32Array, width: number): Float64Array[] {
  const matrix = Array.from({ length: width }, () => new Float64Array(width));
  for (let at = 0; at < rows.length; at += width) {
    const row = rows.subarray(at, at + width);
    for (let i = 0; i < width; i += 1) {
      const x = row[i] ?? 0;
      const sums = matrix[i];
      if (sums === undefined) continue;
      for (let j = i; j < width; j += 1) sums[j] = (sums[j] ?? 0) + x * (row[j] ?? 0);
    }
  }
  for (let i = 0; i < width; i += 1) {
    for (let j = 0; j < i; j += 1) {
      const row = matrix[i];
      if (row !== undefined) row[j] = matrix[j]?.[i] ?? 0;
    }
  }
  return matrix;
}

/** Turns the plane of p and q so that their covariance becomes nothing (Golub and Van Loan, Matrix Computations, 8.5). */
function rotate(matrix: Float64Array[], axes: Float64Array[], p: number, q: number): void {
  const rowP = matrix[p] ?? new Float64Array();
  const rowQ = matrix[q] ?? new Float64Array();
  const theta = ((rowQ[q] ?? 0) - (rowP[p] ?? 0)) / (2 * (rowP[q] ?? 0));
  const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const cosine = 1 / Math.sqrt(tangent * tangent + 1);
  const sine = tangent * cosine;
  for (const row of matrix) {
    const x = row[p] ?? 0;
    const y = row[q] ?? 0;
    row[p] = cosine * x - sine * y;
    row[q] = sine * x + cosine * y;
  }
  turn(rowP, rowQ, cosine, sine);
  turn(axes[p] ?? new Float64Array(), axes[q] ?? new Float64Array(), cosine, sine);
}

function turn(one: Float64Array, other: Float64Array, cosine: number, sine: number): void {
  for (let k = 0; k < one.length; k += 1) {
    const x = one[k] ?? 0;
    const y = other[k] ?? 0;
    one[k] = cosine * x - sine * y;
    other[k] = sine * x + cosine * y;
  }
}
