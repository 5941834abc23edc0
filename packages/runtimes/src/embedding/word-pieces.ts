import { ChattyError, isJsonObject } from "@chatty/model";
import type { JsonValue } from "@chatty/model";
import { wordsOf } from "./bert-words.ts";

/** Numbers of a BERT vocabulary that have a meaning of their own. */
export const openingMark = 101;
export const closingMark = 102;
const unknown = 100;
/** BERT takes a longer word for an unknown one. In code points. */
const longestWord = 100;
const mostRemembered = 50_000;

/** Cuts text into the numbers of a vocabulary. */
export interface WordPieces {
  /** Pieces of the text without marks, at most `limit` of them: nothing is filled up, and nothing else is cut. */
  ids(text: string, limit?: number): number[];
  /** How many pieces there are. */
  count(text: string): number;
}

/**
 * WordPiece as BERT has it: the longest piece that fits, from the left; a word that cannot be put together is unknown as a whole.
 * Marks that stand in a text (`[SEP]`) are text. What `tokenizer.json` says of filling up to 128 is left aside: it would make the vector of a short text one of nothing.
 * @param tokenizerJson the file that ships with the weights.
 * @throws {ChattyError} EMBEDDER_UNAVAILABLE
 */
export function makeWordPieces(tokenizerJson: string): WordPieces {
  const vocabulary = readVocabulary(tokenizerJson);
  const remembered = new Map<string, readonly number[]>();
  const piecesOf = (word: string): readonly number[] => {
    const known = remembered.get(word);
    if (known !== undefined) return known;
    const made = cut(word, vocabulary);
    if (remembered.size >= mostRemembered) remembered.clear();
    remembered.set(word, made);
    return made;
  };
  return {
    ids(text, limit = Infinity) {
      const ids: number[] = [];
      for (const word of wordsOf(text)) {
        for (const id of piecesOf(word)) {
          if (ids.length >= limit) return ids;
          ids.push(id);
        }
      }
      return ids;
    },
    count(text) {
      let count = 0;
      for (const word of wordsOf(text)) count += piecesOf(word).length;
      return count;
    },
  };
}

function cut(word: string, vocabulary: ReadonlyMap<string, number>): readonly number[] {
  const whole = vocabulary.get(word);
  if (whole !== undefined) return [whole];
  // By code points, so that no half of a pair is looked up.
  const letters = Array.from(word);
  if (letters.length > longestWord) return [unknown];
  const ids: number[] = [];
  for (let from = 0; from < letters.length;) {
    let to = letters.length;
    let id: number | undefined;
    for (; to > from; to -= 1) {
      id = vocabulary.get(`${from === 0 ? "" : "##"}${letters.slice(from, to).join("")}`);
      if (id !== undefined) break;
    }
    if (id === undefined) return [unknown];
    ids.push(id);
    from = to;
  }
  return ids;
}

function readVocabulary(text: string): ReadonlyMap<string, number> {
  const file = JSON.parse(text) as JsonValue;
  const model = isJsonObject(file) ? file["model"] : undefined;
  const words = isJsonObject(model) && model["type"] === "WordPiece" ? model["vocab"] : undefined;
  if (!isJsonObject(words)) {
    throw new ChattyError("EMBEDDER_UNAVAILABLE", "The vocabulary of the embedding model cannot be read.", {
      hint: "Install Chatty's packages again.",
    });
  }
  const vocabulary = new Map<string, number>();
  for (const [word, id] of Object.entries(words)) if (typeof id === "number") vocabulary.set(word, id);
  return vocabulary;
}
