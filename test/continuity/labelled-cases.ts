// Pairs of conversations of which somebody who wrote them knows how they belong together. Made of the corpus that search is judged by, so
// that the words are of many kinds and neighbours are alike.
import { makeCorpus, topics } from "../search/relevance/corpus.ts";
import type { CorpusConversation } from "../search/relevance/corpus.ts";
import { seeded } from "../search/relevance/random.ts";
import type { Random } from "../search/relevance/random.ts";
import type { ContinuityType, ReferenceType } from "@chatty/model";

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

export interface CaseMessage {
  role: "user" | "assistant";
  text: string;
  at: number;
}

export interface CaseSession {
  id: string;
  runtime: string;
  title: string;
  messages: CaseMessage[];
  forkOf?: string;
  /** Hashes of files. */
  files: string[];
}

/** Two conversations and the change of runtime from the one to the other. */
export interface LabelledCase {
  name: string;
  /** Tuning looks at the one half only. */
  isHeldOut: boolean;
  from: CaseSession;
  to: CaseSession;
  /** Index of the last message of `from` before the change. */
  fromIndex: number;
  type: ContinuityType;
  /** How `to` is linked with `from`; undefined when it is not. */
  link: ReferenceType | undefined;
  /** The link follows from what somebody did and needs no judgement. */
  isCertain: boolean;
}

type Kind = (random: Random, parts: Parts) => Omit<LabelledCase, "name" | "isHeldOut">;

interface Parts {
  /** A conversation that is about the topic of this number. */
  talk: (topic: number, at: number, pairs?: number) => CaseSession;
  topicCount: number;
}

const start = Date.UTC(2024, 0, 8, 9);

const openings = [
  "As I said before, {about} is still on my mind.",
  "Let's continue with {about}.",
  "Following up on {about}:",
  "Like I said, {about} needs another look.",
  "We talked about {about}; here is more.",
  "As discussed, {about} again.",
];
const ownReferences = [
  "As I said above, that is all.",
  "Yesterday it rained all day.",
  "Earlier today I was at the dentist.",
];

function said(session: CaseSession, at: number, text: string): void {
  const [first] = session.messages;
  if (first !== undefined) first.text = `${text} ${first.text}`;
  else session.messages.push({ role: "user", text, at });
}

const endOf = (session: CaseSession): number => session.messages.at(-1)?.at ?? start;
const about = (topic: number): string => topics[topic]?.about ?? "it";
const other = (random: Random, topic: number, count: number): number =>
  (topic + 1 + random.below(count - 1)) % count;

