import { hostileContent, hostileTimes, text } from "./hostile-contents.ts";
import type { HostileContent } from "./hostile-contents.ts";
import { Entries, Verbatim, jsonStyles, writeJson } from "./json-writer.ts";
import type { JsonStyle, Writable } from "./json-writer.ts";
import { createRandom } from "./seeded-random.ts";
import type { SeededRandom } from "./seeded-random.ts";

export interface HostileMessage extends HostileContent {
  id: string;
  time: Writable;
}

/** A node before it is written; `message: null` is a structural one, `instead` stands for a node that is none. */
export interface HostileNode {
  key: string;
  parent: string | null;
  hasChildrenList: boolean;
  message: HostileMessage | null;
  instead?: Writable;
}

/** A conversation before it is written, so that a later export can be derived from it. */
export interface HostileConversation {
  id: string;
  title: Writable;
  nodes: HostileNode[];
  currentNode: Writable;
  updateTime: number;
  extra: Record<string, Writable>;
  style: JsonStyle;
  styleSeed: number;
}

const oddities = [
  "branches",
  "dangling parent",
  "circle",
  "own parent",
  "no children lists",
  "structural inside",
  "not a node",
  "no current node",
  "integer keys",
  "prototype key",
  "all contents",
  "all times",
  "shared message ids",
  "custom gpt",
  "project",
  "deep chain",
  "empty",
  "lost current node",
  "long text",
  "plain",
] as const;
type Oddity = (typeof oddities)[number];

const titles: readonly Writable[] = [
  "The same title",
  "The same title",
  null,
  "",
  "x".repeat(300),
  "../../../etc/passwd",
  "🦜🧪 é e\u0301 \ud83d",
  "CON",
  "con.md. ",
  'a/b\\c:d*e?f"g<h>i|j\u0000k\nl',
  "__proto__",
  ".",
];

/** Makes the conversation number `index` of an export; the same seed and index always give the same one. */
export function makeConversation(seed: number, index: number): HostileConversation {
  const random = createRandom(seed * 1000 + index);
  const oddity = oddities[index % oddities.length] ?? "plain";
  const id = random.uuid();
  const nodes = makeNodes(oddity, index, random);
  const style = jsonStyles[(index + Math.floor(index / 7)) % jsonStyles.length] ?? {
    gaps: [""],
    escapes: "none",
    isShuffled: false,
  };
  return {
    id,
    title: titles[index % titles.length],
    nodes,
    currentNode: currentNode(oddity, nodes),
    updateTime: 1704070000 + index,
    extra: extraFields(oddity, index, random),
    style,
    styleSeed: seed * 7 + index,
  };
}

/** The bytes of a conversation, as they will stand in the export. */
export function writeConversation(conversation: HostileConversation): string {
  const mapping = conversation.nodes.map((node): readonly [string, Writable] => [
    node.key,
    node.instead ?? writtenNode(node, conversation.nodes),
  ]);
  return writeJson(
    {
      title: conversation.title,
      create_time: new Verbatim("1704067200.0"),
      update_time: conversation.updateTime,
      mapping: new Entries(mapping),
      current_node: conversation.currentNode,
      conversation_id: conversation.id,
      ...conversation.extra,
    },
    conversation.style,
    createRandom(conversation.styleSeed),
  );
}

/** A text message at the end of `nodes`, below `parent`. */
export function addText(
  nodes: HostileNode[],
  key: string,
  parent: string | null,
  words: string,
): HostileNode {
  const isAnswer = nodes.length % 2 === 0;
  const node: HostileNode = {
    key,
    parent,
    hasChildrenList: true,
    message: {
      id: key,
      role: isAnswer ? "assistant" : "user",
      time: 1704067200 + nodes.length * 60,
      content: text(words),
      ...(isAnswer ? { metadata: { model_slug: "gpt-4o", resolved_model_slug: "gpt-4o-2024" } } : {}),
    },
  };
  nodes.push(node);
  return node;
}

function writtenNode(node: HostileNode, nodes: readonly HostileNode[]): Writable {
  const children = nodes.filter((other) => other.parent === node.key && other.instead === undefined);
  return {
    id: node.key,
    parent: node.parent,
    children: node.hasChildrenList ? children.map((child) => child.key).toReversed() : undefined,
    message: node.message === null ? null : writtenMessage(node.message),
  };
}

function writtenMessage(message: HostileMessage): Writable {
  return {
    id: message.id,
    author: { role: message.role ?? "assistant", name: message.name ?? null, metadata: {} },
    create_time: message.time,
    update_time: null,
    content: message.content,
    status: "finished_successfully",
    weight: new Verbatim("1.0"),
    metadata: message.metadata ?? {},
    recipient: message.recipient ?? "all",
  };
}

