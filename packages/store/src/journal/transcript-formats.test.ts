// Holds the vectors of docs/formats to the code: a page that says something else than the code fails here.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import {
  parseConstructId,
  parseRuntimeId,
  parseSessionId,
  type SourceConversation,
  type SourceNode,
} from "@chatty/model";
import { conversationCreatedEvent, rebuildEvents } from "../continuity/events.ts";
import { renderReadableView } from "../imports/readable-view.ts";
import { viewPaths } from "../imports/view-names.ts";
import { openLine, sealLine } from "../log/chained-line.ts";
import { foldJournal } from "./fold.ts";
import type { JournalBody, JournalHeader, JournalRecord, SealedHeader } from "./record.ts";
import { journalBytes, parseTranscript } from "./transcript-parse.ts";
import { renderTranscript } from "./transcript.ts";

const sessionId = parseSessionId("018bc7a2-5d30-7c31-9d52-3f6a8b0c1d2e");
const question = "019a7e6f-0001-7000-8000-000000000001";
const answer = "019a7e6f-0002-7000-8000-000000000002";
const start = Date.UTC(2025, 10, 13, 18);

const header: JournalHeader = {
  version: "1.0",
  chat_id: sessionId,
  timestamp: start,
  metadata: {
    userId: "018bc7a2-0000-7000-8000-000000000001",
    runtimeId: "synth",
    constructId: "synth-001",
    title: "Tea",
    source: "new_conversation",
    commit: 1,
  },
};

const bodies: JournalBody[] = [
  {
    kind: "message",
    id: question,
    parentId: null,
    role: "user",
    content: "Which tea?\n---\n**User**: not a new message -->",
    commit: 2,
    timestamp: start + 5000,
    runtimeId: "synth",
    constructId: "synth-001",
  },
  {
    kind: "message",
    id: answer,
    parentId: question,
    role: "assistant",
    content: "Black tea. \ud83d",
    commit: 3,
    timestamp: start + 10_000,
    runtimeId: "synth",
    constructId: "synth-001",
    model: "gpt-4o",
    responseTimeMs: 4200,
  },
  {
    kind: "revision",
    id: "019a7e6f-0003-7000-8000-000000000003",
    targetId: answer,
    content: "Green tea.",
    commit: 4,
    timestamp: start + 20_000,
  },
  {
    kind: "title",
    id: "019a7e6f-0004-7000-8000-000000000004",
    title: "Tea, revised",
    commit: 5,
    timestamp: start + 30_000,
  },
];

function sealAll(): { lines: Buffer[]; header: SealedHeader; records: JournalRecord[] } {
  const lines = [sealLine(header, "").bytes];
  for (const [index, body] of bodies.entries()) {
    const before = openLine(lines.at(-1) ?? Buffer.alloc(0));
    assert.equal(before.kind, "sealed");
    lines.push(sealLine({ seq: index + 1, ...body }, before.body.hash).bytes);
  }
  const [first, ...rest] = lines.map((line) => JSON.parse(line.toString("utf8")) as unknown);
  return { lines, header: first as SealedHeader, records: rest as JournalRecord[] };
}

function viewNode(sourceId: string, parentSourceId: string | null, text: string, second: number): SourceNode {
  return {
    sourceId,
    parentSourceId,
    structural: false,
    role: parentSourceId === null ? "user" : "assistant",
    hidden: false,
    content: text,
    parts: [{ kind: "text", text }],
    time: { ms: Date.UTC(2024, 0, 2, 3, 4, second), precision: "instant", token: "" },
    timestampSource: "message",
    flags: [],
    metadata: {},
  };
}

const conversation: SourceConversation = {
  sourceId: "conversation-1",
  title: "Which tea?",
  createdAt: { ms: Date.UTC(2024, 0, 2, 3, 4, 5), precision: "instant", token: 1_704_164_645 },
  nodes: [
    viewNode("q", null, "Which tea?", 5),
    viewNode("a1", "q", "Black tea.", 6),
    viewNode("a2", "q", "Green tea.", 7),
  ],
  activeLeafSourceId: "a2",
  activeLeafInferred: false,
  attachments: [],
  metadata: {},
  count: { seen: 3, stored: 3, flagged: 0, skipped: 0 },
  problems: [],
};

