import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  contentFromParts,
  parseConstructId,
  parseRuntimeId,
  parseSessionId,
  type Part,
  type SourceConversation,
  type SourceNode,
} from "@chatty/model";
import fc from "fast-check";
import { renderReadableView, type ReadableViewInput } from "./readable-view.ts";

const ms = Date.UTC(2024, 0, 2, 3, 4, 5);

function node(
  sourceId: string,
  parentSourceId: string | null,
  parts: Part[],
  more: Partial<SourceNode> = {},
): SourceNode {
  return {
    sourceId,
    parentSourceId,
    structural: false,
    role: "user",
    hidden: false,
    content: contentFromParts(parts),
    parts,
    time: { ms, precision: "instant", token: ms },
    timestampSource: "message",
    flags: [],
    metadata: {},
    ...more,
  };
}

const text = (words: string): Part => ({ kind: "text", text: words });

function view(nodes: SourceNode[], more: Partial<SourceConversation> = {}): ReadableViewInput {
  return {
    source: "chatgpt",
    importedAt: Date.UTC(2025, 10, 13, 18),
    runtimeId: parseRuntimeId("chatgpt-alex"),
    constructId: parseConstructId("chatgpt-alex-001"),
    sessionId: parseSessionId("018bc7a2-5d30-7c31-9d52-3f6a8b0c1d2e"),
    conversation: {
      sourceId: "conversation-1",
      title: "Tea",
      nodes,
      activeLeafInferred: true,
      attachments: [],
      metadata: {},
      count: { seen: nodes.length, stored: nodes.length, flagged: 0, skipped: 0 },
      problems: [],
      ...more,
    },
  };
}

