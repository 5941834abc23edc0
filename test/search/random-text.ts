import type { SeededRandom } from "../fidelity/seeded-random.ts";

/** First and last character of each range that texts are drawn from, with what is special in it. */
const alphabets: readonly (readonly [number, number])[] = [
  [0x20, 0x7e],
  [0x61, 0x7a],
  [0x00, 0x1f],
  [0xa0, 0x17f],
  [0x180, 0x24f],
  [0x2b0, 0x36f], // accents
  [0x370, 0x58f],
  [0x591, 0x6ff], // Hebrew and Arabic, with vowels
  [0x900, 0xdff], // Indic, with vowel signs
  [0xe00, 0xeff], // Thai, Lao
  [0x1000, 0x109f],
  [0x1100, 0x1112], // Korean, in parts
  [0x1161, 0x1175],
  [0x11a8, 0x11c2],
  [0x1780, 0x17ff],
  [0x1e00, 0x1fff],
  [0x2000, 0x206f],
  [0x2c00, 0x2dff],
  [0x3000, 0x30ff],
  [0x3099, 0x309a],
  [0x4e00, 0x4e40],
  [0xac00, 0xac40],
  [0xd800, 0xdfff], // lone surrogates
  [0xf900, 0xfaff],
  [0xfe00, 0xfe0f],
  [0xff00, 0xffef],
  [0x10400, 0x1044f],
  [0x1f300, 0x1f9ff],
  [0x20000, 0x20040],
  [0x0, 0x10ffff],
];

/** A text of up to `length` characters out of one to four alphabets, which often change. */
export function randomText(random: SeededRandom, length: number): string {
  const chosen = Array.from({ length: 1 + random.below(4) }, () => random.pick(alphabets));
  let text = "";
  for (let count = random.below(length + 1); count > 0; count -= 1) {
    if (random.below(6) === 0) {
      text += random.pick([" ", " ", "-", ".", "\n", "_", "\u0301", "a", "é", "語"]);
      continue;
    }
    const [first, last] = random.pick(chosen);
    text += String.fromCodePoint(first + random.below(last - first + 1));
  }
  return text;
}
