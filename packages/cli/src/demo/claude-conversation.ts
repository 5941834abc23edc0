import { demoPerson } from "./demo-person.ts";
import { createAnswer } from "./plot.ts";
import type { Plot, Turn } from "./plot.ts";

const rootId = "00000000-0000-4000-8000-000000000000";

interface Clock {
  at: number;
}

/** One conversation in Claude's form. */
export function createClaudeConversation(plot: Plot): object {
  const { random, startedAt } = plot;
  const clock: Clock = { at: startedAt };
  const conversationId = random.uuid();
  const messages: object[] = [];
  let parent = rootId;
  const add = (
    sender: "human" | "assistant",
    after: string,
    blocks: object[],
    attachments: object[] = [],
  ): string => {
    const id = random.uuid();
    clock.at += 5 + random.below(80);
    const at = isoTime(clock.at, random.below(1_000_000));
    const texts = blocks.flatMap((block) =>
      "text" in block && typeof block.text === "string" ? [block.text] : [],
    );
    messages.push({
      uuid: id,
      text: texts.join("\n\n"),
      content: blocks.map((block) => ({ start_timestamp: at, stop_timestamp: at, flags: null, ...block })),
      sender,
      created_at: at,
      updated_at: at,
      attachments,
      files: [],
      parent_message_uuid: after,
    });
    return id;
  };
  for (const [index, turn] of plot.turns.entries()) {
    const isFirst = index === 0;
    const attachments = isFirst && plot.feature === "document" ? [createDocument()] : [];
    const question = add("human", parent, [textBlock(turn.question)], attachments);
    const answer = add("assistant", question, isFirst ? firstAnswer(plot, turn) : [textBlock(turn.answer)]);
    parent = answer;
    if (isFirst && plot.feature === "regeneration") {
      parent = add("assistant", question, [textBlock(createAnswer(random, plot.topic))]);
    }
    if (isFirst && plot.feature === "edit") {
      const edited = add("human", rootId, [textBlock(`${turn.question} In two sentences, please.`)]);
      parent = add("assistant", edited, [textBlock(createAnswer(random, plot.topic))]);
    }
  }
  return {
    uuid: conversationId,
    name: plot.title,
    summary: "",
    created_at: isoTime(startedAt, 0),
    updated_at: isoTime(clock.at, 0),
    account: { uuid: demoPerson.claudeAccountId },
    chat_messages: messages,
  };
}

function firstAnswer(plot: Plot, turn: Turn): object[] {
  switch (plot.feature) {
    case "thinking":
      return [
        {
          type: "thinking",
          thinking:
            "The question has two halves. The first is easy; the second decides.\n\nI will answer the second first.",
          summaries: [{ summary: "Taking the question apart" }],
          cut_off: false,
        },
        textBlock(turn.answer),
      ];
    case "tool":
      return [textBlock("I will look that up."), ...searchBlocks(plot), textBlock(turn.answer)];
    case "code":
      return [textBlock("Here is a small program."), ...artifactBlocks(plot), textBlock(turn.answer)];
    case "citation":
      return [citedBlock(turn.answer)];
    case "plain":
    case "table":
    case "edit":
    case "regeneration":
    case "picture":
    case "persona":
    case "project":
    case "document":
    case "long":
      return [textBlock(turn.answer)];
  }
}

function textBlock(text: string): object {
  return { type: "text", text, citations: [] };
}

function citedBlock(text: string): object {
  const end = Math.min(text.length, 60);
  return {
    type: "text",
    text,
    citations: [
      {
        uuid: "c17a7104-0000-4000-8000-000000000001",
        start_index: 0,
        end_index: end,
        details: { type: "web_search_citation", url: "https://almanac.example/small-things" },
      },
    ],
  };
}

function searchBlocks(plot: Plot): object[] {
  const callId = `toolu_${plot.random.hex().slice(0, 24)}`;
  return [
    {
      type: "tool_use",
      id: callId,
      name: "web_search",
      input: { query: plot.title.toLowerCase() },
      message: "Searching the web",
    },
    {
      type: "tool_result",
      tool_use_id: callId,
      name: "web_search",
      content: [
        {
          type: "knowledge",
          title: "The Almanac of Small Things",
          url: "https://almanac.example/small-things",
          text: plot.topic.facts[0] ?? "",
          is_citable: true,
          metadata: {
            type: "webpage_metadata",
            site_domain: "almanac.example",
            site_name: "Almanac",
            favicon_url: "",
          },
        },
      ],
      is_error: false,
    },
  ];
}

function artifactBlocks(plot: Plot): object[] {
  const callId = `toolu_${plot.random.hex().slice(0, 24)}`;
  return [
    {
      type: "tool_use",
      id: callId,
      name: "artifacts",
      input: {
        id: "word-count",
        command: "create",
        type: "application/vnd.ant.code",
        title: "Counting words",
        language: "python",
        content:
          "from collections import Counter\n\ndef count_words(text):\n    return Counter(text.lower().split())\n",
      },
    },
    {
      type: "tool_result",
      tool_use_id: callId,
      name: "artifacts",
      content: [{ type: "text", text: "OK" }],
      is_error: false,
    },
  ];
}

function createDocument(): object {
  const content = "Minutes of the choir, 3 March\n\n1. New songs\n2. Who brings cake\n";
  return {
    file_name: "minutes.txt",
    file_size: Buffer.byteLength(content),
    file_type: "txt",
    extracted_content: content,
  };
}

function isoTime(seconds: number, microseconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(microseconds).padStart(6, "0")}Z`;
}