const kinds: Record<string, Kind> = {
  "the same conversation under another runtime": (random, { talk, topicCount }) => {
    const from = talk(random.below(topicCount), start);
    return {
      from,
      to: { ...from, runtime: `${from.runtime}-2` },
      fromIndex: 1,
      type: "seamless",
      link: undefined,
      isCertain: false,
    };
  },
  "a fork that goes on": (random, { talk, topicCount }) => {
    const topic = random.below(topicCount);
    const from = talk(topic, start);
    const to = talk(
      random.chance(50) ? topic : other(random, topic, topicCount),
      endOf(from) + random.below(40) * dayMs,
    );
    return {
      from,
      to: { ...to, forkOf: from.id },
      fromIndex: from.messages.length - 1,
      type: "resume",
      link: "continuation",
      isCertain: true,
    };
  },
  "the same topic some days later, with words that refer back": (random, { talk, topicCount }) => {
    const topic = random.below(topicCount);
    const from = talk(topic, start);
    const to = talk(topic, endOf(from) + (1 + random.below(5)) * dayMs);
    said(to, start, random.pick(openings).replace("{about}", about(topic)));
    return {
      from,
      to,
      fromIndex: from.messages.length - 1,
      type: "resume",
      link: "continuation",
      isCertain: false,
    };
  },
  "the same topic soon after": (random, { talk, topicCount }) => {
    const topic = random.below(topicCount);
    const from = talk(topic, start, 6);
    const to = talk(topic, endOf(from) + (10 + random.below(600)) * minuteMs, 6);
    return {
      from,
      to,
      fromIndex: from.messages.length - 1,
      type: "resume",
      link: "related",
      isCertain: false,
    };
  },
  "another topic": (random, { talk, topicCount }) => {
    const topic = random.below(topicCount);
    const from = talk(topic, start);
    const to = talk(other(random, topic, topicCount), endOf(from) + (1 + random.below(4000)) * minuteMs);
    return {
      from,
      to,
      fromIndex: from.messages.length - 1,
      type: "break",
      link: undefined,
      isCertain: false,
    };
  },
  "another topic, with words that refer to something else": (random, { talk, topicCount }) => {
    const topic = random.below(topicCount);
    const from = talk(topic, start);
    const to = talk(other(random, topic, topicCount), endOf(from) + (1 + random.below(4000)) * minuteMs);
    said(to, start, random.pick(ownReferences));
    return {
      from,
      to,
      fromIndex: from.messages.length - 1,
      type: "break",
      link: undefined,
      isCertain: false,
    };
  },
  "the same topic, long after": (random, { talk, topicCount }) => {
    const topic = random.below(topicCount);
    const from = talk(topic, start);
    const to = talk(topic, endOf(from) + (60 + random.below(300)) * dayMs);
    return {
      from,
      to,
      fromIndex: from.messages.length - 1,
      type: "break",
      link: undefined,
      isCertain: false,
    };
  },
  "two topics beside each other": (random, { talk, topicCount }) => {
    const topic = random.below(topicCount);
    const from = talk(topic, start, 8);
    const at = from.messages[5]?.at ?? start;
    const to = talk(other(random, topic, topicCount), at + minuteMs);
    return { from, to, fromIndex: 5, type: "parallel", link: undefined, isCertain: false };
  },
  "another topic that names the conversation": (random, { talk, topicCount }) => {
    const topic = random.below(topicCount);
    const from = talk(topic, start);
    const to = talk(other(random, topic, topicCount), endOf(from) + (1 + random.below(30)) * dayMs);
    said(to, start, `I keep the numbers in https://chatgpt.com/c/${from.id}, see there.`);
    return {
      from,
      to,
      fromIndex: from.messages.length - 1,
      type: "break",
      link: "reference",
      isCertain: true,
    };
  },
  "another topic with a passage of it": (random, { talk, topicCount }) => {
    const topic = random.below(topicCount);
    const from = talk(topic, start);
    const to = talk(other(random, topic, topicCount), endOf(from) + (1 + random.below(30)) * dayMs);
    const passage =
      from.messages.find(({ role, text }) => role === "assistant" && text.length > 120)?.text ?? "";
    said(to, start, `The other one told me this: "${passage.slice(0, 160)}". Is it right?`);
    return {
      from,
      to,
      fromIndex: from.messages.length - 1,
      type: "break",
      link: "reference",
      isCertain: false,
    };
  },
  "another topic with the same file": (random, { talk, topicCount }) => {
    const topic = random.below(topicCount);
    const from = talk(topic, start);
    const to = talk(other(random, topic, topicCount), endOf(from) + (1 + random.below(30)) * dayMs);
    const file = `file-${from.id}`;
    from.files.push(file);
    to.files.push(file);
    return {
      from,
      to,
      fromIndex: from.messages.length - 1,
      type: "break",
      link: "related",
      isCertain: false,
    };
  },
};

/** At least 300 cases, the same for the same seed. */
export function labelledCases(seed = 1, perKind = 30): LabelledCase[] {
  const random = seeded(seed);
  const byTopic = new Map<string, CorpusConversation[]>();
  for (const conversation of makeCorpus(seed).conversations) {
    const list = byTopic.get(conversation.topic) ?? [];
    byTopic.set(conversation.topic, list);
    list.push(conversation);
  }
  let count = 0;
  const talk = (topic: number, at: number, pairs = 4): CaseSession => {
    const name = topics[topic]?.id ?? "";
    const conversation = random.pick(byTopic.get(name) ?? []);
    const began = conversation.messages[0]?.at ?? 0;
    count += 1;
    return {
      id: `0198c0de-0000-7000-8000-${String(count).padStart(12, "0")}`,
      runtime: `runtime-${String(count % 5)}-${String(count)}`,
      title: conversation.title,
      files: [],
      messages: conversation.messages
        .slice(0, pairs * 2)
        .map((message) => ({ role: message.role, text: message.text, at: at + (message.at - began) })),
    };
  };
  const parts: Parts = { talk, topicCount: topics.length };
  return Object.entries(kinds).flatMap(([name, make]) =>
    Array.from({ length: perKind }, (_case, index) => ({
      name,
      isHeldOut: index % 2 === 1,
      ...make(random, parts),
    })),
  );
}
