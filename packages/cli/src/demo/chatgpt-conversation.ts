import { createPicture } from "./demo-picture.ts";
import type { DemoPicture } from "./demo-picture.ts";
import { createAnswer } from "./plot.ts";
import type { Plot, PlotFeature, Turn } from "./plot.ts";
import { createSeededRandom } from "./seeded-random.ts";

interface Node {
  id: string;
  message: object | null;
  parent: string | null;
  children: string[];
}

interface MessageFacts {
  role: "system" | "user" | "assistant" | "tool";
  content: object;
  name?: string;
  recipient?: string;
  metadata?: object;
  weight?: number;
}

/** A conversation tree under construction. */
interface Tree {
  mapping: Record<string, Node>;
  add(parent: string | null, message: MessageFacts | null): string;
}

const pictureFeature: PlotFeature = "picture";
const featureCount = 13;
const pictureRemainder = 4;
const models = ["gpt-4", "gpt-4o", "gpt-4o-mini", "gpt-5"];
const personaId = "g-demoKitchenPoet";
const projectId = "g-p-demo0garden0year";

/** The picture of conversation `index`, where it has one. */
export function pictureOf(
  seed: string,
  index: number,
): { fileId: string; member: string; create(): DemoPicture } | undefined {
  if (index % featureCount !== pictureRemainder) return undefined;
  const random = createSeededRandom(`${seed}/picture/${index}`);
  const fileId = `file_${random.hex()}`;
  return { fileId, member: `${fileId}-sanitized.png`, create: () => createPicture(random) };
}

/** One conversation in ChatGPT's form. */
export function createChatgptConversation(seed: string, plot: Plot): object {
  const { random, feature, startedAt } = plot;
  const model = random.pick(models);
  const conversationId = random.uuid();
  const clock = { at: startedAt };
  const tree = createTree(plot, clock, model);
  const root = tree.add(null, null);
  let last = tree.add(root, {
    role: "system",
    content: { content_type: "text", parts: [""] },
    weight: 0,
    metadata: { is_visually_hidden_from_conversation: true },
  });
  if (feature === "document") {
    last = tree.add(last, {
      role: "user",
      content: {
        content_type: "user_editable_context",
        user_profile: "I live by the sea and have little time.",
        user_instructions: "Short answers, please, and no exclamation marks.",
      },
      metadata: { is_user_system_message: true, is_visually_hidden_from_conversation: true },
    });
  }
  for (const [index, turn] of plot.turns.entries()) {
    last = addTurn(tree, last, turn, index, seed, plot);
  }
  const template = feature === "persona" ? personaId : feature === "project" ? projectId : null;
  return {
    title: plot.title,
    create_time: startedAt + 0.25,
    update_time: clock.at + 0.5,
    mapping: tree.mapping,
    moderation_results: [],
    current_node: last,
    plugin_ids: null,
    conversation_id: conversationId,
    conversation_template_id: template,
    gizmo_id: template,
    gizmo_type: feature === "persona" ? "gpt" : feature === "project" ? "snorlax" : null,
    is_archived: plot.index % 17 === 16,
    is_starred: plot.index % 11 === 3 ? true : null,
    safe_urls: [],
    default_model_slug: model,
    id: conversationId,
  };
}

function createTree(plot: Plot, clock: { at: number }, model: string): Tree {
  const mapping: Record<string, Node> = {};
  return {
    mapping,
    add(parent, message) {
      const id = plot.random.uuid();
      mapping[id] = { id, message: null, parent, children: [] };
      if (parent !== null) mapping[parent]?.children.push(id);
      if (message === null) return id;
      clock.at += 8 + plot.random.below(90);
      const isHidden = message.weight === 0;
      mapping[id].message = {
        id,
        author: { role: message.role, name: message.name ?? null, metadata: {} },
        create_time: isHidden ? null : clock.at + plot.random.below(1_000_000) / 1_000_000,
        update_time: null,
        content: message.content,
        status: "finished_successfully",
        end_turn: message.role === "assistant" && message.recipient === undefined ? true : null,
        weight: message.weight ?? 1,
        metadata: { ...(message.role === "assistant" ? { model_slug: model } : {}), ...message.metadata },
        recipient: message.recipient ?? "all",
        channel: null,
      };
      return id;
    },
  };
}

