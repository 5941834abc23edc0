/** A stretch of a damaged file: bytes of an original file, perhaps changed, or bytes that came from nowhere. */
export interface Piece {
  bytes: Buffer;
  /** Original file and the offset in it; undefined for bytes that were never there. */
  origin?: { path: string; from: number };
}

/** A file that remembers where each of its bytes came from, whatever is done to it. */
export class PiecedFile {
  readonly path: string;
  #pieces: Piece[];

  constructor(path: string, bytes: Buffer) {
    this.path = path;
    this.#pieces = [{ bytes, origin: { path, from: 0 } }];
  }

  get length(): number {
    return this.#pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#pieces.map(({ bytes }) => bytes));
  }

  /** Copies of the pieces between two offsets. */
  slice(from: number, to: number): Piece[] {
    const taken: Piece[] = [];
    let at = 0;
    for (const { bytes, origin } of this.#pieces) {
      const begin = Math.max(from - at, 0);
      const end = Math.min(to - at, bytes.length);
      if (begin < end) {
        const place =
          origin === undefined ? {} : { origin: { path: origin.path, from: origin.from + begin } };
        taken.push({ bytes: bytes.subarray(begin, end), ...place });
      }
      at += bytes.length;
    }
    return taken;
  }

  /** Puts pieces in the place of the bytes between two offsets. */
  replace(from: number, to: number, pieces: readonly Piece[]): void {
    this.#pieces = [...this.slice(0, from), ...pieces, ...this.slice(to, this.length)];
  }

  /** Changes bytes in place; they keep their origin. */
  overwrite(from: number, to: number, change: (bytes: Buffer) => Buffer): void {
    const changed = this.slice(from, to).map((piece) => ({
      ...piece,
      bytes: change(Buffer.from(piece.bytes)),
    }));
    this.replace(from, to, changed);
  }

  /** Where the nearest byte of the original in front of an offset ends now. */
  placeBefore(offset: number): number | undefined {
    let nearest: { end: number; at: number } | undefined;
    for (const { origin, end, at } of this.#own()) {
      if (origin >= offset) continue;
      const last = Math.min(end, offset);
      if (nearest === undefined || last > nearest.end) nearest = { end: last, at: at + last - origin };
    }
    return nearest?.at;
  }

  /** Where the nearest byte of the original from an offset on begins now. */
  placeBehind(offset: number): number | undefined {
    let nearest: { begin: number; at: number } | undefined;
    for (const { origin, end, at } of this.#own()) {
      if (end <= offset) continue;
      const first = Math.max(origin, offset);
      if (nearest === undefined || first < nearest.begin) nearest = { begin: first, at: at + first - origin };
    }
    return nearest?.at;
  }

  /** Stretches of the original: their offsets there, and where they stand now. */
  *#own(): Generator<{ origin: number; end: number; at: number }> {
    let at = 0;
    for (const { bytes, origin } of this.#pieces) {
      if (origin?.path === this.path) yield { origin: origin.from, end: origin.from + bytes.length, at };
      at += bytes.length;
    }
  }

  /** Where bytes of this file's own original stand now: offsets here, in the order of the file. */
  placesOf(from: number, to: number): { from: number; to: number }[] {
    const places: { from: number; to: number }[] = [];
    let at = 0;
    for (const { bytes, origin } of this.#pieces) {
      if (origin?.path === this.path) {
        const begin = Math.max(from, origin.from);
        const end = Math.min(to, origin.from + bytes.length);
        if (begin < end) places.push({ from: at + begin - origin.from, to: at + end - origin.from });
      }
      at += bytes.length;
    }
    return places;
  }
}
