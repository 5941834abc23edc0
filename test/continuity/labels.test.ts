// How conversations belong together, judged by the rules and held against what is known of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  continuityTypeOf,
  copiedPassage,
  findMentions,
  findRelativeReferences,
  likenessOf,
  linkOf,
  termWeights,
  wordTokens,
} from "@chatty/model";
import type { ContinuityType, JudgedLink, TermStatistics } from "@chatty/model";
import { makeCorpus } from "../search/relevance/corpus.ts";
import { labelledCases } from "./labelled-cases.ts";
import type { CaseSession, LabelledCase } from "./labelled-cases.ts";

const words = (text: string): string[] => wordTokens(text).map(({ term }) => term);

/** What all conversations of the corpus say of a word. */
function statistics(): TermStatistics {
  const counts = new Map<string, number>();
  const { conversations } = makeCorpus(1);
  for (const { messages } of conversations) {
    for (const word of new Set(messages.flatMap(({ text }) => words(text)))) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return { sessions: conversations.length, sessionsWith: (term) => counts.get(term) ?? 0 };
}

const known = statistics();

function weigh(session: CaseSession): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { text } of session.messages) {
    for (const word of words(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return termWeights(counts, known);
}

const opening = ({ messages }: CaseSession): string =>
  messages.find(({ role }) => role === "user")?.text ?? "";

function refersBack(session: CaseSession): boolean {
  return findRelativeReferences(opening(session).slice(0, 200)).some(
    ({ kind }) => kind === "as-said" || kind === "continuation",
  );
}

function judgeType({ from, to, fromIndex }: LabelledCase): ContinuityType {
  const last = from.messages[fromIndex];
  const first = from.id === to.id ? from.messages[fromIndex + 1] : to.messages[0];
  assert.ok(last && first);
  return continuityTypeOf(
    { at: last.at, runtimeId: from.runtime, sessionId: from.id, confidence: 1 },
    { at: first.at, runtimeId: to.runtime, sessionId: to.id, confidence: 1 },
    {
      similarity: () => likenessOf(weigh(from), weigh(to)),
      isContinuation: () => to.forkOf === from.id,
      refersBack: () => refersBack(to),
      isActive: (_id, after, until) => from.messages.some(({ at }) => at > after && at <= until),
    },
  ).type;
}

function judgeLink({ from, to }: LabelledCase): JudgedLink | undefined {
  if (from.id === to.id) return undefined;
  const text = to.messages.map((message) => message.text).join("\n");
  const other = from.messages.map((message) => message.text).join("\n");
  const end = from.messages.at(-1)?.at ?? 0;
  return linkOf({
    isFork: to.forkOf === from.id,
    isNamed: findMentions(text).some(({ value }) => value === from.id),
    copied: copiedPassage(text, other),
    sharedFiles: to.files.filter((file) => from.files.includes(file)).length,
    refersBack: refersBack(to),
    likeness: likenessOf(weigh(from), weigh(to)),
    gapMs: (to.messages[0]?.at ?? 0) - end,
  });
}

const types = ["seamless", "resume", "parallel", "break"] as const;
const cases = labelledCases();

test("every kind of continuity is told from the others on what nobody tuned for", (t) => {
  assert.ok(cases.length >= 300);
  for (const half of ["tuned", "held out"] as const) {
    const own = cases.filter(({ isHeldOut }) => isHeldOut === (half === "held out"));
    const matrix = types.map((type) =>
      types.map((judged) => own.filter((each) => each.type === type && judgeType(each) === judged).length),
    );
    t.diagnostic(
      `${half}, ${own.length} cases; rows: what it is, columns: what was judged (${types.join(", ")})`,
    );
    for (const [index, row] of matrix.entries())
      t.diagnostic(`${(types[index] ?? "").padEnd(9)} ${row.join("  ")}`);
    const right = matrix.reduce((sum, row, index) => sum + (row[index] ?? 0), 0);
    t.diagnostic(`right: ${((100 * right) / own.length).toFixed(1)} %`);
    assert.ok(right / own.length >= 0.9, `${half}: ${right} of ${own.length}`);
    for (const each of own) {
      if (each.from.id !== each.to.id) assert.notEqual(judgeType(each), "seamless");
      else assert.equal(judgeType(each), "seamless");
    }
  }
});

test("certain links are all right, and inferred ones are precise", (t) => {
  for (const half of ["tuned", "held out"] as const) {
    const own = cases.filter(({ isHeldOut }) => isHeldOut === (half === "held out"));
    let [found, right, wanted] = [0, 0, 0];
    const wrong = new Map<string, number>();
    for (const each of own) {
      const link = judgeLink(each);
      if (each.isCertain) {
        assert.equal(link?.referenceType, each.link, each.name);
        assert.equal(link?.confidence, 1);
        continue;
      }
      if (link?.confidence === 1) assert.fail(`certain without a reason: ${each.name}`);
      if (each.link !== undefined) wanted += 1;
      if (link === undefined) continue;
      found += 1;
      // That two conversations are linked is one judgement; of which kind, where both may be said, another.
      if (each.link !== undefined) right += 1;
      else wrong.set(each.name, (wrong.get(each.name) ?? 0) + 1);
    }
    const precision = right / found;
    t.diagnostic(
      `${half}: ${found} inferred, precision ${precision.toFixed(3)}, recall ${(right / wanted).toFixed(3)}; wrong: ${JSON.stringify([...wrong])}`,
    );
    assert.ok(precision >= 0.9, `${half}: ${precision}`);
  }
});

test("a judge that takes every likeness for a link is found out", () => {
  const own = cases.filter(({ isCertain, from, to }) => !isCertain && from.id !== to.id);
  const linked = own.filter(({ from, to }) => likenessOf(weigh(from), weigh(to)) > 0.05);
  const right = linked.filter(({ link }) => link !== undefined).length;
  assert.ok(right / linked.length < 0.9);
});
