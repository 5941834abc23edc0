import assert from "node:assert/strict";
import { isChattyError } from "@chatty/model";
import type { ChattyError, ImportRecord, OpenedExport, SourceConversation, SourceName } from "@chatty/model";
import { exportReader } from "../export-reader.ts";
import { collect, sourceOf } from "./byte-source.ts";
import { writeZip } from "./zip-writer.ts";

/** A small ChatGPT conversation. For tests. */
export function chatGpt(id: string, text = "hello"): object {
  return {
    title: id,
    create_time: 1_700_000_000,
    mapping: {
      root: { id: "root", message: null, parent: null, children: ["m"] },
      m: {
        id: "m",
        parent: "root",
        children: [],
        message: { id: "m", author: { role: "user" }, content: { content_type: "text", parts: [text] } },
      },
    },
    current_node: "m",
    conversation_id: id,
  };
}

/** A small Claude conversation. For tests. */
export function claude(uuid: string): object {
  return {
    uuid,
    name: uuid,
    account: { uuid: "acc-1" },
    chat_messages: [
      {
        uuid: `${uuid}-m`,
        sender: "human",
        text: "hi",
        content: [{ type: "text", text: "hi" }],
        files: [{ file_uuid: "f", file_name: "n" }],
      },
    ],
  };
}

/** Opens a file in memory. For tests. */
export async function open(content: string | Uint8Array, source?: SourceName): Promise<OpenedExport> {
  return exportReader.open(sourceOf(content, "the.file"), source === undefined ? {} : { source });
}

/** Opens an archive of the given members. For tests. */
export async function openZip(files: Record<string, unknown>): Promise<OpenedExport> {
  return open(zip(files));
}

/** An archive of the given members; values become JSON. For tests. */
export function zip(files: Record<string, unknown>): Buffer {
  return writeZip(
    Object.entries(files).map(([name, value]) => ({
      name,
      data: value instanceof Uint8Array ? value : typeof value === "string" ? value : JSON.stringify(value),
    })),
  );
}

/** Reads every record, checks that `raw` lies where `place` says and that converting it again gives the same. */
export async function read(opened: OpenedExport): Promise<ImportRecord[]> {
  const members = new Map<string, Buffer>();
  const records: ImportRecord[] = [];
  let last = 0;
  for await (const record of opened.records((done) => (last = done))) {
    records.push(record);
    if (record.kind === "problem") continue;
    const { member, offset, length } = record.place;
    if (!members.has(member)) members.set(member, Buffer.concat(await collect(opened.readMember(member))));
    const stored = members.get(member)?.subarray(offset, offset + length);
    if (record.kind === "sidecar") continue;
    assert.deepEqual(Buffer.from(record.raw), stored);
    if (record.kind === "conversation")
      assertSame(record.conversation, exportReader.convert(opened.source, record.raw));
  }
  assert.equal(last, opened.totalBytes);
  return records;
}

function assertSame(fromExport: SourceConversation, fromBytes: SourceConversation): void {
  const plain = (conversation: SourceConversation): unknown => {
    const copy = structuredClone(conversation);
    for (const attachment of copy.attachments) delete attachment.member;
    for (const node of copy.nodes) for (const part of node.parts) if ("missing" in part) delete part.missing;
    return copy;
  };
  assert.deepEqual(plain(fromExport), plain(fromBytes));
}

/** The ids of the conversations among records. For tests. */
export function idsOf(records: readonly ImportRecord[]): string[] {
  return records.flatMap((record) => (record.kind === "conversation" ? [record.conversation.sourceId] : []));
}

/** The codes of what went wrong among records. For tests. */
export function codesOf(records: readonly ImportRecord[]): string[] {
  return records.flatMap((record) =>
    record.kind === "broken" || record.kind === "problem" ? [record.problem.code] : [],
  );
}

/** The kinds and names of the sidecars among records. For tests. */
export function sidecarsOf(records: readonly ImportRecord[]): string[] {
  return records.flatMap((record) =>
    record.kind === "sidecar" ? [`${record.sidecar}:${record.sourceId ?? record.name ?? ""}`] : [],
  );
}

/** The error that a file is refused with. For tests. */
export async function refusal(content: string | Uint8Array, source?: SourceName): Promise<ChattyError> {
  try {
    await open(content, source);
  } catch (error) {
    if (isChattyError(error)) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: "the file was accepted" });
}
