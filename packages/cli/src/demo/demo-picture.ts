import { crc32, deflateSync } from "node:zlib";
import type { SeededRandom } from "./seeded-random.ts";

export interface DemoPicture {
  bytes: Buffer;
  width: number;
  height: number;
}

const side = 24;

/** A tiny landscape as a PNG: a sky, a sun, a field. */
export function createPicture(random: SeededRandom): DemoPicture {
  const horizon = 10 + random.below(6);
  const sunX = 4 + random.below(side - 8);
  const sunY = 3 + random.below(4);
  const sky = [90 + random.below(80), 150 + random.below(60), 235] as const;
  const field = [60 + random.below(80), 140 + random.below(60), 70] as const;
  const rows = Buffer.alloc(side * (1 + side * 3));
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      const isSun = (x - sunX) ** 2 + (y - sunY) ** 2 <= 6;
      const color = isSun ? ([250, 210, 90] as const) : y < horizon ? sky : field;
      rows.set(color, y * (1 + side * 3) + 1 + x * 3);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  // 8 bits a channel, RGB.
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const bytes = Buffer.concat([
    signature,
    pngChunk("IHDR", header),
    // Stored, not compressed: the bytes must not depend on the compressor.
    pngChunk("IDAT", deflateSync(rows, { level: 0 })),
    pngChunk("IEND", Buffer.alloc(0)),
  ]);
  return { bytes, width: side, height: side };
}

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(data.length, 0);
  chunk.set(body, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  return chunk;
}
