import { isFunctionWord } from "./function-words.ts";

/** A word that says what a text is about. */
export interface TellingWord {
  /** As it was written. */
  text: string;
  /** Lower case, without diacritics. */
  folded: string;
  /** Position in the text, UTF-16 units. */
  at: number;
  /** Written like a name: with a capital where a sentence goes on, in capitals, or with digits or marks inside. */
  isName: boolean;
}

/** Letters and digits, with the marks that hold identifiers and names together. */
const wordPattern = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*(?:[_.'’/-][\p{L}\p{N}][\p{L}\p{N}\p{M}]*)*/gu;
const ideographic = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u;

/** A word as it is compared: lower case, without diacritics. */
export function foldWord(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("ß", "ss");
}

/**
 * The words of a text that say something, in order, each as often as it stands there. Scripts that set no blanks between words give
 * their whole runs.
 */
export function tellingWords(text: string): TellingWord[] {
  const words: TellingWord[] = [];
  for (const match of text.matchAll(wordPattern)) {
    const [word] = match;
    const folded = foldWord(word);
    const plain = folded.replace(/['’](?:s|m|d|t|re|ve|ll)$/u, "");
    if (isFunctionWord(plain) || isFunctionWord(plain.replaceAll(/['’]/gu, ""))) continue;
    const hasDigit = /\p{N}/u.test(plain);
    if (!ideographic.test(plain) && plain.length < (hasDigit ? 2 : 3)) continue;
    const trimmed = word.slice(0, word.length - (folded.length - plain.length));
    words.push({ text: trimmed, folded: plain, at: match.index, isName: isName(text, trimmed, match.index) });
  }
  return words;
}

/** The beginning of a word that its other forms share, with a `*`; the word itself where it is short or holds marks. */
export function stemOf({ folded, isName: keeps }: TellingWord): string {
  if (keeps || folded.length < 5 || !/^[a-z]+$/.test(folded)) return folded;
  const stem = folded.replace(/(?:ations?|ings?|ments?|ungen|ung|ies|ied|eds?|ers?|es|en|e|s|y|n)$/, "");
  return stem.length >= 4 ? `${stem}*` : `${folded}*`;
}

function isName(text: string, word: string, at: number): boolean {
  if (/[\p{L}][\p{N}_]|[\p{N}_][\p{L}]|[_./]|\p{Ll}\p{Lu}/u.test(word)) return true;
  if (!/^\p{Lu}/u.test(word)) return false;
  if (word.length > 1 && word === word.toUpperCase()) return true;
  // The first word of a sentence has a capital whatever it is.
  const before = text.slice(Math.max(0, at - 4), at).trimEnd();
  return before === ""
    ? at > 4
    : !/[.!?…:;\n"“„(>*#-]$/u.test(before) && !/\n\s*$/u.test(text.slice(Math.max(0, at - 4), at));
}
