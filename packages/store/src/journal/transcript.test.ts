import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject, Part } from "@chatty/model";
import fc from "fast-check";
import { openLine, sealLine } from "../log/chained-line.ts";
import type { JournalBody, JournalHeader, JournalHome, JournalRecord, SealedHeader } from "./record.ts";
import { renderBlock } from "./transcript-block.ts";
import { renderHead } from "./transcript-head.ts";
import { journalBytes, parseTranscript } from "./transcript-parse.ts";
import { renderTranscript } from "./transcript.ts";

interface Journal {
  header: SealedHeader;
  records: JournalRecord[];
  bytes: Buffer;
}

/** Writes a journal as the log does and reads it as a reader does. */
function writeJournal(header: JournalHeader, bodies: readonly JournalBody[]): Journal {
  const first = sealLine(header, "");
  const lines = [first.bytes];
  let { hash } = first;
  bodies.forEach((body, index) => {
    const line = sealLine({ seq: index + 1, ...body }, hash);
    lines.push(line.bytes);
    ({ hash } = line);
  });
  const [sealedHeader, ...records] = lines.map((line) => {
    const opened = openLine(line);
    assert.equal(opened.kind, "sealed");
    return opened.body;
  });
  return {
    header: sealedHeader as unknown as SealedHeader,
    records: records as unknown as JournalRecord[],
    bytes: Buffer.concat(lines),
  };
}

const sessionId = "018bc7a2-5d30-7c31-9d52-3f6a8b0c1d2e";
const plainHeader: JournalHeader = {
  version: "1.0",
  chat_id: sessionId,
  timestamp: Date.UTC(2025, 10, 13, 18),
  metadata: {
    userId: "018bc7a2-0000-7000-8000-000000000001",
    runtimeId: "synth",
    constructId: "synth-001",
    title: "Tea",
    source: "new_conversation",
    commit: 1,
  },
};

function message(content: string, more: Partial<JournalBody> = {}): JournalBody {
  return {
    kind: "message",
    id: "018bc7a2-5d30-7c31-9d52-3f6a8b0c1d2f",
    parentId: null,
    role: "user",
    content,
    runtimeId: "synth",
    constructId: "synth-001",
    commit: 2,
    timestamp: Date.UTC(2025, 10, 13, 18, 0, 5),
    ...more,
  } as JournalBody;
}

const sample = renderTranscript(...entries(writeJournal(plainHeader, [message("Hello"), message("--> \n")])));

function entries(journal: Journal): [SealedHeader, JournalRecord[]] {
  return [journal.header, journal.records];
}

/** Pieces of Markdown, of transcripts, and characters that programs stumble over. */
const lookalikes = [
  ["\n", "\n\n", "\r\n", "\r", "---", "\n---\n", "## ", "# Title", "```", "~~~\n", "> "],
  ["    ", "<!--", "-->", "--!>", "<!-- chatty:record ", ' "hash":"'],
  ["<!-- IMPORT_METADATA\n", "isPrimary: true", "**User**: "],
  ["\n[2025-11-13 18:00:05 UTC] **User**: ", "[undated] **Assistant** (x): ", "Mother said: "],
  ["\u0000", "\u2028", "\u2029", "\u0085", "\ufeff", "\ud83d", "\ude00", "\ud83d\ude00"],
  ["e\u0301", "\u202e", "\u200f", "\ufffd", "\ufffe", "\\", "\\\\", "\\ud83d", "\\u003e"],
  ["עברית", "😀"],
].flat();

/** Texts made of everything that could be mistaken for structure. */
const hostileText = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.string({ maxLength: 8 }) },
      { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 4 }) },
      { weight: 2, arbitrary: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) },
      {
        weight: 8,
        arbitrary: fc.constantFrom(...lookalikes),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          sample.toString("utf8"),
          sample.subarray(sample.indexOf("<!-- chatty:record")).toString("utf8"),
          sample.subarray(0, sample.indexOf("<!-- chatty:record")).toString("utf8"),
        ),
      },
    ),
    { maxLength: 6 },
  )
  .map((pieces) => pieces.join(""));

