import type { SeededRandom } from "./seeded-random.ts";
import { createSeededRandom } from "./seeded-random.ts";
import type { Topic } from "./topics.ts";
import { topics } from "./topics.ts";

/** What makes a made-up conversation different from its neighbours. */
export type PlotFeature =
  | "plain"
  | "code"
  | "table"
  | "edit"
  | "regeneration"
  | "thinking"
  | "tool"
  | "picture"
  | "citation"
  | "persona"
  | "project"
  | "document"
  | "long";

export interface Turn {
  question: string;
  answer: string;
}

/** One conversation before a vendor's form is given to it. */
export interface Plot {
  index: number;
  random: SeededRandom;
  topic: Topic;
  feature: PlotFeature;
  title: string;
  /** Integer seconds since 1970 UTC. */
  startedAt: number;
  turns: Turn[];
}

const features: readonly PlotFeature[] = [
  "plain",
  "code",
  "edit",
  "thinking",
  "picture",
  "table",
  "regeneration",
  "tool",
  "citation",
  "persona",
  "project",
  "document",
  "long",
];
const firstDay = Date.UTC(2022, 11, 5) / 1000;
const lastDay = Date.UTC(2025, 10, 20) / 1000;
const longTurns = 60;

/** Makes conversation `index` of `count`; it depends on nothing else than these and the seed. */
export function createPlot(seed: string, vendor: string, index: number, count: number): Plot {
  const random = createSeededRandom(`${seed}/${vendor}/${index}`);
  const topic = topics[(index + random.below(3)) % topics.length] ?? random.pick(topics);
  const feature = features[index % features.length] ?? "plain";
  const share = count <= 1 ? 0.5 : index / (count - 1);
  const startedAt = Math.floor(firstDay + share * (lastDay - firstDay)) + random.below(50_000);
  const lengthWanted = feature === "long" ? longTurns : 1 + random.below(4);
  const turns = Array.from({ length: lengthWanted }, (_, turn) => createTurn(random, topic, feature, turn));
  // Several conversations may have the same title, as in life.
  return { index, random, topic, feature, title: random.pick(topic.titles), startedAt, turns };
}

export function createAnswer(random: SeededRandom, topic: Topic): string {
  const facts = [...new Set(Array.from({ length: 2 + random.below(3) }, () => random.pick(topic.facts)))];
  return `${random.pick(topic.openings)} ${facts.join(" ")}`;
}

function createTurn(random: SeededRandom, topic: Topic, feature: PlotFeature, turn: number): Turn {
  const question = turn === 0 ? random.pick(topic.questions) : random.pick(topic.thanks);
  const paragraphs = [createAnswer(random, topic)];
  if (random.chance(0.4)) {
    paragraphs.push(topic.steps.map((step, index) => `${index + 1}. ${step}`).join("\n"));
  }
  if (feature === "code" && turn === 0) paragraphs.push(codeParagraph);
  if (feature === "table" && turn === 0) paragraphs.push(createTable(random, topic));
  return { question, answer: paragraphs.join("\n\n") };
}

const codeParagraph = [
  "```typescript",
  "function countWords(text: string): Map<string, number> {",
  "  const counts = new Map<string, number>();",
  "  for (const word of text.toLowerCase().match(/\\p{L}+/gu) ?? []) {",
  "    counts.set(word, (counts.get(word) ?? 0) + 1);",
  "  }",
  "  return counts;",
  "}",
  "```",
].join("\n");

function createTable(random: SeededRandom, topic: Topic): string {
  const rows = topic.steps.map(
    (step) => `| ${step} | ${5 + random.below(55)} min | ${"★".repeat(1 + random.below(3))} |`,
  );
  return ["| What | How long | How hard |", "| --- | ---: | :---: |", ...rows].join("\n");
}