const titles = ["Tea", "TEA", "../../etc/passwd", "CON", "", "a: b?", "x. . ", "👍"];

function names(): Record<string, string> {
  const constructId = parseConstructId("chatgpt-alex-001");
  const createdAt = Date.UTC(2024, 0, 2);
  const paths = viewPaths(
    titles.map((title, index) => ({ constructId, sourceId: `${index}`, title, createdAt })),
  );
  return Object.fromEntries(titles.map((title, index) => [title, paths[index] ?? ""]));
}

/** Every vector as the code makes it, under the name it has on its page. */
function makeVectors(): Record<string, string> {
  const journal = sealAll();
  const events = rebuildEvents([journal]);
  const sealed = journal.records[3];
  assert.ok(sealed);
  const { hash: _, prev, ...body } = sealed;
  return {
    "chained-lines.md chained-body": JSON.stringify(body),
    "chained-lines.md chained-prev": prev,
    "chained-lines.md chained-line": JSON.stringify(sealed),
    "journal.md journal": Buffer.concat(journal.lines).toString("utf8").trimEnd(),
    "transcript.md transcript": renderTranscript(journal.header, journal.records).toString("utf8").trimEnd(),
    "events.md events": [...events.conversations, ...events.messages]
      .map((event) => JSON.stringify(event))
      .join("\n"),
    "readable-view.md view-names": JSON.stringify(names(), null, 2),
    "readable-view.md view": renderReadableView({
      source: "chatgpt",
      importedAt: start,
      runtimeId: parseRuntimeId("chatgpt-alex"),
      constructId: parseConstructId("chatgpt-alex-001"),
      sessionId,
      conversation,
    }).trimEnd(),
  };
}

const vectors = makeVectors();

/** The text of a fenced vector on a page of docs/formats. */
function documented(page: string, name: string): string | undefined {
  const text = readFileSync(new URL(`../../../../docs/formats/${page}`, import.meta.url), "utf8");
  return new RegExp(`^(\`{3})text vector=${name}\\n(.*?)\\n\\1$`, "ms").exec(text)?.[2];
}

describe("docs/formats", () => {
  for (const [key, made] of Object.entries(vectors)) {
    const [page = "", name = ""] = key.split(" ");
    test(`${page} shows the ${name} that the code makes`, () => {
      assert.equal(documented(page, name), made);
    });
  }

  test("the documented line opens, and the documented body seals to it", () => {
    const line = Buffer.from(`${documented("chained-lines.md", "chained-line")}\n`);
    const opened = openLine(line);
    assert.equal(opened.kind, "sealed");
    const body = JSON.parse(documented("chained-lines.md", "chained-body") ?? "") as object;
    const prev = documented("chained-lines.md", "chained-prev") ?? "";
    assert.ok(sealLine(body, prev).bytes.equals(line));
  });

  test("the documented transcript reads back as the documented journal", () => {
    const parsed = parseTranscript(Buffer.from(`${documented("transcript.md", "transcript")}\n\n`));
    assert.equal(parsed.kind, "intact");
    const journal = Buffer.from(`${documented("journal.md", "journal")}\n`);
    assert.ok(journalBytes(parsed.header, parsed.records).equals(journal));
    const fold = foldJournal(parsed.header, parsed.records);
    assert.equal(fold.title, "Tea, revised");
    assert.deepEqual(
      fold.messages().map((view) => [view.revisions, view.content]),
      [
        [undefined, "Which tea?\n---\n**User**: not a new message -->"],
        [1, "Green tea."],
      ],
    );
    assert.equal(conversationCreatedEvent(parsed.header).title, "Tea");
  });
});