const optional = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 3 });
const base = {
  commit: fc.nat(),
  timestamp: fc.integer({ min: -1e12, max: 4e12 }),
  undoes: optional(hostileText),
};
const json = fc.jsonValue({ maxDepth: 2, stringUnit: "binary" }).map((value) => ({ value }) as JsonObject);
const parts: fc.Arbitrary<Part[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("text" as const), text: hostileText }),
    fc.record({ kind: fc.constant("image" as const), name: hostileText }),
    fc.record({ kind: fc.constant("opaque" as const), type: hostileText, raw: json }),
  ),
  { maxLength: 2 },
);
const said = {
  id: fc.uuid(),
  parentId: fc.option(fc.uuid()),
  role: fc.constantFrom("user" as const, "assistant" as const, "system" as const, "tool" as const),
  content: hostileText,
  parts: optional(parts),
  runtimeId: fc.constantFrom("synth", "lin"),
  constructId: fc.constantFrom("synth-001", "lin-001"),
  model: optional(hostileText),
};

/** Bodies of every kind, with keys in an order of their own; absent fields are dropped by JSON. */
const anyBody = fc
  .oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant("message" as const),
        ...said,
        author: optional(hostileText),
        thinkingLog: optional(fc.array(hostileText, { maxLength: 2 })),
        origin: optional(json),
        metadata: optional(json),
        ...base,
      }),
    },
    fc.record({ kind: fc.constant("checkpoint" as const), ...said, ...base }),
    fc.record({
      ...base,
      kind: fc.constant("revision" as const),
      id: fc.uuid(),
      targetId: hostileText,
      content: hostileText,
      parts: optional(parts),
    }),
    fc.record({
      kind: fc.constant("tombstone" as const),
      id: fc.uuid(),
      targetId: optional(fc.uuid()),
      deleted: fc.boolean(),
      ...base,
    }),
    fc.record({ kind: fc.constant("title" as const), id: fc.uuid(), title: hostileText, ...base }),
    fc.record({ kind: fc.constant("archive" as const), id: fc.uuid(), archived: fc.boolean(), ...base }),
    fc.record({
      kind: fc.constant("fork" as const),
      id: fc.uuid(),
      direction: fc.constantFrom("from" as const, "to" as const),
      sessionId: fc.uuid(),
      runtimeId: hostileText,
      ...base,
    }),
    fc.record({
      ...base,
      kind: fc.constant("note" as const),
      id: fc.uuid(),
      text: hostileText,
      metadata: optional(json),
    }),
  )
  .map((body) => JSON.parse(JSON.stringify(body)) as JournalBody);

const anyHeader = fc
  .record({
    title: hostileText,
    home: optional(
      fc.record({
        providerLabel: hostileText,
        source: hostileText,
        importedAt: optional(fc.integer({ min: 0, max: 4e12 })),
        isPrimary: fc.constant(true as const),
      }),
    ),
    forkedFrom: optional(
      fc.record({ sessionId: fc.uuid(), runtimeId: fc.constantFrom("synth", "lin"), imported: fc.boolean() }),
    ),
  })
  .map(
    (more) =>
      ({
        ...plainHeader,
        metadata: JSON.parse(
          JSON.stringify({ ...plainHeader.metadata, ...more }),
        ) as JournalHeader["metadata"],
      }) satisfies JournalHeader,
  );
const anyJournal = fc
  .tuple(anyHeader, fc.array(anyBody, { minLength: 1, maxLength: 4 }))
  .map(([header, bodies]) => writeJournal(header, bodies));

type Codec = (header: SealedHeader, records: readonly JournalRecord[]) => Buffer | undefined;

/** The property that counts: what is read back is the journal, byte for byte. */
function roundTrip(codec: Codec): fc.IProperty<[Journal]> {
  return fc.property(
    anyJournal,
    (journal) => codec(journal.header, journal.records)?.equals(journal.bytes) ?? false,
  );
}

const chattyCodec: Codec = (header, records) => {
  const parsed = parseTranscript(renderTranscript(header, records));
  return parsed.kind === "intact" ? journalBytes(parsed.header, parsed.records) : undefined;
};

/** The reader that earlier programs had: messages end where the next line looks like the start of one. */
const naiveCodec: Codec = (header, records) => {
  const text = renderTranscript(header, records).toString("utf8");
  const [, ...blocks] = text.split(/^<!-- chatty:record /m);
  const read = blocks.map((block) => {
    const end = block.indexOf(" -->\n");
    const record = JSON.parse(block.slice(0, end)) as Record<string, unknown>;
    const body = /^\[[^\]]+\] \*\*\w+\*\*[^:]*: ?(.*)\n\n$/s.exec(block.slice(end + 5))?.[1];
    if (record["kind"] === "message") record["content"] = body;
    return record as unknown as JournalRecord;
  });
  return journalBytes(header, read);
};

