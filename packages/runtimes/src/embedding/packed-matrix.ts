import { panelColumns, panelFactorBytes, rowBlocks } from "./bert-kernel.ts";

/** Bytes that a packed matrix takes: its weights, and the factors of its columns. */
export function packedSizes(inputs: number, outputs: number): { weights: number; factors: number } {
  return { weights: inputs * outputs, factors: (outputs / panelColumns) * panelFactorBytes };
}

/**
 * Quantises a matrix to signed bytes, each output with a scale of its own, and puts it in the order in which the kernel reads
 * it: eight outputs together, four inputs of each next to each other. Beside it, per eight outputs: the sums of
 * their bytes in each block of inputs, their scales, and their biases.
 * @param matrix `outputs` rows of `inputs` numbers, as the file has them.
 */
export function packMatrix(
  matrix: Float32Array,
  bias: Float32Array,
  inputs: number,
  weights: Int8Array,
  factors: Float32Array,
): void {
  const outputs = matrix.length / inputs;
  const factorsPerPanel = panelFactorBytes / 4;
  for (let output = 0; output < outputs; output += 1) {
    const row = matrix.subarray(output * inputs, (output + 1) * inputs);
    let largest = 0;
    for (const value of row) if (Math.abs(value) > largest) largest = Math.abs(value);
    const scale = largest === 0 ? 1 : largest / 127;
    const inverse = 1 / scale;
    const panel = Math.floor(output / panelColumns);
    const column = output % panelColumns;
    const at = panel * factorsPerPanel + column;
    let to = panel * panelColumns * inputs + column * 4;
    for (let input = 0; input < inputs; input += 4) {
      let sum = 0;
      for (let next = 0; next < 4; next += 1) {
        const byte = Math.round((row[input + next] ?? 0) * inverse);
        weights[to + next] = byte;
        sum += byte;
      }
      const sumAt = at + Math.floor((input * rowBlocks) / inputs) * panelColumns;
      factors[sumAt] = (factors[sumAt] ?? 0) + sum;
      to += panelColumns * 4;
    }
    factors[at + rowBlocks * panelColumns] = scale;
    factors[at + (rowBlocks + 1) * panelColumns] = bias[output] ?? 0;
  }
}
