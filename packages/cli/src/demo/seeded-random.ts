import { createHash } from "node:crypto";

/** Numbers that are always the same for the same seed. */
export interface SeededRandom {
  /** 0 to `limit` - 1. */
  below(limit: number): number;
  pick<Item>(items: readonly Item[]): Item;
  chance(share: number): boolean;
  /** 32 hexadecimal digits. */
  hex(): string;
  /** A UUID of version 4 in form; not random in any other sense. */
  uuid(): string;
}

/** sfc32 of Chris Doty-Humphrey, started from a hash of the seed so that near seeds give unlike numbers. */
export function createSeededRandom(seed: string): SeededRandom {
  const hash = createHash("sha256").update(seed, "utf8").digest();
  let a = hash.readUInt32LE(0);
  let b = hash.readUInt32LE(4);
  let c = hash.readUInt32LE(8);
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  const below = (limit: number): number => next() % limit;
  const hex = (): string => Array.from({ length: 4 }, () => next().toString(16).padStart(8, "0")).join("");
  return {
    below,
    pick(items) {
      const item = items[below(items.length)];
      if (item === undefined) throw new TypeError("There is nothing to pick from.");
      return item;
    },
    chance: (share) => next() / 2 ** 32 < share,
    hex,
    uuid() {
      const digits = hex();
      const variant = "89ab"[Number.parseInt(digits[16] ?? "0", 16) % 4] ?? "8";
      return [
        digits.slice(0, 8),
        digits.slice(8, 12),
        `4${digits.slice(13, 16)}`,
        `${variant}${digits.slice(17, 20)}`,
        digits.slice(20),
      ].join("-");
    },
  };
}