describe("parseTranscript", () => {
  test("gives back the exact bytes of any journal", () => {
    fc.assert(roundTrip(chattyCodec), { numRuns: 10_000 });
  });

  test("is held to a property that catches a reader which splits on structure", () => {
    const naive: Codec = (header, records) => {
      try {
        return naiveCodec(header, records);
      } catch {
        return undefined;
      }
    };
    const harmless = writeJournal(plainHeader, [message("Hello"), message("World")]);
    assert.ok(
      naive(harmless.header, harmless.records)?.equals(harmless.bytes),
      "the planted reader reads plain texts",
    );
    const messagesOnly = fc
      .array(
        hostileText.map((text) => message(text)),
        { minLength: 1, maxLength: 3 },
      )
      .map((bodies) => writeJournal(plainHeader, bodies));
    const caught = fc.check(
      fc.property(
        messagesOnly,
        (journal) => naive(journal.header, journal.records)?.equals(journal.bytes) ?? false,
      ),
      { numRuns: 10_000 },
    );
    assert.ok(caught.failed, "a naive reader passed");
    assert.ok(fc.check(roundTrip(naive), { numRuns: 10_000 }).failed);
  });

  test("notices every edit of a single byte", () => {
    const { header, records } = writeJournal(plainHeader, [
      message("Hello\n---\n"),
      message("lone \ud83d", { role: "assistant", model: "m" }),
      { kind: "title", id: "t", title: "New", commit: 3, timestamp: 1 },
      { kind: "revision", id: "r", targetId: "x", content: "new text", commit: 4, timestamp: 2 },
    ]);
    const text = renderTranscript(header, records);
    for (let at = 0; at < text.length; at += 1) {
      for (const flip of [0x01, 0x20, 0x80]) {
        const edited = Buffer.from(text);
        edited[at] = (edited[at] ?? 0) ^ flip;
        const parsed = parseTranscript(edited);
        assert.equal(parsed.kind, "altered", `byte ${at}`);
        assert.ok(parsed.offset <= at);
      }
      assert.equal(
        parseTranscript(Buffer.concat([text.subarray(0, at), text.subarray(at + 1)])).kind,
        "altered",
      );
      assert.equal(
        parseTranscript(Buffer.concat([text.subarray(0, at), Buffer.from(" "), text.subarray(at)])).kind,
        "altered",
      );
    }
  });

  test("notices an edit of a byte of any transcript, and tells what is still verified", () => {
    fc.assert(
      fc.property(anyJournal, fc.nat(), fc.integer({ min: 1, max: 255 }), (journal, place, flip) => {
        const text = renderTranscript(...entries(journal));
        const at = place % text.length;
        text[at] = (text[at] ?? 0) ^ flip;
        const parsed = parseTranscript(text);
        assert.equal(parsed.kind, "altered");
        assert.ok(parsed.offset <= at);
        const verified = journal.records.slice(0, parsed.records.length);
        assert.deepEqual(parsed.records, verified);
        if (parsed.header !== undefined) {
          assert.equal(parsed.offset, renderTranscript(parsed.header, verified).length);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("never throws, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), hostileText, (bytes, text) => {
        assert.equal(parseTranscript(bytes).kind, "altered");
        const appended = Buffer.concat([Buffer.from(text), bytes]);
        const parsed = parseTranscript(Buffer.concat([sample, appended]));
        assert.equal(parsed.kind, appended.length === 0 ? "intact" : "altered");
      }),
      { examples: [[new Uint8Array([0]), ""]], numRuns: 1000 },
    );
    const deep = `<!-- chatty:record {"kind":"note","text":{"bytes":0},"metadata":${"[".repeat(1e5)}${"]".repeat(1e5)}} -->\n`;
    assert.equal(parseTranscript(Buffer.concat([sample, Buffer.from(deep)])).kind, "altered");
    const badTime = '<!-- chatty:record {"kind":"title","title":"x","timestamp":1e300} -->\n';
    assert.equal(parseTranscript(Buffer.concat([sample, Buffer.from(badTime)])).kind, "altered");
  });

  test("tells a record out of its place from one that was edited", () => {
    const { header, records } = writeJournal(plainHeader, [message("a"), message("b"), message("c")]);
    const [first, second, third] = records.map(renderBlock);
    assert.ok(first && second && third);
    const parsed = parseTranscript(Buffer.concat([renderHead(header), first, third, second]));
    assert.equal(parsed.kind, "altered");
    assert.equal(parsed.fault, "chain");
    assert.equal(parsed.records.length, 1);
  });

  test("keeps keys in their order, integer-like keys and __proto__ included", () => {
    const metadata = JSON.parse('{"__proto__":{"b":1},"10":1,"9":2,"a-->b":"--"}') as JsonObject;
    const journal = writeJournal(plainHeader, [message("x", { metadata })]);
    assert.ok(chattyCodec(...entries(journal))?.equals(journal.bytes));
  });
});

describe("renderTranscript", () => {
  test("begins, for more records, with the text of fewer", () => {
    fc.assert(
      fc.property(anyJournal, ({ header, records }) => {
        const whole = renderTranscript(header, records);
        for (let count = 0; count <= records.length; count += 1) {
          const prefix = renderTranscript(header, records.slice(0, count));
          assert.ok(prefix.equals(whole.subarray(0, prefix.length)));
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("never lets a value end its comment", () => {
    fc.assert(
      fc.property(anyJournal, ({ header, records }) => {
        const head = renderHead(header).toString("utf8");
        const comments = header.metadata.home === undefined ? 1 : 2;
        assert.equal(head.split("-->").length - 1, comments);
        assert.equal(head.split("<!--").length - 1, comments);
        for (const record of records) {
          const [line = ""] = renderBlock(record).toString("utf8").split("\n");
          assert.match(line, /^<!-- (?:(?!--|>).)* -->$/su);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("shows a home as specification 001 and 003 have it", () => {
    const home: JournalHome = {
      providerLabel: "ChatGPT",
      source: "chatgpt",
      importedAt: Date.UTC(2025, 10, 13, 18),
      isPrimary: true,
    };
    const metadata = {
      ...plainHeader.metadata,
      runtimeId: "chatgpt-alex",
      constructId: "chatgpt-alex-001",
      home,
    };
    const { header, records } = writeJournal({ ...plainHeader, metadata }, [
      message("Hello"),
      message("Hi there!", {
        role: "assistant",
        model: "gpt-4o",
        timestamp: Date.UTC(2025, 10, 13, 18, 0, 10),
      }),
    ]);
    const text = renderTranscript(header, records)
      .toString("utf8")
      .replace(/^<!-- chatty:.*$/gm, "<!-- … -->");
    assert.equal(
      text,
      `---
IMPORT_METADATA:
  source: "chatgpt"
  importedAt: "2025-11-13T18:00:00.000Z"
  runtimeId: "chatgpt-alex"
  constructId: "chatgpt-alex-001"
CONTINUITY:
  sessionId: "${sessionId}"
  runtimeId: "chatgpt-alex"
  messageSequence: 1
  linkedSessions: []
  crossRuntimeReferences: []
---
<!-- … -->

# Chat with ChatGPT

**Created**: 2025-11-13T18:00:00.000Z
**Session ID**: chatgpt-alex-001_chat_with_chatgpt-alex-001
**Construct**: chatgpt-alex-001
**Runtime**: chatgpt-alex

<!-- IMPORT_METADATA
source: chatgpt
importedAt: 2025-11-13T18:00:00.000Z
constructId: chatgpt-alex-001
runtimeId: chatgpt-alex
isPrimary: true
-->

---

Welcome to your ChatGPT workspace. Your imported conversations are available in the sidebar.

<!-- … -->
[2025-11-13 18:00:05 UTC] **User**: Hello

<!-- … -->
[2025-11-13 18:00:10 UTC] **Assistant** (gpt-4o): Hi there!

`,
    );
  });

  test("dates a message that a fork brought along by its origin, or not at all", () => {
    const { records } = writeJournal(plainHeader, [
      message("old", { origin: { timestamp: Date.UTC(2020, 0, 1) } }),
      message("undated", { origin: {} }),
    ]);
    const shown = records.map((record) => renderBlock(record).toString("utf8").split("\n")[1]);
    assert.deepEqual(shown, ["[2020-01-01 00:00:00 UTC] **User**: old", "[undated] **User**: undated"]);
  });
});
