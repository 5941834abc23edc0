import { seeded } from "./random.ts";
import type { Random } from "./random.ts";
import { inPassing, paragraph, sentence } from "./sentences.ts";
import type { Fact, Topic } from "./topic.ts";
import { codeTopics } from "./topics-code.ts";
import { homeTopics } from "./topics-home.ts";
import { leisureTopics } from "./topics-leisure.ts";
import { peopleTopics } from "./topics-people.ts";

export const topics: readonly Topic[] = [...homeTopics, ...codeTopics, ...peopleTopics, ...leisureTopics];

export const corpusRuntimes = ["chatgpt", "claude", "gemini", "deepseek", "chatty"] as const;
export type CorpusRuntime = (typeof corpusRuntimes)[number];

export interface CorpusMessage {
  /** `{conversation}.{index}`. */
  key: string;
  role: "user" | "assistant";
  text: string;
  /** Integer milliseconds UTC. */
  at: number;
}

export interface CorpusConversation {
  key: string;
  runtime: CorpusRuntime;
  title: string;
  topic: string;
  messages: CorpusMessage[];
}

/** Where a fact was said. */
export interface Placed {
  /** `{topic}/{index}`. */
  id: string;
  topic: Topic;
  fact: Fact;
  conversation: CorpusConversation;
  message: CorpusMessage;
}

export interface Corpus {
  conversations: CorpusConversation[];
  facts: Placed[];
  messages: CorpusMessage[];
}

const firstMonth = Date.UTC(2021, 0, 1);
const months = 57;
/** After everything that was said. */
export const corpusNow = Date.UTC(2025, 10, 1);
const conversationsWithoutFact = 20;

/** The same conversations for the same seed: a person's five years with five runtimes. */
export function makeCorpus(seed = 1): Corpus {
  const random = seeded(seed);
  const conversations: CorpusConversation[] = [];
  const facts: Placed[] = [];
  for (const topic of topics) {
    // A month belongs to one fact of a topic, or to none: so "in May 2023" means one conversation.
    const monthOrder = random.shuffled(Array.from({ length: months }, (_month, index) => index));
    for (const [index, fact] of topic.facts.entries()) {
      const conversation = begin(conversations.length, topic, monthOrder[index] ?? 0, random);
      const at = 2 + 2 * random.below(3);
      const length = at + 2 + 2 * random.below(3);
      for (let turn = 0; turn < length; turn += 2) {
        if (turn === at) addFact(conversation, topic, fact, random);
        else addPair(conversation, topic, random);
      }
      conversations.push(conversation);
      const message = conversation.messages.find(({ text }) => text.includes(fact.said));
      if (message === undefined) throw new Error(`${topic.id} lost a fact.`);
      facts.push({ id: `${topic.id}/${String(index)}`, topic, fact, conversation, message });
    }
    const asides = asidesOf(topic);
    for (let count = 0; count < conversationsWithoutFact; count += 1) {
      const month = monthOrder[topic.facts.length + random.below(months - topic.facts.length)] ?? 0;
      const conversation = begin(conversations.length, topic, month, random);
      for (let pairs = 3 + random.below(4); pairs > 0; pairs -= 1)
        addPair(conversation, topic, random, asides);
      conversations.push(conversation);
    }
  }
  return { conversations, facts, messages: conversations.flatMap(({ messages }) => messages) };
}

function begin(index: number, topic: Topic, month: number, random: Random): CorpusConversation {
  const year = new Date(firstMonth).getUTCFullYear() + Math.floor(month / 12);
  const at = Date.UTC(year, month % 12, 1 + random.below(27), 7 + random.below(14), random.below(60));
  const key = `c${String(index).padStart(4, "0")}`;
  const things = random.shuffled(topic.things);
  const title = `${(things[0] ?? "").replace(/^the /, "")}, ${(things[1] ?? "").replace(/^the /, "")}`;
  const conversation: CorpusConversation = {
    key,
    runtime: random.pick(corpusRuntimes),
    title: title.charAt(0).toUpperCase() + title.slice(1),
    topic: topic.id,
    messages: [],
  };
  starts.set(conversation, at);
  return conversation;
}

const starts = new WeakMap<CorpusConversation, number>();

function say(
  conversation: CorpusConversation,
  role: CorpusMessage["role"],
  text: string,
  random: Random,
): void {
  const { messages, key } = conversation;
  const before = messages.at(-1)?.at ?? starts.get(conversation) ?? firstMonth;
  messages.push({
    key: `${key}.${String(messages.length)}`,
    role,
    text,
    at: before + 20_000 + random.below(400_000),
  });
}

function addPair(
  conversation: CorpusConversation,
  topic: Topic,
  random: Random,
  asides: string[] = [],
): void {
  let text = paragraph("asked", topic, random, 3);
  if (random.chance(35)) text = `${sentence("near", topic, random)} ${text}`;
  const aside = random.chance(25) ? asides.pop() : undefined;
  if (aside !== undefined) text = `${text} ${inPassing(aside, topic, random)}`;
  say(conversation, "user", text, random);
  say(conversation, "assistant", paragraph("answered", topic, random, 5), random);
}

function addFact(conversation: CorpusConversation, topic: Topic, fact: Fact, random: Random): void {
  const around = (kind: "asked" | "answered"): string => {
    const before = random.chance(50) ? `${sentence(kind, topic, random)} ` : "";
    const behind = random.chance(40) ? ` ${sentence(kind, topic, random)}` : "";
    return `${before}${fact.said}${behind}`;
  };
  if (fact.by === "user") {
    say(conversation, "user", around("asked"), random);
    say(conversation, "assistant", sentence("thanked", topic, random), random);
  } else {
    say(
      conversation,
      "user",
      `${sentence("asked", topic, random)} ${sentence("asking", topic, random)}`,
      random,
    );
    say(conversation, "assistant", around("answered"), random);
  }
}

/** First words of names, and identifiers with another digit: each is said in other conversations of the topic. */
function asidesOf(topic: Topic): string[] {
  return topic.facts.flatMap(({ name, code }) => {
    const [first = "", ...rest] = name?.split(" ") ?? [];
    const mentions = rest.length === 0 ? [] : [first, first];
    const other = code?.replace(/\d(?=\D*$)/, (digit) => String((Number(digit) + 3) % 10));
    return other === undefined || other === code ? mentions : [...mentions, other, other];
  });
}
