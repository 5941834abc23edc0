import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatNpy, parseNpy } from "./npy-array.ts";
import { npyHead, npyHeadBytes, parseNpyHead } from "./npy-header.ts";

/** A file as somebody else writes it. */
function madeUp(description: string, data: Uint8Array, version: 1 | 2 | 3 = 1): Buffer {
  const text = Buffer.from(description, version === 3 ? "utf8" : "latin1");
  const head = Buffer.alloc(version === 1 ? 10 : 12);
  head.write("\u0093NUMPY", "latin1");
  head[6] = version;
  if (version === 1) head.writeUInt16LE(text.length, 8);
  else head.writeUInt32LE(text.length, 8);
  return Buffer.concat([head, text, data]);
}

const describeShape = (descr: string, shape: string, order = "False"): string =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }   \n`;

describe("what is written", () => {
  test("has a head of one length for every shape, and is read as it was", () => {
    for (const shape of [[0, 256], [1, 384], [999_999_999_999, 4096], [3], []]) {
      assert.equal(npyHead(shape).length, npyHeadBytes);
      assert.deepEqual(parseNpyHead(npyHead(shape), "it").shape, shape);
    }
    const values = Float32Array.of(1, -0, Number.NaN, Infinity, -Infinity, 1e-45);
    const read = parseNpy(formatNpy({ shape: [2, 3], values }));
    assert.deepEqual(read.shape, [2, 3]);
    assert.ok(Buffer.from(read.values.buffer).equals(Buffer.from(values.buffer)));
  });

  test("a shape that the numbers have not is refused", () => {
    assert.throws(() => formatNpy({ shape: [2, 2], values: new Float32Array(3) }), RangeError);
  });
});

describe("what others write", () => {
  test("every format, both byte orders and both orders of indices", () => {
    const big = Buffer.alloc(16);
    for (const [index, value] of [1, 2, 3, 4].entries()) big.writeFloatBE(value, index * 4);
    const wanted = [1, 2, 3, 4];
    assert.deepEqual([...parseNpy(madeUp(describeShape(">f4", "(2, 2)"), big)).values], wanted);
    const little = Buffer.from(Float32Array.from(wanted).buffer);
    for (const version of [1, 2, 3] as const) {
      assert.deepEqual([...parseNpy(madeUp(describeShape("<f4", "(4,)"), little, version)).values], wanted);
    }
    const turned = parseNpy(madeUp(describeShape("<f4", "(2, 2)", "True"), little));
    assert.deepEqual([...turned.values], [1, 3, 2, 4]);
    const bytes = Buffer.from(Int8Array.of(-128, 0, 127));
    assert.deepEqual([...parseNpy(madeUp(describeShape("|i1", "(3L,)"), bytes)).values], [-128, 0, 127]);
  });

  test("what cannot be read is refused by name", () => {
    const four = Buffer.alloc(4);
    const refused: [string, Uint8Array, string][] = [
      ["nothing", Buffer.alloc(0), "NPY_INVALID"],
      ["another file", Buffer.from("PK\u0003\u0004 and so on"), "NPY_INVALID"],
      ["a head cut off", madeUp(describeShape("<f4", "(1,)"), four).subarray(0, 30), "NPY_INVALID"],
      ["numbers cut off", madeUp(describeShape("<f4", "(2,)"), four), "NPY_INVALID"],
      ["a length below zero", madeUp(describeShape("<f4", "(-1,)"), four), "NPY_INVALID"],
      [
        "a key too many",
        madeUp("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': True}", four),
        "NPY_INVALID",
      ],
      [
        "a key twice",
        madeUp("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", four),
        "NPY_INVALID",
      ],
      ["a key too few", madeUp("{'descr': '<f4', 'shape': (1,)}", four), "NPY_INVALID"],
      ["code", madeUp("__import__('os')", four), "NPY_INVALID"],
      [
        "more than there can be",
        madeUp(describeShape("<f4", "(99999999999, 99999999)"), four),
        "NPY_INVALID",
      ],
      ["objects", madeUp(describeShape("|O", "(1,)"), four), "NPY_UNSUPPORTED"],
      ["texts", madeUp(describeShape("<U1", "(1,)"), four), "NPY_UNSUPPORTED"],
      ["half numbers", madeUp(describeShape("<f2", "(1,)"), four), "NPY_UNSUPPORTED"],
      [
        "records",
        madeUp("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", four),
        "NPY_UNSUPPORTED",
      ],
      [
        "a format to come",
        Buffer.from(madeUp(describeShape("<f4", "(1,)"), four)).fill(4, 6, 7),
        "NPY_UNSUPPORTED",
      ],
    ];
    for (const [what, bytes, code] of refused) assert.throws(() => parseNpy(bytes), { code }, what);
  });
});
