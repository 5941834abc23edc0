import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseConstructId, parseSessionId } from "@chatty/model";
import fc from "fast-check";
import { editedTranscriptName, homeTranscriptName, sessionTranscriptName } from "./transcript-name.ts";

const sessionId = parseSessionId("018bc7a2-5d30-7c31-9d52-3f6a8b0c1d2e");

describe("sessionTranscriptName", () => {
  test("joins the words of the title and the last group of the session id", () => {
    assert.equal(
      sessionTranscriptName("Tea & Scones, again", sessionId),
      "tea-scones-again--3f6a8b0c1d2e.md",
    );
    assert.equal(sessionTranscriptName("Über Löß", sessionId), "über-löß--3f6a8b0c1d2e.md");
    assert.equal(sessionTranscriptName("日本語 の 話", sessionId), "日本語-の-話--3f6a8b0c1d2e.md");
  });

  test("calls a title without words untitled", () => {
    for (const title of ["", "   ", "../..", "---", "👍", "\ud800", "\u200b", "❤️"]) {
      assert.equal(sessionTranscriptName(title, sessionId), "untitled--3f6a8b0c1d2e.md");
    }
  });

  test("gives a safe name of bounded length for any title", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (title) => {
        const name = sessionTranscriptName(title, sessionId);
        assert.ok(name.isWellFormed());
        assert.ok(Buffer.byteLength(name) <= 80 + "--3f6a8b0c1d2e.md".length);
        assert.match(name, /^[\p{L}\p{N}\p{M}]+(?:-[\p{L}\p{N}\p{M}]+)*--3f6a8b0c1d2e\.md$/u);
      }),
      { numRuns: 2000, examples: [["é".repeat(41)], ["😀a".repeat(90)]] },
    );
  });
});

describe("the other names", () => {
  test("a home is named after its construct", () => {
    assert.equal(homeTranscriptName(parseConstructId("synth-001")), "chat_with_synth-001.md");
  });

  test("edited transcripts are set aside under counted names", () => {
    assert.equal(editedTranscriptName("chat_with_synth-001.md", 1), "chat_with_synth-001 (edited).md");
    assert.equal(editedTranscriptName("chat_with_synth-001.md", 2), "chat_with_synth-001 (edited 2).md");
  });
});