function addTurn(tree: Tree, parent: string, turn: Turn, index: number, seed: string, plot: Plot): string {
  const { feature, random, topic } = plot;
  const question = tree.add(
    parent,
    index === 0 ? firstQuestion(turn, seed, plot) : text("user", turn.question),
  );
  if (index > 0) return tree.add(question, text("assistant", turn.answer));
  switch (feature) {
    case "edit": {
      tree.add(question, text("assistant", turn.answer));
      const edited = tree.add(parent, text("user", `${turn.question} (Please answer in two sentences.)`));
      return tree.add(edited, text("assistant", createAnswer(random, topic)));
    }
    case "regeneration": {
      tree.add(question, text("assistant", turn.answer));
      tree.add(question, text("assistant", createAnswer(random, topic)));
      return tree.add(question, text("assistant", createAnswer(random, topic)));
    }
    case "thinking":
      return tree.add(addThoughts(tree, question), text("assistant", turn.answer));
    case "tool":
      return tree.add(addCalculation(tree, question, plot), text("assistant", turn.answer));
    case "citation":
      return tree.add(question, citedAnswer(turn));
    case "picture":
    case "plain":
    case "code":
    case "table":
    case "persona":
    case "project":
    case "document":
    case "long":
      return tree.add(question, text("assistant", turn.answer));
  }
}

function text(role: MessageFacts["role"], words: string): MessageFacts {
  return { role, content: { content_type: "text", parts: [words] } };
}

function firstQuestion(turn: Turn, seed: string, plot: Plot): MessageFacts {
  const picture = plot.feature === pictureFeature ? pictureOf(seed, plot.index) : undefined;
  if (picture === undefined) return text("user", turn.question);
  const { bytes, width, height } = picture.create();
  return {
    role: "user",
    content: {
      content_type: "multimodal_text",
      parts: [
        {
          content_type: "image_asset_pointer",
          asset_pointer: `sediment://${picture.fileId}`,
          size_bytes: bytes.length,
          width,
          height,
          fovea: null,
          metadata: { dalle: null, gizmo: null, sanitized: true },
        },
        turn.question,
      ],
    },
    metadata: {
      attachments: [
        { id: picture.fileId, name: "view.png", size: bytes.length, mime_type: "image/png", width, height },
      ],
    },
  };
}

function addThoughts(tree: Tree, parent: string): string {
  const thoughts = tree.add(parent, {
    role: "assistant",
    content: {
      content_type: "thoughts",
      thoughts: [
        {
          summary: "Weighing the question",
          content: "What is asked is smaller than it looks.",
          chunks: [],
          finished: true,
        },
        {
          summary: "Choosing a form",
          content: "A short answer first, the reasons after it.",
          chunks: [],
          finished: true,
        },
      ],
      source_analysis_msg_id: "demo",
    },
    metadata: { reasoning_status: "is_reasoning" },
  });
  return tree.add(thoughts, {
    role: "assistant",
    content: { content_type: "reasoning_recap", content: "Thought for 7 seconds" },
    metadata: { reasoning_status: "reasoning_ended", finished_duration_sec: 7 },
  });
}

function addCalculation(tree: Tree, parent: string, plot: Plot): string {
  const share = 2 + plot.random.below(9);
  const call = tree.add(parent, {
    role: "assistant",
    recipient: "python",
    content: { content_type: "code", language: "python", text: `print(sum(range(${share})) * 12)` },
  });
  const total = ((share * (share - 1)) / 2) * 12;
  return tree.add(call, {
    role: "tool",
    name: "python",
    content: { content_type: "execution_output", text: `${total}\n` },
    metadata: { aggregate_result: { status: "success", run_id: "demo", code: "", messages: [] } },
  });
}

function citedAnswer(turn: Turn): MessageFacts {
  const marker = "【3†source】";
  const answer = `${turn.answer}${marker}`;
  return {
    role: "assistant",
    content: { content_type: "text", parts: [answer] },
    metadata: {
      citations: [
        {
          start_ix: turn.answer.length,
          end_ix: answer.length,
          citation_format_type: "tether_og",
          metadata: {
            type: "webpage",
            title: "The Almanac of Small Things",
            url: "https://almanac.example/small-things",
            text: turn.answer.slice(0, 80),
            pub_date: null,
            extra: { cited_message_idx: 3 },
          },
        },
      ],
    },
  };
}
