import { isChattyError, isJsonObject } from "@chatty/model";
import type { ImportRecord, JsonObject, Problem, RecordPlace, SourceName } from "@chatty/model";
import { resolveAssets } from "./chatgpt/assets.ts";
import type { Member } from "./container.ts";
import { convertRecord, isConversationText } from "./convert-record.ts";
import type { DescribedSidecar, ExportPlan } from "./export-plan.ts";
import { splitElements } from "./json/array-splitter.ts";
import type { SplitDamage, SplitElement, SplitNotice } from "./json/array-splitter.ts";
import { parseRecord } from "./json/parse-record.ts";
import { limits } from "./limits.ts";

/** Uncompressed bytes that reading all records goes through. */
export function bytesToRead(plan: ExportPlan): number {
  let total = 0;
  for (const [member, role] of plan.roles) if (role.kind !== "whole") total += member.size;
  return total;
}

/** Yields every record of an export in the archive's order; a member is read while its records are taken. */
export async function* readRecords(
  source: SourceName,
  plan: ExportPlan,
  onProgress?: (bytesDone: number) => void,
): AsyncGenerator<ImportRecord> {
  let done = 0;
  for (const [member, role] of plan.roles) {
    if (role.kind === "whole") {
      yield {
        kind: "sidecar",
        sidecar: role.sidecar,
        place: placeOf(member, 0, member.size),
        name: member.name,
      };
      continue;
    }
    const before = done;
    const chunks = countBytes(member, (bytes) => onProgress?.(before + bytes));
    if (role.kind === "conversations") yield* readConversations(source, plan, member, chunks);
    else yield* readSidecars(member, chunks, role.describe);
    done += member.size;
    onProgress?.(done);
  }
}

async function* readConversations(
  source: SourceName,
  plan: ExportPlan,
  member: Member,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<ImportRecord> {
  if (member.size === 0) {
    yield {
      kind: "problem",
      problem: problemAt(member, 0, "JSON_TRUNCATED", "A file of conversations is empty."),
    };
  }
  const accepts = (bytes: Buffer): boolean => isConversationText(source, bytes);
  for await (const event of splitElements(chunks, { accepts })) {
    if (event.kind === "notice") yield { kind: "problem", problem: noticeProblem(member, event) };
    else if (event.kind === "damage") yield brokenRecord(member, event);
    else yield readConversation(source, plan, member, event);
  }
}

function readConversation(
  source: SourceName,
  plan: ExportPlan,
  member: Member,
  element: SplitElement,
): ImportRecord {
  const { offset, bytes: raw } = element;
  const place = placeOf(member, offset, raw.length);
  try {
    const conversation = convertRecord(source, raw, element);
    resolveAssets(conversation, (fileId) => plan.findAsset(fileId, conversation.sourceId));
    return { kind: "conversation", place, raw, conversation };
  } catch (error) {
    // Whatever a record does to the conversion, the others are read.
    const [code, message] = isChattyError(error)
      ? [error.code, error.message]
      : ["RECORD_UNREADABLE", "A record could not be converted."];
    return { kind: "broken", place, raw, problem: problemAt(member, offset, code, message) };
  }
}

async function* readSidecars(
  member: Member,
  chunks: AsyncIterable<Uint8Array>,
  describe: (element: JsonObject) => DescribedSidecar,
): AsyncGenerator<ImportRecord> {
  for await (const event of splitElements(chunks, { maxElementBytes: limits.peekBytes })) {
    if (event.kind === "notice") {
      yield { kind: "problem", problem: noticeProblem(member, event) };
      continue;
    }
    const record = event.kind === "element" ? readSidecar(member, event, describe) : undefined;
    yield (
      record ?? {
        kind: "problem",
        problem: problemAt(
          member,
          event.offset,
          "SIDECAR_UNREADABLE",
          "Data beside the conversations cannot be read.",
        ),
      }
    );
  }
}

function readSidecar(
  member: Member,
  element: SplitElement,
  describe: (element: JsonObject) => DescribedSidecar,
): ImportRecord | undefined {
  try {
    const { value } = parseRecord(element.bytes, element);
    if (!isJsonObject(value)) return undefined;
    const { value: shown, ...described } = describe(value);
    const place = placeOf(member, element.offset, element.bytes.length);
    const isSmall = shown !== undefined && element.bytes.length <= limits.sidecarValueBytes;
    return { kind: "sidecar", ...described, place, ...(isSmall ? { value: shown } : {}) };
  } catch (error) {
    if (isChattyError(error)) return undefined;
    throw error;
  }
}

function brokenRecord(member: Member, damage: SplitDamage): ImportRecord {
  const place = placeOf(member, damage.offset, damage.length);
  const raw = damage.bytes ?? new Uint8Array();
  const [code, message] = damageTexts[damage.reason];
  return { kind: "broken", place, raw, problem: problemAt(member, damage.offset, code, message) };
}

const damageTexts = {
  syntax: ["RECORD_UNREADABLE", "A record is not valid JSON."],
  torn: ["JSON_TRUNCATED", "The file ends inside a record; the records before it were read."],
  oversized: ["RECORD_TOO_LARGE", "A record is longer than any text can be; it stays in the archive only."],
} as const;

function noticeProblem(member: Member, { notice, offset }: SplitNotice): Problem {
  const [code, message] = noticeTexts[notice];
  return problemAt(member, offset, code, message);
}

const noticeTexts = {
  unterminated: ["JSON_TRUNCATED", "The file ends before its list does; the records in it were read."],
  "trailing-bytes": ["JSON_TRAILING_BYTES", "Bytes follow the end of the list and were not read."],
  "missing-comma": ["JSON_MISSING_COMMA", "Two records are not separated; both were read."],
} as const;

function problemAt(member: Member, offset: number, code: string, message: string): Problem {
  return { code, message, where: { ...(member.name === "" ? {} : { member: member.name }), offset } };
}

function placeOf(member: Member, offset: number, length: number): RecordPlace {
  return { member: member.name, offset, length };
}

async function* countBytes(member: Member, onBytes: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of member.read()) {
    yield chunk;
    bytes += chunk.length;
    onBytes(bytes);
  }
}