describe("renderReadableView", () => {
  test("shows front matter, title, the active path and the other branches", () => {
    const nodes = [
      node("root", null, [], { structural: true, role: "system" }),
      node("q", "root", [text("Question")]),
      node("a1", "q", [text("First answer")], { role: "assistant", model: "gpt-4o" }),
      node("a1q", "a1", [text("And then?")], { hidden: true }),
      node("a2", "q", [text("Second answer")], { role: "assistant", model: "gpt-4o" }),
    ];
    const input = view(nodes, {
      activeLeafSourceId: "a2",
      createdAt: { ms, precision: "date-only", token: "2024-01-02" },
    });
    assert.equal(
      renderReadableView({ ...input, linkedSessions: ["s1"], crossRuntimeReferences: ["s1@synth"] }),
      `---
IMPORT_METADATA:
  source: "chatgpt"
  importedAt: "2025-11-13T18:00:00.000Z"
  runtimeId: "chatgpt-alex"
  constructId: "chatgpt-alex-001"
  originalSessionId: "conversation-1"
CONTINUITY:
  sessionId: "018bc7a2-5d30-7c31-9d52-3f6a8b0c1d2e"
  runtimeId: "chatgpt-alex"
  messageSequence: 1
  linkedSessions: ["s1"]
  crossRuntimeReferences: ["s1@synth"]
---

# Tea

**Created**: 2024-01-02

<!-- message 1 "q" -->
[2024-01-02 03:04:05 UTC] **User**: Question

<!-- message 2 "a2" -->
[2024-01-02 03:04:05 UTC] **Assistant** (gpt-4o): Second answer

## Other branches

### Branch 1, after message 1

<!-- message 3 "a1" -->
[2024-01-02 03:04:05 UTC] **Assistant** (gpt-4o): First answer

<!-- message 4 "a1q" -->
[2024-01-02 03:04:05 UTC] **User** (hidden): And then?
`,
    );
  });

  test("folds thinking and tools, names files and citations, and counts what it does not know", () => {
    const parts: Part[] = [
      { kind: "thinking", text: "hm ```` hm", summary: "A <b>thought</b>" },
      text("Answer"),
      { kind: "code", language: "ts", text: "let x;" },
      { kind: "tool_call", name: "web", input: { q: "tea" } },
      { kind: "tool_result", name: "web", text: "found", isError: true },
      { kind: "image", name: "cup.png", mime: "image/png", size: 3, missing: true },
      { kind: "citation", title: "On tea", url: "https://tea.example" },
      { kind: "error", name: "Timeout", text: "too late" },
      { kind: "opaque", type: "hologram", raw: {} },
    ];
    const attachments = [{ fileId: "file-1", name: "cup.png" }];
    const shown = renderReadableView(view([node("a", null, parts, { role: "assistant" })], { attachments }));
    assert.equal(
      shown.slice(shown.indexOf("<!-- message")),
      `<!-- message 1 "a" -->
[2024-01-02 03:04:05 UTC] **Assistant**:

<details>
<summary>Thinking: A &lt;b&gt;thought&lt;/b&gt;</summary>

\`\`\`\`\`
hm \`\`\`\` hm
\`\`\`\`\`

</details>

Answer

\`\`\`ts
let x;
\`\`\`

<details>
<summary>Tool call: web</summary>

\`\`\`json
{
  "q": "tea"
}
\`\`\`

</details>

<details>
<summary>Tool result: web (error)</summary>

\`\`\`
found
\`\`\`

</details>

**Image**: cup.png (image/png, 3 bytes, not in the export)

**Citation**: On tea · https://tea.example

**Error** (Timeout)

\`\`\`
too late
\`\`\`

**Unknown part**: hologram

## Files

- cup.png (not in the export)

## Unknown parts

- hologram: 1
`,
    );
  });

  test("says where a time comes from and how exact it is, and never invents one", () => {
    const { time: _, ...undated } = node("c", "b", [text("c")]);
    const shown = renderReadableView(
      view([
        node("a", null, [text("a")], { timestampSource: "conversation" }),
        node("b", "a", [text("b")], { time: { ms, precision: "local-no-zone", token: "x" } }),
        { ...undated, timestampSource: "none" },
      ]),
    );
    assert.deepEqual(shown.match(/^\[.*?\]/gm), [
      "[2024-01-02 03:04:05 UTC, by conversation]",
      "[2024-01-02 03:04:05]",
      "[undated]",
    ]);
  });

  test("keeps hostile titles and ids inside their line", () => {
    const input = view([node("--><script>", null, [text("x")])], {
      title: "---\n# a\n--><b>",
      sourceId: 'x"\n---\n',
    });
    const shown = renderReadableView(input);
    assert.match(shown, /^# --- # a --&gt;&lt;b&gt;$/m);
    assert.match(shown, /^ {2}originalSessionId: "x\\"\\n---\\n"$/m);
    assert.doesNotMatch(shown, /<script>/);
    assert.match(renderReadableView(view([], { title: " " })), /^# Untitled$/m);
  });

  test("shows every message once, with its text unchanged, and the same bytes every time", () => {
    const tree = fc.array(
      fc.record({
        parent: fc.option(fc.nat()),
        words: fc.string({ unit: "binary", maxLength: 20 }),
        structural: fc.boolean(),
      }),
      { minLength: 1, maxLength: 15 },
    );
    fc.assert(
      fc.property(tree, fc.nat(), (given, leaf) => {
        const nodes = given.map(({ parent, structural, words }, index) => {
          const parentId = parent === null || index === 0 ? null : String(parent % index);
          return node(String(index), parentId, [text(words)], { structural });
        });
        const input = view(nodes, { activeLeafSourceId: String(leaf % nodes.length) });
        const shown = renderReadableView(input);
        assert.equal(renderReadableView(structuredClone(input)), shown);
        for (const each of nodes) {
          const block = `[2024-01-02 03:04:05 UTC] **User**: ${each.content}\n`;
          const mark = ` ${JSON.stringify(each.sourceId)} -->\n`;
          assert.equal(shown.split(mark + block).length - 1, each.structural ? 0 : 1);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("shows 20,000 branches in one go", () => {
    const nodes = [node("root", null, [text("root")])];
    for (let index = 0; index < 20_000; index += 1) nodes.push(node(`n${index}`, "root", [text("x")]));
    assert.match(renderReadableView(view(nodes)), /^### Branch 19999, after message 1$/m);
  });
});
