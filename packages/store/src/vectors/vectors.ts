// What of vectors is offered to tests, benches and the command line.
export { formatNpy, parseNpy } from "./npy-array.ts";
export type { NpyArray } from "./npy-array.ts";
export { exportVectors } from "./npz.ts";
export { hasSimd } from "./dot-kernel.ts";
export { NearestRows } from "./nearest-rows.ts";
export type { ExactRows, NearRow, NearestOptions, NearestQuery, RowRun } from "./nearest-rows.ts";