function makeNodes(oddity: Oddity, index: number, random: SeededRandom): HostileNode[] {
  if (oddity === "empty") return [];
  const nodes: HostileNode[] = [];
  let keys = 0;
  const freshKey = (): string => {
    keys += 1;
    // Descending, so that the order of the source is not the one JSON.parse would give.
    return oddity === "integer keys" ? String(1000 - keys) : random.uuid();
  };
  const add = (parent: string | null, made: HostileContent, time?: Writable): string => {
    const key = freshKey();
    const message = {
      ...made,
      id: random.uuid(),
      time: time === undefined ? 1704067200 + keys * 30.5 : time,
    };
    nodes.push({ key, parent, hasChildrenList: true, message });
    return key;
  };
  const root = index % 3 === 0 ? "client-created-root" : freshKey();
  nodes.push({ key: root, parent: null, hasChildrenList: true, message: null });
  const hidden = { is_visually_hidden_from_conversation: true };
  const system = add(root, { content: text(""), role: "system", metadata: hidden }, null);
  const user = add(system, { content: text(` question ${index}? `), role: "user" });
  const answers = [0, 1].map(() =>
    add(user, { content: text(`answer to ${index}`), metadata: { model_slug: "gpt-4" } }),
  );
  let tip = answers[1] ?? user;
  const count = oddity === "all contents" ? 26 : 3;
  for (let step = 0; step < count; step += 1) tip = add(tip, hostileContent(index + step, random));
  addOddity(oddity, nodes, add, { root, user, tip, answer: answers[0] ?? user });
  return nodes;
}

interface Landmarks {
  root: string;
  user: string;
  tip: string;
  answer: string;
}

function addOddity(
  oddity: Oddity,
  nodes: HostileNode[],
  add: (parent: string | null, made: HostileContent, time?: Writable) => string,
  at: Landmarks,
): void {
  const say = (parent: string | null, words: string): string => add(parent, { content: text(words) });
  const setParent = (key: string, parent: string): void => {
    const node = nodes.find((other) => other.key === key);
    if (node !== undefined) node.parent = parent;
  };
  switch (oddity) {
    case "branches":
      for (let branch = 0; branch < 4; branch += 1) say(say(at.user, `branch ${branch}`), "its end");
      break;
    case "dangling parent":
      say(say("never-exported", "below a parent that is not here"), "and its child");
      break;
    case "circle": {
      const first = say(null, "one of a circle");
      const third = say(say(first, "two of a circle"), "three of a circle");
      setParent(first, third);
      say(third, "hangs on the circle");
      break;
    }
    case "own parent": {
      const self = say(null, "its own parent");
      setParent(self, self);
      break;
    }
    case "no children lists":
      say(at.answer, "left");
      say(at.answer, "right");
      for (const node of nodes) node.hasChildrenList = false;
      break;
    case "structural inside":
      nodes.push({ key: "gap", parent: at.answer, hasChildrenList: true, message: null });
      say("gap", "below a gap");
      say("gap", "below the same gap");
      break;
    case "not a node":
      for (const [key, instead] of [
        ["n1", null],
        ["n2", "text"],
        ["n3", 7],
        ["n4", []],
      ] as const) {
        nodes.push({ key, parent: null, hasChildrenList: false, message: null, instead });
      }
      break;
    case "integer keys":
      say(at.answer, "later key, smaller number");
      say(at.answer, "even smaller number");
      for (const node of nodes) node.hasChildrenList = false;
      break;
    case "prototype key": {
      addText(nodes, "__proto__", at.tip, "a node called __proto__");
      addText(nodes, "constructor", "__proto__", "a node called constructor");
      addText(nodes, "toString", "constructor", "a node called toString");
      break;
    }
    case "all times":
      for (const time of hostileTimes) add(at.tip, { content: text("a time") }, time);
      break;
    case "shared message ids":
      nodes.forEach((node, place) => {
        if (node.message !== null)
          node.message.id = `00000000-0000-4000-9000-${String(place).padStart(12, "0")}`;
      });
      break;
    case "deep chain": {
      let tip = at.tip;
      for (let step = 0; step < 300; step += 1) tip = say(tip, `step ${step}`);
      break;
    }
    case "long text":
      say(at.tip, "0123456789abcdef ä\n".repeat(20_000));
      break;
    case "no current node":
    case "all contents":
    case "custom gpt":
    case "project":
    case "empty":
    case "lost current node":
    case "plain":
      break;
  }
}

function currentNode(oddity: Oddity, nodes: readonly HostileNode[]): Writable {
  if (oddity === "no current node") return undefined;
  if (oddity === "lost current node") return "never-exported";
  return nodes.findLast((node) => node.message !== null)?.key ?? null;
}

function extraFields(oddity: Oddity, index: number, random: SeededRandom): Record<string, Writable> {
  if (oddity === "custom gpt") {
    return { gizmo_id: `g-${index}`, gizmo_type: "gpt", conversation_template_id: `g-${index}` };
  }
  if (oddity === "project") {
    return { gizmo_id: "g-p-1", gizmo_type: "snorlax", conversation_template_id: "g-p-1" };
  }
  return {
    default_model_slug: "auto",
    is_archived: index % 9 === 0,
    is_starred: index % 11 === 0 ? true : null,
    safe_urls: ["https://example.org/a/b"],
    moderation_results: [],
    unheard_of: new Entries([
      ["__proto__", random.below(9)],
      ["count", new Verbatim("9007199254740993")],
      ["float", new Verbatim("1.10")],
    ]),
  };
}
