import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkReceipt } from "./receipt-checker.ts";
import type { ReceiptNumbers } from "./receipt-checker.ts";
import { checkConversation, expectedFromSource } from "./source-checker.ts";
import type { Defect, ShownConversation, ShownMessage } from "./source-checker.ts";
import { showFaithfully } from "./reference-show.ts";
import { hostileChatgptExport } from "./hostile-export.ts";
import { hostileClaudeExport } from "./hostile-claude.ts";

const chatgptSource = JSON.stringify({
  conversation_id: "planted",
  title: "Planted defects",
  current_node: "b2",
  mapping: {
    root: { id: "root", message: null, parent: null, children: ["s"] },
    s: node("root", ["u"], "system", "", { is_visually_hidden_from_conversation: true }),
    u: node("s", ["a1", "a2"], "user", "  keep my spaces \n"),
    a1: node("u", [], "assistant", "first answer", { model_slug: "gpt-a", resolved_model_slug: "gpt-b" }),
    a2: {
      ...node("u", ["t"], "assistant", "second"),
      message: {
        author: { role: "assistant" },
        create_time: 1704067200.5,
        recipient: "python",
        content: {
          content_type: "multimodal_text",
          parts: ["second", "half", { content_type: "new_thing" }],
        },
        metadata: { citations: [{ metadata: { url: "https://example.org/" } }] },
      },
    },
    t: node("a2", ["b1", "b2"], "tool", "a result", {}, null),
    b1: node("t", [], "critic", "strange role"),
    b2: node("t", [], "assistant", "end"),
  },
});

function node(
  parent: string,
  children: string[],
  role: string,
  text: string,
  metadata: object = {},
  time: number | null = 1704067200,
): object {
  const content = { content_type: "text", parts: [text] };
  return { parent, children, message: { author: { role }, create_time: time, content, metadata } };
}

interface Plant {
  name: string;
  code: string;
  spoil: (shown: ShownConversation, of: (key: string) => ShownMessage) => void;
}

const plants: Plant[] = [
  {
    name: "a dropped branch",
    code: "missing-node",
    spoil: (shown, of) => {
      shown.messages.splice(shown.messages.indexOf(of("a1")), 1);
    },
  },
  { name: "a trimmed text", code: "content", spoil: (_, of) => trimText(of("u")) },
  {
    name: "a shifted time",
    code: "time",
    spoil: (_, of) => {
      of("a1").timestamp = 1704067200000 + 3_600_000;
    },
  },
  {
    name: "an invented time",
    code: "time",
    spoil: (_, of) => {
      of("t").timestamp = 1704067200000;
    },
  },
  {
    name: "a swapped role",
    code: "role",
    spoil: (_, of) => {
      of("a1").role = "user";
    },
  },
  {
    name: "a forgotten author",
    code: "author",
    spoil: (_, of) => {
      delete of("b1").author;
    },
  },
  {
    name: "the requested model in place of the resolved one",
    code: "model",
    spoil: (_, of) => {
      of("a1").model = "gpt-a";
    },
  },
  {
    name: "a lost hidden node",
    code: "missing-node",
    spoil: (shown, of) => {
      shown.messages.splice(shown.messages.indexOf(of("s")), 1);
      of("u").parentId = null;
    },
  },
  {
    name: "a hidden node that is not marked",
    code: "hidden",
    spoil: (_, of) => {
      of("s").hidden = false;
    },
  },
  {
    name: "a wrong parent",
    code: "parent",
    spoil: (_, of) => {
      of("b2").parentId = of("a1").id;
    },
  },
  {
    name: "a circle of parents",
    code: "parent",
    spoil: (_, of) => {
      of("u").parentId = of("b2").id;
    },
  },
  {
    name: "an invented message",
    code: "invented-message",
    spoil: (shown, of) => {
      shown.messages.push({ ...of("b2"), id: "new", sourceId: "new" });
    },
  },
  {
    name: "a message shown twice",
    code: "duplicate-node",
    spoil: (shown, of) => {
      shown.messages.push({ ...of("b2"), id: "new" });
    },
  },
  {
    name: "merged parts",
    code: "parts",
    spoil: (_, of) => {
      const message = of("a2");
      const others = message.parts.filter((part) => part.kind !== "text");
      message.parts = [{ kind: "text", text: "second\nhalf" }, ...others];
    },
  },
  { name: "a lost tool call", code: "parts", spoil: (_, of) => dropPart(of("a2"), "tool_call") },
  { name: "a lost citation", code: "parts", spoil: (_, of) => dropPart(of("a2"), "citation") },
  { name: "a lost unknown block", code: "parts", spoil: (_, of) => dropPart(of("a2"), "opaque") },
  {
    name: "siblings in another order",
    code: "order",
    spoil: (shown, of) => {
      const a1 = of("a1");
      shown.messages.splice(shown.messages.indexOf(a1), 1);
      shown.messages.push(a1);
    },
  },
  {
    name: "a child before its parent",
    code: "order",
    spoil: (shown, of) => {
      const u = of("u");
      shown.messages.splice(shown.messages.indexOf(u), 1);
      shown.messages.push(u);
    },
  },
  {
    name: "another active branch",
    code: "active-path",
    spoil: (shown, of) => {
      shown.activePath = [of("s").id, of("u").id, of("a1").id];
    },
  },
  {
    name: "a changed title",
    code: "title",
    spoil: (shown) => {
      shown.session.title = "planted defects";
    },
  },
];

