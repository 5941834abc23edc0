import type { DocumentFinder } from "./document-finder.ts";
import { hitBound } from "./document-finder.ts";
import type { Question } from "./question.ts";
import type { DocumentFilter } from "./session-filter.ts";

/** A document in a list of the best. */
export interface RankedDocument {
  position: number;
  doc: number;
}

/** Documents of one list that are joined with another one. */
export const looseLimit = 200;
/** Of what the words of a question weigh together, a document must have so much. */
const leastShare = 0.5;
/** What a word weighs that no document has. */
const unknownWeight = 2;
/** Hits of all words together from which on they are too many to be looked at one by one. */
const looseBound = 60_000;

/**
 * Documents that have enough of a question's words, the best first: a question in a sentence has words that no answer has. What
 * a word weighs is its idf; words that are too common to be ranked weigh nothing.
 * @param count documents of the index.
 */
export function findLoosely(
  finder: DocumentFinder,
  { terms, exclusion, exact }: Question,
  filter: DocumentFilter,
  count: number,
  now: number,
): RankedDocument[] | undefined {
  const weighed = terms.map((term) => ({ term, hits: finder.countOf(term) }));
  const known = weighed.filter(({ hits }) => hits > 0 && hits <= hitBound);
  const together = known.reduce((sum, { hits }) => sum + hits, 0);
  if (terms.length < 2 || known.length === 0 || together > looseBound || exact.length > 0) return undefined;
  const weightOf = (hits: number): number =>
    hits === 0
      ? unknownWeight
      : hits > hitBound
        ? 0
        : Math.max(Math.log(1 + (count - hits + 0.5) / (hits + 0.5)), 0);
  const whole = weighed.reduce((sum, { hits }) => sum + weightOf(hits), 0);
  const had = new Map<number, number>();
  for (const { term, hits } of known) {
    const weight = weightOf(hits);
    for (const doc of finder.docsOf(term, hits)) had.set(doc, (had.get(doc) ?? 0) + weight);
  }
  const any = known.map(({ term }) => `(${term})`).join(" OR ");
  const match = exclusion === "" ? any : `(${any}) NOT (${exclusion})`;
  const enough = (doc: number): boolean => (had.get(doc) ?? 0) >= whole * leastShare;
  return finder.best(match, (position, doc) => enough(doc) && filter.allows(position), looseLimit, now);
}
