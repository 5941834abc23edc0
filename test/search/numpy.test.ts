import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { formatNpy, parseNpy } from "@chatty/store/vectors";
import { createRandom } from "../fidelity/seeded-random.ts";
import { askNumpy, reasonWithoutNumpy } from "./numpy.ts";

const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);
const arrays = isFull ? 3_000 : 150;
const skip = reasonWithoutNumpy();

const folder = mkdtempSync(join(tmpdir(), "chatty-numpy-"));
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

/** The bits of float32 numbers, since NaN equals nothing and -0 equals 0. */
function bits(values: Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("hex");
}

interface WrittenByNumpy {
  file: string;
  shape: number[];
  /** As NumPy gives them in float32, C order, little endian. */
  bits: string;
}

/** Every kind that is read, in every order and format, with the numbers that are hard. */
const writeArrays = `
seed, count, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
rng = np.random.default_rng(seed)
hard = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-45, -1e-45, 1.17549421e-38, 3.4028235e38, 1e-300, 1.0 + 2**-24])
told = []
for i in range(count):
    shape = tuple(int(n) for n in rng.integers(0, 9, size=int(rng.integers(0, 4))))
    a = rng.standard_normal(shape) * 10.0 ** rng.integers(-40, 30)
    if a.ndim > 0 and a.size > 0:
        flat = a.reshape(-1)
        for at in rng.integers(0, flat.size, size=flat.size // 3):
            flat[at] = hard[rng.integers(0, len(hard))]
    kind = ['<f4', '>f4', '<f8', '>f8', '|i1'][int(rng.integers(0, 5))]
    with np.errstate(all='ignore'):
        a = rng.integers(-128, 128, size=shape).astype(kind) if kind == '|i1' else np.asarray(a).astype(kind)
    a = np.asfortranarray(a) if rng.integers(0, 2) else np.ascontiguousarray(a).reshape(shape)
    version = [(1, 0), (2, 0), (3, 0), None][int(rng.integers(0, 4))]
    name = f'{folder}/{i}.npy'
    with open(name, 'wb') as f:
        np.lib.format.write_array(f, a, version=version)
    with np.errstate(all='ignore'):
        f4 = np.ascontiguousarray(a.astype('<f4'))
    told.append({'file': name, 'shape': list(a.shape), 'bits': f4.tobytes().hex()})
print(json.dumps(told))
`;

const readArrays = `
told = {}
for name in sys.argv[1:]:
    a = np.load(name, allow_pickle=False)
    told[name] = {'shape': list(a.shape), 'dtype': a.dtype.str, 'c': bool(a.flags['C_CONTIGUOUS']), 'bits': a.tobytes().hex()}
print(json.dumps(told))
`;

describe("arrays that go to NumPy and come from it", { skip }, () => {
  test("what NumPy wrote is read with equal values", (t) => {
    const written = askNumpy<WrittenByNumpy[]>(writeArrays, String(seed), String(arrays), folder);
    t.diagnostic(`seed ${seed}, ${written.length} arrays`);
    assert.equal(written.length, arrays);
    for (const { file, shape, bits: wanted } of written) {
      const read = parseNpy(readFileSync(file), file);
      assert.deepEqual(read.shape, shape, file);
      const got = bits(read.values);
      // A NaN has many bits, and turning float64 into float32 may change which.
      if (got !== wanted) assert.equal(withoutNaN(got), withoutNaN(wanted), `seed ${seed}, ${file}`);
    }
  });

  test("what is written NumPy reads with equal bits", (t) => {
    t.diagnostic(`seed ${seed}, ${arrays} arrays`);
    const random = createRandom(seed);
    const wanted = new Map<string, { shape: number[]; bits: string }>();
    for (let index = 0; index < arrays; index += 1) {
      const shape =
        [[random.below(40), 1 + random.below(400)], [random.below(9)], [], [0, 256]][random.below(4)] ?? [];
      const values = new Float32Array(shape.reduce((product, length) => product * length, 1));
      // Any bits at all: NaN, infinities and subnormal numbers among them.
      const words = new Uint32Array(values.buffer);
      for (const at of words.keys()) words[at] = random.below(2 ** 32);
      const file = join(folder, `ours-${index}.npy`);
      writeFileSync(file, formatNpy({ shape, values }));
      wanted.set(file, { shape, bits: bits(values) });
    }
    const got = askNumpy<Record<string, { shape: number[]; dtype: string; c: boolean; bits: string }>>(
      readArrays,
      ...wanted.keys(),
    );
    for (const [file, { shape, bits: values }] of wanted) {
      assert.deepEqual(got[file], { shape, dtype: "<f4", c: true, bits: values }, `seed ${seed}, ${file}`);
    }
  });

  test("a planted mistake, one bit, is seen", () => {
    const file = join(folder, "planted.npy");
    const values = Float32Array.of(1, 2, 3);
    const bytes = formatNpy({ shape: [3], values });
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const got = askNumpy<Record<string, { bits: string }>>(readArrays, file);
    assert.notEqual(got[file]?.bits, bits(values));
  });
});

function withoutNaN(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  return words
    .map((word) => (Number.isNaN(Buffer.from(word, "hex").readFloatLE(0)) ? "a NaN" : word))
    .join(" ");
}