function trimText(message: ShownMessage): void {
  message.content = message.content.trim();
  for (const part of message.parts) if (part.text !== undefined) part.text = part.text.trim();
}

function dropPart(message: ShownMessage, kind: string): void {
  message.parts = message.parts.filter((part) => part.kind !== kind);
}

function codes(defects: readonly Defect[]): string[] {
  return [...new Set(defects.map((defect) => defect.code))];
}

describe("checkConversation", () => {
  it("finds nothing in a faithful conversation", () => {
    assert.deepEqual(checkConversation(chatgptSource, showFaithfully(chatgptSource)), []);
  });

  for (const plant of plants) {
    it(`catches ${plant.name}`, () => {
      const shown = showFaithfully(chatgptSource);
      plant.spoil(shown, (key) => {
        const message = shown.messages.find((candidate) => candidate.sourceId === key);
        assert(message, key);
        return message;
      });
      assert(codes(checkConversation(chatgptSource, shown)).includes(plant.code));
    });
  }

  it("agrees with itself about every hostile ChatGPT conversation", () => {
    const all = hostileChatgptExport({ seed: 1 }).conversations.filter((each) => !each.isBroken);
    assert.equal(all.length, 200);
    for (const { raw } of all) {
      const text = raw.toString("utf8");
      assert.deepEqual(checkConversation(text, showFaithfully(text)), [], text.slice(0, 2000));
    }
  });

  it("agrees with itself about every hostile Claude conversation", () => {
    const all = hostileClaudeExport({ seed: 1 }).conversations;
    assert.equal(all.length, 60);
    for (const { raw } of all) {
      const text = raw.toString("utf8");
      assert.deepEqual(checkConversation(text, showFaithfully(text)), [], text.slice(0, 2000));
    }
  });
});

describe("checkReceipt", () => {
  const { count } = expectedFromSource(chatgptSource);
  const good = (): ReceiptNumbers => ({
    conversations: { seen: 1, new: 1, grown: 0, edited: 0, unchanged: 0, gone: 0, failed: 0 },
    nodes: { seen: 8, stored: 6, flagged: 2, skipped: 0 },
    attachments: { referenced: 0, found: 0, missing: 0 },
    balanced: true,
    problems: [],
  });

  it("accepts a receipt that accounts for every node", () => {
    assert.deepEqual(checkReceipt(good(), [count]), []);
  });

  it("catches a node that was counted away", () => {
    const receipt = good();
    receipt.nodes = { seen: 7, stored: 6, flagged: 1, skipped: 0 };
    assert.notDeepEqual(checkReceipt(receipt, [count]), []);
  });

  it("catches a hidden node that was counted as stored without reservation", () => {
    const receipt = good();
    receipt.nodes = { seen: 8, stored: 7, flagged: 1, skipped: 0 };
    assert.notDeepEqual(checkReceipt(receipt, [count]), []);
  });

  it("catches a readable node that was skipped", () => {
    const receipt = good();
    receipt.nodes = { seen: 8, stored: 5, flagged: 2, skipped: 1 };
    receipt.problems = [{ code: "NODE_SKIPPED", message: "no reason" }];
    assert.notDeepEqual(checkReceipt(receipt, [count]), []);
  });

  it("catches numbers that do not add up", () => {
    const receipt = good();
    receipt.conversations.seen = 2;
    assert.notDeepEqual(checkReceipt(receipt, [count]), []);
  });
});
