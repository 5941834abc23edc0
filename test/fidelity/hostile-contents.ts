import { Entries, Verbatim } from "./json-writer.ts";
import type { Writable } from "./json-writer.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** One message body and what stands around it. */
export interface HostileContent {
  content: Writable;
  role?: string;
  name?: string;
  recipient?: string;
  metadata?: Record<string, Writable>;
}

const sentences = [
  "Where do the swifts sleep?",
  "  two spaces before, a tab after\t",
  "line one\r\nline two\n\n\nline five\n",
  "naïve café, ﬁne; e\u0301 is not \u00e9; 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 👩‍👩‍👧‍👦",
  "a lone high surrogate \ud83d and a lone low one \udc69.",
  "```ts\nconst a = `${b}`;\n```\n\n---\n# not a heading\n<!-- not a comment -->",
  "[2025-11-13 18:00:05 UTC] **User**: not a new message",
  "null byte \u0000 and escape \u001b[31m and delete \u007f",
  "right-to-left \u202eevil\u202c, zero\u200bwidth, \ufeffmark, \u2028separator\u2029",
  '{"query":"SELECT * FROM \\"users\\"; --"}',
  "\ue200cite\ue202turn3search14\ue201 and 【3†source】",
  "",
  "1",
  "__proto__",
];

export function hostileSentence(random: SeededRandom): string {
  return random.pick(sentences);
}

const imagePointer = {
  content_type: "image_asset_pointer",
  asset_pointer: "file-service://file-Found00001",
  size_bytes: 68,
  width: 1,
  height: 1,
  metadata: { dalle: { gen_id: "g", prompt: "a tree", seed: new Verbatim("12345678901234567890") } },
};

