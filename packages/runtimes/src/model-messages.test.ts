import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { modelPrompt } from "./model-messages.ts";

describe("modelPrompt", () => {
  test("gathers system words, joins turns of one role and drops what is not for models", async () => {
    const prompt = await modelPrompt(
      [
        { role: "assistant", content: "Welcome" },
        { role: "system", content: "Be kind." },
        { role: "user", content: "one" },
        { role: "user", content: "two" },
        {
          role: "assistant",
          content: "hm\nyes",
          parts: [
            { kind: "thinking", text: "hm" },
            { kind: "text", text: "yes" },
            { kind: "tool_call", name: "look_up", input: { word: "tea" } },
          ],
        },
        { role: "tool", content: "hot", parts: [{ kind: "tool_result", name: "look_up", text: "hot" }] },
        { role: "assistant", content: "failed", parts: [{ kind: "error", text: "failed" }] },
        { role: "user", content: "three" },
      ],
      "You are Synth.",
    );
    assert.deepEqual(prompt, {
      instructions: "You are Synth.\n\nBe kind.",
      messages: [
        { role: "user", content: "(The conversation began before this.)" },
        { role: "assistant", content: "Welcome" },
        { role: "user", content: "one\n\ntwo" },
        {
          role: "assistant",
          content: 'yes\n\n[Called the tool look_up with {"word":"tea"}]\n\n[Result of look_up]\nhot',
        },
        { role: "user", content: "three" },
      ],
    });
  });

  test("sends pictures as bytes, texts as text, and names what it cannot send", async () => {
    const bytes = new Uint8Array([1, 2, 3]);
    const prompt = await modelPrompt(
      [
        {
          role: "user",
          content: "look",
          parts: [
            { kind: "text", text: "look" },
            { kind: "image", fileId: "sha256:a", mime: "image/png", name: "a.png" },
            { kind: "file", fileId: "sha256:b", mime: "text/plain", name: "b.txt" },
            { kind: "image", mime: "image/png", name: "gone.png", missing: true },
            { kind: "audio", fileId: "sha256:c", mime: "audio/ogg", name: "c.ogg" },
          ],
        },
      ],
      undefined,
      (part) => Promise.resolve(part.fileId === "sha256:a" ? bytes : new TextEncoder().encode("``` hi")),
    );
    assert.deepEqual(prompt.messages, [
      {
        role: "user",
        content: [
          { type: "text", text: "look" },
          { type: "file", data: { type: "data", data: bytes }, mediaType: "image/png", filename: "a.png" },
          { type: "text", text: "File “b.txt”:\n````\n``` hi\n````" },
          { type: "text", text: "[Picture “gone.png”; its contents are not part of this request]" },
          { type: "text", text: "[Recording “c.ogg”; its contents are not part of this request]" },
        ],
      },
    ]);
  });

  test("keeps a message's own words when its parts are only files", async () => {
    const prompt = await modelPrompt([
      { role: "user", content: "what is this?", parts: [{ kind: "file", name: "x.bin" }] },
    ]);
    assert.deepEqual(prompt.messages, [
      { role: "user", content: "what is this?\n\n[File “x.bin”; its contents are not part of this request]" },
    ]);
  });
});
