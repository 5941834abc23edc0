import { constants, zstdCompressSync } from "node:zlib";

/** Packs are made again at will: what counts is how little they hold an import up. */
export const packOptions = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** The compressed form of a record; the same bytes give the same form wherever it is made. */
export function compressNow(raw: Uint8Array): Buffer {
  return zstdCompressSync(raw, packOptions);
}
