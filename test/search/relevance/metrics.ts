import { queryKinds } from "./queries.ts";
import type { JudgedQuery } from "./queries.ts";

/** What a way of searching is worth over some queries. */
export interface Score {
  queries: number;
  /** Of what answers, so much is among the first ten, on average; where more than ten answer, ten are all there can be. */
  recallAt10: number;
  /** Mean of one over the place of the first answer; places behind the hundredth count nothing. */
  mrr: number;
}

/** Keys of messages, the best first. */
export type Ranker = (query: JudgedQuery) => Promise<readonly string[]> | readonly string[];

export const deepestPlace = 100;

export function recallAt10(ranked: readonly string[], relevant: ReadonlySet<string>): number {
  const found = new Set(ranked.slice(0, 10).filter((key) => relevant.has(key)));
  return found.size / Math.min(10, relevant.size);
}

export function reciprocalRank(ranked: readonly string[], relevant: ReadonlySet<string>): number {
  const place = ranked.slice(0, deepestPlace).findIndex((key) => relevant.has(key));
  return place === -1 ? 0 : 1 / (place + 1);
}

/** Scores of one way over queries: of all of them, and of each kind. */
export async function score(queries: readonly JudgedQuery[], rank: Ranker): Promise<Map<string, Score>> {
  const scores = new Map<string, Score>();
  const results: { kinds: string[]; recall: number; reciprocal: number }[] = [];
  for (const query of queries) {
    const ranked = await rank(query);
    results.push({
      kinds: ["all", query.kind, ...(query.language === undefined ? [] : [`  ${query.language}`])],
      recall: recallAt10(ranked, query.relevant),
      reciprocal: reciprocalRank(ranked, query.relevant),
    });
  }
  for (const kind of ["all", ...queryKinds, "  de", "  fr", "  es", "  zh"]) {
    const some = results.filter(({ kinds }) => kinds.includes(kind));
    const mean = (of: (one: (typeof some)[number]) => number): number =>
      some.length === 0 ? 0 : some.reduce((sum, one) => sum + of(one), 0) / some.length;
    scores.set(kind, {
      queries: some.length,
      recallAt10: mean(({ recall }) => recall),
      mrr: mean(({ reciprocal }) => reciprocal),
    });
  }
  return scores;
}

/** The ways side by side: a line per kind of query, `recall@10 / MRR` of each way. */
export function table(ways: ReadonlyMap<string, ReadonlyMap<string, Score>>): string[] {
  const names = [...ways.keys()];
  const [first] = ways.values();
  const wide = (text: string): string => text.padStart(15);
  const lines = [`${"kind".padEnd(12)}${"queries".padStart(8)}${names.map(wide).join("")}`];
  for (const [kind, { queries }] of first ?? []) {
    if (queries === 0) continue;
    const cells = names.map((name) => {
      const one = ways.get(name)?.get(kind);
      return wide(one === undefined ? "-" : `${one.recallAt10.toFixed(3)} / ${one.mrr.toFixed(3)}`);
    });
    lines.push(`${kind.padEnd(12)}${String(queries).padStart(8)}${cells.join("")}`);
  }
  return lines;
}
