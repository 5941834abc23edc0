// How BERT makes words of a text before it looks into its vocabulary (google-research/bert, tokenization.py, BasicTokenizer,
// uncased): control characters away, blanks one kind, Han characters words of their own, accents away, small letters,
// punctuation words of its own.

const plain = /^[\t\n\r\x20-\x7e]*$/;
const plainWord = /[a-z0-9]+|[!-/:-@[-`{-~]/g;
const word = /[\p{P}$+<=>^`|~]|[^\p{White_Space}\p{P}$+<=>^`|~]+/gu;
const marks = /\p{Mn}+/gu;
const toDrop = /[\0\ufffd\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu;
const blanks = /[\t\n\r\p{White_Space}]/gu;
/** The blocks that BERT calls Chinese characters; kana and Hangul are none of them. */
const han =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;

/** Texts are looked at piece by piece, so that one of many megabytes whose beginning is wanted costs no more than that. */
const pieceUnits = 4096;

/** The words of a text in order, as the vocabulary knows them. */
export function* wordsOf(text: string): Generator<string, void, undefined> {
  for (let from = 0; from < text.length;) {
    const to = pieceEnd(text, from);
    yield* wordsOfPiece(from === 0 && to === text.length ? text : text.slice(from, to));
    from = to;
  }
}

/** Behind a blank, so that no word is cut; the whole rest where there is none for long. */
function pieceEnd(text: string, from: number): number {
  if (text.length - from <= pieceUnits) return text.length;
  const found = text.indexOf(" ", from + pieceUnits);
  return found === -1 ? text.length : found + 1;
}

function wordsOfPiece(text: string): readonly string[] {
  if (plain.test(text)) return text.toLowerCase().match(plainWord) ?? [];
  return normalised(text).match(word) ?? [];
}

function normalised(text: string): string {
  const cleaned = text
    .replace(toDrop, (character) =>
      character === "\t" || character === "\n" || character === "\r" ? " " : "",
    )
    .replace(blanks, " ")
    .replace(han, " $& ");
  return lowered(cleaned.normalize("NFD").replace(marks, ""));
}

/** Letter by letter: a sigma at the end of a word stays an ordinary one, as the vocabulary has it. */
function lowered(text: string): string {
  return text.includes("Σ")
    ? Array.from(text, (letter) => letter.toLowerCase()).join("")
    : text.toLowerCase();
}
