import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { contentFromParts } from "@chatty/model";
import type { JsonObject } from "@chatty/model";
import { convertContent, fileIdFromPointer } from "./content.ts";

function convert(content: JsonObject): { parts: unknown[]; content: string; rest: unknown } {
  const { parts, rest } = convertContent(content);
  return { parts, content: contentFromParts(parts), rest };
}

describe("convertContent", () => {
  test("makes one text part of every string, empty ones included", () => {
    assert.deepEqual(convert({ content_type: "text", parts: ["a", "", " b "] }), {
      parts: [
        { kind: "text", text: "a" },
        { kind: "text", text: "" },
        { kind: "text", text: " b " },
      ],
      content: "a\n\n b ",
      rest: { content_type: "text" },
    });
    assert.equal(convert({ content_type: "text", parts: [""] }).content, "");
    assert.deepEqual(convert({ content_type: "text" }).parts, []);
  });

  test("keeps lone surrogates", () => {
    assert.equal(convert({ content_type: "text", parts: ["\ud83d"] }).content, "\ud83d");
  });

  test("reads pictures, recordings and transcripts among the strings", () => {
    const image = {
      content_type: "image_asset_pointer",
      asset_pointer: "sediment://file_00ab#x#p_0.png",
      size_bytes: 9,
      width: 3,
      metadata: { dalle: { prompt: "a cat" } },
    };
    const audio = {
      content_type: "audio_asset_pointer",
      asset_pointer: "file-service://file-A",
      format: "wav",
      size_bytes: 4,
    };
    const said = { content_type: "audio_transcription", text: "hello", direction: "in" };
    const { parts, content, rest } = convert({
      content_type: "multimodal_text",
      parts: [image, "see", audio, said, { content_type: "new" }, 7],
    });
    assert.deepEqual(parts, [
      { kind: "image", fileId: "file_00ab", pointer: "sediment://file_00ab#x#p_0.png", size: 9 },
      { kind: "text", text: "see" },
      { kind: "audio", fileId: "file-A", pointer: "file-service://file-A", mime: "audio/wav", size: 4 },
      { kind: "text", text: "hello" },
      { kind: "opaque", type: "new", raw: { content_type: "new" } },
      { kind: "opaque", type: "number", raw: 7 },
    ]);
    assert.equal(content, "see\nhello");
    assert.deepEqual((rest as JsonObject)["parts"], [
      image,
      null,
      audio,
      said,
      { content_type: "new" },
      null,
    ]);
  });

  test("reads a filmed turn as film, frames and sound", () => {
    const sound = { content_type: "audio_asset_pointer", asset_pointer: "sediment://file_s", format: "wav" };
    const turn = {
      content_type: "real_time_user_audio_video_asset_pointer",
      audio_asset_pointer: sound,
      frames_asset_pointers: ["sediment://file_f"],
      video_container_asset_pointer: { asset_pointer: "sediment://file_v" },
    };
    const { parts } = convert({ content_type: "multimodal_text", parts: [turn] });
    assert.deepEqual(parts, [
      { kind: "video", fileId: "file_v", pointer: "sediment://file_v" },
      { kind: "image", fileId: "file_f", pointer: "sediment://file_f" },
      { kind: "audio", fileId: "file_s", pointer: "sediment://file_s", mime: "audio/wav" },
    ]);
  });

  test("reads code and what tools answered", () => {
    assert.deepEqual(
      convert({ content_type: "code", language: "python", text: "1+1", response_format_name: null }),
      {
        parts: [{ kind: "code", language: "python", text: "1+1" }],
        content: "1+1",
        rest: { content_type: "code", response_format_name: null },
      },
    );
    assert.deepEqual(convert({ content_type: "execution_output", text: "2" }).parts, [
      { kind: "tool_result", text: "2" },
    ]);
    assert.deepEqual(
      convert({ content_type: "citable_code_output", output_str: "3", metadata: { display_url: "u" } }).parts,
      [{ kind: "tool_result", text: "3" }],
    );
    assert.deepEqual(
      convert({ content_type: "tether_browsing_display", result: "r", summary: "s", assets: null }).parts,
      [{ kind: "tool_result", text: "r", output: { summary: "s", assets: null } }],
    );
  });

  test("reads quotes and pages as a result and where it is from", () => {
    for (const type of ["tether_quote", "sonic_webpage"]) {
      const { parts, content } = convert({
        content_type: type,
        url: "https://e.org",
        domain: "e.org",
        title: "E",
        text: "quoted",
      });
      assert.deepEqual(parts, [
        { kind: "tool_result", text: "quoted" },
        { kind: "citation", url: "https://e.org", title: "E" },
      ]);
      assert.equal(content, "quoted");
    }
  });

  test("reads thoughts whole, their summaries beside them, in the old form too", () => {
    const thoughts = [
      { summary: "S", content: "C", chunks: ["C"], finished: true },
      { summary: "T", content: "D" },
    ];
    assert.deepEqual(convert({ content_type: "thoughts", thoughts, source_analysis_msg_id: "m" }), {
      parts: [
        { kind: "thinking", text: "C", summary: "S" },
        { kind: "thinking", text: "D", summary: "T" },
      ],
      content: "C\nD",
      rest: {
        content_type: "thoughts",
        source_analysis_msg_id: "m",
        thoughts: [{ chunks: ["C"], finished: true }, {}],
      },
    });
    assert.deepEqual(convert({ content_type: "thoughts", parts: ["trace"] }).parts, [
      { kind: "thinking", text: "trace" },
    ]);
    assert.deepEqual(convert({ content_type: "reasoning_recap", content: "Thought for 5s" }).parts, [
      { kind: "thinking", text: "Thought for 5s" },
    ]);
    assert.deepEqual(convert({ content_type: "reasoning_recap", parts: ["Recap"] }).parts, [
      { kind: "thinking", text: "Recap" },
    ]);
  });

  test("reads contexts and errors", () => {
    assert.deepEqual(
      convert({ content_type: "user_editable_context", user_profile: "P", user_instructions: "" }).parts,
      [{ kind: "text", text: "P" }],
    );
    assert.equal(
      convert({ content_type: "model_editable_context", model_set_context: "M", repository: null }).content,
      "M",
    );
    assert.deepEqual(convert({ content_type: "system_error", name: "E", text: "bad" }).parts, [
      { kind: "error", name: "E", text: "bad" },
    ]);
  });

  test("keeps screens and what it does not know whole", () => {
    const screen = {
      content_type: "computer_output",
      computer_id: "c",
      screenshot: { asset_pointer: "sediment://file_1", size_bytes: 2 },
    };
    assert.deepEqual(convert(screen).parts, [
      { kind: "opaque", type: "computer_output", raw: screen },
      { kind: "image", fileId: "file_1", pointer: "sediment://file_1", size: 2 },
    ]);
    const unknown = { content_type: "brand_new", parts: ["text"], nested: { a: 1 } };
    assert.deepEqual(convert(unknown), {
      parts: [{ kind: "opaque", type: "brand_new", raw: unknown }],
      content: "",
      rest: undefined,
    });
    const lacking = { content_type: "code" };
    assert.deepEqual(convert(lacking).parts, [{ kind: "opaque", type: "code", raw: lacking }]);
  });
});

describe("fileIdFromPointer", () => {
  test("takes scheme and fragment off", () => {
    assert.equal(fileIdFromPointer("file-service://file-XYZ"), "file-XYZ");
    assert.equal(fileIdFromPointer("sediment://file_0123#file_0456#p_0.jpg"), "file_0123");
    assert.equal(fileIdFromPointer("file-plain"), "file-plain");
  });
});
