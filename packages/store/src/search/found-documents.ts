/** Documents that fulfil a question, with how good they are. */
export interface FoundDocuments {
  positions: Int32Array;
  scores: Float64Array;
  /** How many of the places in the arrays are used. */
  count: number;
  /** False where the newest come first and scores only say that. */
  isRanked: boolean;
  /** False where not everything could be looked at. */
  isComplete: boolean;
  /** Where it is not complete: nothing with a lower number was looked at. */
  backToDoc: number | undefined;
}

/** Collects documents while they are found. */
export class DocumentCollector {
  #positions = new Int32Array(1024);
  #scores = new Float64Array(1024);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(position: number, score: number): void {
    if (this.#count === this.#positions.length) {
      const positions = new Int32Array(this.#count * 4);
      const scores = new Float64Array(this.#count * 4);
      positions.set(this.#positions);
      scores.set(this.#scores);
      this.#positions = positions;
      this.#scores = scores;
    }
    this.#positions[this.#count] = position;
    this.#scores[this.#count] = score;
    this.#count += 1;
  }

  found(facts: Pick<FoundDocuments, "isRanked" | "isComplete" | "backToDoc">): FoundDocuments {
    return { positions: this.#positions, scores: this.#scores, count: this.#count, ...facts };
  }
}

/** One of the best. */
export interface BestDocument {
  position: number;
  doc: number;
  score: number;
}

/**
 * The best documents behind a place in the order, the best first; of equal ones the newer one.
 * @param after its own place is left out.
 */
export function bestDocuments(
  { positions, scores, count }: FoundDocuments,
  docAt: (position: number) => number,
  limit: number,
  after: { score: number; doc: number } | undefined,
): BestDocument[] {
  const best: BestDocument[] = [];
  for (let index = 0; index < count; index += 1) {
    const position = positions[index] ?? 0;
    const score = scores[index] ?? 0;
    const worst = best.length < limit ? undefined : best.at(-1);
    if (worst !== undefined && score < worst.score) continue;
    const doc = docAt(position);
    const candidate = { position, doc, score };
    if (after !== undefined && compare(candidate, after) <= 0) continue;
    if (worst !== undefined && compare(candidate, worst) > 0) continue;
    let at = best.length;
    while (at > 0 && compare(candidate, best[at - 1] ?? candidate) < 0) at -= 1;
    best.splice(at, 0, candidate);
    if (best.length > limit) best.pop();
  }
  return best;
}

function compare(left: { score: number; doc: number }, right: { score: number; doc: number }): number {
  return right.score - left.score || right.doc - left.doc;
}
