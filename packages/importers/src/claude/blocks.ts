import { isJsonObject } from "@chatty/model";
import type { JsonObject, JsonValue, Part } from "@chatty/model";
import {
  arrayOf,
  defined,
  filledTextOf,
  idOf,
  numberOf,
  objectOf,
  objectsOf,
  sizeOf,
  textOf,
  without,
} from "../json-fields.ts";

/** What a message's blocks became. */
export interface ConvertedBlocks {
  parts: Part[];
  /** For each block the fields that no part took over; undefined when there are none at all. */
  rest: JsonObject[] | undefined;
}

/**
 * Converts content blocks in order. Tool ids are often null: a result then belongs to the first call of the same
 * message that has none either and no result yet, and both get one id made of the message's.
 */
export function convertBlocks(blocks: readonly JsonValue[], messageId: string): ConvertedBlocks {
  const callIds = pairToolIds(blocks, messageId);
  const parts: Part[] = [];
  const rests: JsonObject[] = [];
  for (const [index, block] of blocks.entries()) {
    const { taken, made } = convertBlock(block, callIds[index]);
    for (const part of made) parts.push(part);
    rests.push(isJsonObject(block) && taken.length > 0 ? without(block, ["type", ...taken]) : {});
  }
  const hasRest = rests.some((rest) => Object.values(rest).some((field) => field !== null));
  return { parts, rest: hasRest ? rests : undefined };
}

/** Pasted texts and documents with the text Claude took out of them. */
export function convertAttachments(attachments: JsonValue | undefined): {
  parts: Part[];
  rest: JsonObject[];
} {
  const parts: Part[] = [];
  const rest: JsonObject[] = [];
  for (const attachment of objectsOf(attachments)) {
    const type = filledTextOf(attachment["file_type"]);
    const isMime = type?.includes("/") === true;
    parts.push({
      kind: "file",
      ...defined({
        fileId: idOf(attachment["id"]),
        name: filledTextOf(attachment["file_name"]),
        mime: isMime ? type : undefined,
        size: sizeOf(attachment["file_size"]),
        extractedText: textOf(attachment["extracted_content"]),
      }),
    });
    const taken = ["id", "file_name", "extracted_content"];
    if (isMime) taken.push("file_type");
    if (sizeOf(attachment["file_size"]) !== undefined) taken.push("file_size");
    rest.push(without(attachment, taken));
  }
  return { parts, rest };
}

/** Uploads, whose bytes no export of Claude holds. */
export function convertFiles(files: JsonValue | undefined): { parts: Part[]; rest: JsonObject[] } {
  const parts: Part[] = [];
  const rest: JsonObject[] = [];
  for (const file of objectsOf(files)) {
    const fileId = idOf(file["file_uuid"]) ?? idOf(file["uuid"]);
    parts.push({
      kind: "file",
      ...defined({ fileId, name: filledTextOf(file["file_name"]), size: sizeOf(file["file_size"]) }),
      missing: true,
    });
    const taken = ["file_uuid", "uuid", "file_name"];
    if (sizeOf(file["file_size"]) !== undefined) taken.push("file_size");
    rest.push(without(file, taken));
  }
  return { parts, rest };
}

interface ConvertedBlock {
  made: Part[];
  /** Fields that the parts hold; none for an opaque block, which is whole in its part. */
  taken: string[];
}

function convertBlock(block: JsonValue, callId: string | undefined): ConvertedBlock {
  if (!isJsonObject(block)) {
    if (typeof block === "string") return { made: [{ kind: "text", text: block }], taken: [] };
    return {
      made: [{ kind: "opaque", type: block === null ? "null" : typeof block, raw: block }],
      taken: [],
    };
  }
  switch (block["type"]) {
    case "text":
      return convertText(block);
    case "thinking":
      return convertThinking(block);
    case "tool_use":
      return {
        made: [
          {
            kind: "tool_call",
            name: textOf(block["name"]) ?? "",
            ...defined({ callId }),
            input: block["input"] ?? null,
          },
        ],
        taken: ["id", "name", "input"],
      };
    case "tool_result":
      return convertToolResult(block, callId);
    default:
      return opaqueBlock(block);
  }
}

function opaqueBlock(block: JsonObject): ConvertedBlock {
  return { made: [{ kind: "opaque", type: textOf(block["type"]) ?? "unknown", raw: block }], taken: [] };
}

function convertText(block: JsonObject): ConvertedBlock {
  const text = textOf(block["text"]);
  if (text === undefined) return opaqueBlock(block);
  const made: Part[] = [{ kind: "text", text }];
  for (const citation of objectsOf(block["citations"])) {
    const details = objectOf(citation["details"]);
    made.push({
      kind: "citation",
      ...defined({
        url: filledTextOf(details["url"]) ?? filledTextOf(citation["url"]),
        title: filledTextOf(details["title"]) ?? filledTextOf(citation["title"]),
        from: numberOf(citation["start_index"]),
        to: numberOf(citation["end_index"]),
      }),
    });
  }
  return { made, taken: arrayOf(block["citations"]).length === 0 ? ["text", "citations"] : ["text"] };
}

function convertThinking(block: JsonObject): ConvertedBlock {
  const text = textOf(block["thinking"]);
  if (text === undefined) return opaqueBlock(block);
  const summaries = objectsOf(block["summaries"]).flatMap((entry) => textOf(entry["summary"]) ?? []);
  const summary = summaries.length === 0 ? undefined : summaries.join("\n");
  return { made: [{ kind: "thinking", text, ...defined({ summary }) }], taken: ["thinking", "summaries"] };
}

function convertToolResult(block: JsonObject, callId: string | undefined): ConvertedBlock {
  const content = block["content"];
  const isError = typeof block["is_error"] === "boolean" ? block["is_error"] : undefined;
  const texts =
    typeof content === "string" ? [content] : arrayOf(content).flatMap((item) => plainText(item) ?? []);
  const isTextOnly = typeof content === "string" || texts.length === arrayOf(content).length;
  const hasMore = content !== undefined && content !== null && !isTextOnly;
  return {
    made: [
      {
        kind: "tool_result",
        ...defined({
          callId,
          name: filledTextOf(block["name"]),
          text: texts.length === 0 ? undefined : texts.join("\n"),
          output: hasMore || (isJsonObject(content) && content !== null) ? content : undefined,
          isError,
        }),
      },
    ],
    taken: ["tool_use_id", "name", "content", "is_error"],
  };
}

function plainText(item: JsonValue): string | undefined {
  if (typeof item === "string") return item;
  return isJsonObject(item) && item["type"] === "text" ? textOf(item["text"]) : undefined;
}

function pairToolIds(blocks: readonly JsonValue[], messageId: string): (string | undefined)[] {
  const waiting: { index: number; name: string | undefined }[] = [];
  const ids: (string | undefined)[] = [];
  for (const [index, block] of blocks.entries()) {
    if (!isJsonObject(block)) continue;
    const name = textOf(block["name"]);
    if (block["type"] === "tool_use") {
      ids[index] = idOf(block["id"]);
      if (ids[index] === undefined) waiting.push({ index, name });
    } else if (block["type"] === "tool_result") {
      ids[index] = idOf(block["tool_use_id"]);
      if (ids[index] !== undefined) continue;
      const sameName = waiting.findIndex((call) => call.name === name);
      const [call] = waiting.splice(Math.max(0, sameName), 1);
      if (call === undefined) continue;
      ids[call.index] = `${messageId}:${call.index}`;
      ids[index] = ids[call.index];
    }
  }
  return ids;
}