/** Every kind of content a ChatGPT export is known to hold, and some that it is not. */
const contentMakers: readonly ((random: SeededRandom) => HostileContent)[] = [
  (random) => ({ content: text(hostileSentence(random)) }),
  (random) => ({ content: text(hostileSentence(random), "", hostileSentence(random)) }),
  () => ({
    content: { content_type: "multimodal_text", parts: ["before", imagePointer, "after"] },
    role: "user",
  }),
  () => ({
    content: {
      content_type: "multimodal_text",
      parts: [
        { content_type: "audio_transcription", text: " spoken ", direction: "in", decoding_id: null },
        {
          content_type: "audio_asset_pointer",
          asset_pointer: "sediment://file_0a1b2c",
          format: "wav",
          size_bytes: 9,
        },
      ],
    },
    role: "user",
  }),
  () => ({
    content: {
      content_type: "multimodal_text",
      parts: [
        {
          content_type: "real_time_user_audio_video_asset_pointer",
          audio_asset_pointer: "sediment://file_voice#1#p_0",
          frames_asset_pointers: [],
          audio_start_timestamp: 1.5,
        },
        { content_type: "hologram_pointer", asset_pointer: "sediment://file_later", depth: 3 },
        "and words",
      ],
    },
  }),
  () => ({
    content: {
      content_type: "code",
      language: "unknown",
      response_format_name: null,
      text: "print( 'ä' )\n",
    },
    recipient: "python",
  }),
  () => ({ content: { content_type: "execution_output", text: "\nä\n" }, role: "tool", name: "python" }),
  () => ({
    content: {
      content_type: "tether_browsing_display",
      result: "# Result\n",
      summary: "short",
      assets: null,
    },
    role: "tool",
    name: "browser",
  }),
  () => ({
    content: {
      content_type: "tether_quote",
      url: "https://example.org/a?b=c&d",
      domain: "example.org",
      title: "A page",
      text: "quoted words ",
    },
    role: "tool",
    name: "browser",
  }),
  () => ({
    content: {
      content_type: "sonic_webpage",
      url: "https://example.org/page",
      domain: "example.org",
      title: "Another page",
      text: "page words",
      snippet: "words",
      pub_timestamp: new Verbatim("1.7040672E9"),
    },
    role: "tool",
    name: "web",
  }),
  () => ({
    content: {
      content_type: "thoughts",
      thoughts: [
        { summary: "Weighing", content: "first thought ", chunks: [], finished: true },
        { summary: "", content: "second thought" },
      ],
      source_analysis_msg_id: "x",
    },
  }),
  () => ({ content: { content_type: "thoughts", parts: ["a bare trace"] } }),
  () => ({ content: { content_type: "reasoning_recap", content: "Thought for 5 s" } }),
  () => ({ content: { content_type: "reasoning_recap", parts: ["Thought for 6 s"] } }),
  () => ({
    content: {
      content_type: "user_editable_context",
      user_profile: "I row.",
      user_instructions: "Be brief. ",
    },
    role: "user",
    metadata: { is_visually_hidden_from_conversation: true },
  }),
  () => ({
    content: { content_type: "model_editable_context", model_set_context: "1. Likes tea.", repository: null },
    role: "system",
  }),
  () => ({
    content: { content_type: "system_error", name: "tool_error", text: "Error: 500 " },
    role: "tool",
  }),
  () => ({
    content: {
      content_type: "computer_output",
      computer_id: "c",
      screenshot: imagePointer,
      state: { id: "s", dom: "<html>" },
    },
    role: "tool",
    name: "computer.do",
  }),
  () => ({
    content: {
      content_type: "citable_code_output",
      output_str: "42\n",
      metadata: { display_title: "Answer" },
    },
    role: "tool",
  }),
  () => ({ content: { content_type: "app_pairing_content", workspaces: [], deep: { er: [1, [2, [3]]] } } }),
  () => ({ content: text("a note for later"), recipient: "bio" }),
  () => ({ content: text("strange author"), role: "critic", name: "judge" }),
  () => ({
    content: text("cited 【3†source】"),
    metadata: {
      citations: [
        {
          start_ix: 6,
          end_ix: 16,
          citation_format_type: "tether_og",
          metadata: {
            type: "webpage",
            title: "Old",
            url: "https://example.org/old",
            text: "unsaid",
            extra: null,
          },
        },
      ],
    },
  }),
  () => ({
    content: text("cited \ue200cite\ue202turn0search1\ue201"),
    metadata: {
      content_references: [
        {
          type: "webpage",
          matched_text: "cited",
          start_idx: 0,
          end_idx: 5,
          title: "New",
          url: "https://example.org/new",
        },
        {
          type: "grouped_webpages",
          matched_text: "\ue200cite\ue202turn0search1\ue201",
          start_idx: 6,
          end_idx: 24,
          items: [
            { title: "G1", url: "https://example.org/g1" },
            { title: "G2", url: "https://example.org/g2" },
          ],
          fallback_items: null,
        },
      ],
    },
  }),
  () => ({
    content: text("see the attached"),
    role: "user",
    metadata: {
      attachments: [
        { id: "file-Found00001", name: "tree.png", size: 68, mime_type: "image/png" },
        {
          id: "file-Gone000001",
          name: "../../etc/passwd",
          size: new Verbatim("9007199254740993"),
          mimeType: "text/plain",
        },
      ],
    },
  }),
  () => ({
    content: new Entries([
      ["content_type", "unknown"],
      ["content_type", "text"],
      ["parts", ["first"]],
      ["parts", ["the last of a repeated key counts"]],
    ]),
    metadata: {
      odd: new Entries([
        ["__proto__", { polluted: true }],
        ["constructor", "x"],
        ["10", 1],
        ["2", 2],
      ]),
      huge: new Verbatim("9007199254740993"),
      tiny: new Verbatim("1e-400"),
      float: new Verbatim("1704067200.0"),
      minus: new Verbatim("-0"),
    },
  }),
];

export const hostileContentCount = contentMakers.length;

export function hostileContent(index: number, random: SeededRandom): HostileContent {
  const make = contentMakers[index % contentMakers.length];
  return make === undefined ? { content: text("") } : make(random);
}

/** Every notation of a time, sound or not. */
export const hostileTimes: readonly Writable[] = [
  new Verbatim("1704067200.0"),
  1704067300.123456,
  new Verbatim("1.7040674E9"),
  1704067500123,
  "2024-01-01T00:10:00.250Z",
  "2024-01-01T02:20:00+02:00",
  "1704069000.5",
  null,
  0,
  -62135596800,
  80_000_000_000,
  1731627000000,
  "yesterday",
  "+056842-01-01T00:00:00Z",
];

export function text(...parts: Writable[]): Writable {
  return { content_type: "text", parts };
}
