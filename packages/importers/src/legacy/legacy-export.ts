import { ChattyError, isChattyError, isJsonObject } from "@chatty/model";
import type {
  ImportRecord,
  LegacyConversation,
  LegacyMessage,
  LegacyReading,
  OpenedExport,
  RecordPlace,
  SourceConversation,
  SourceNode,
} from "@chatty/model";
import type { Container, Member } from "../container.ts";
import { limits } from "../limits.ts";
import { countNodes, idFromBytes, nodeFlags } from "../record-conversion.ts";
import { readLegacyFile } from "./read-legacy-file.ts";

/** Member that says that an archive was packed from an older store, and whose conversations it holds. */
export const legacyManifestName = "chatty-legacy.json";

/** True for an archive that a migration packed. */
export function isLegacyArchive({ isArchive, members }: Container): boolean {
  return isArchive && members.some(({ lookupName }) => lookupName === legacyManifestName);
}

/** Opens what a migration packed: every member is one conversation as the older program wrote it. */
export async function openLegacyExport(container: Container): Promise<OpenedExport> {
  const manifest = container.members.find(({ lookupName }) => lookupName === legacyManifestName);
  const members = container.members.filter((member) => member !== manifest);
  const construct = manifest === undefined ? undefined : await constructOf(manifest);
  const byName = new Map(container.members.map((member) => [member.name, member]));
  return {
    source: "legacy",
    description: `Older Chatty conversations, ${members.length} ${members.length === 1 ? "file" : "files"}`,
    identity: construct === undefined ? {} : { accountId: construct, name: construct },
    totalBytes: members.reduce((sum, { size }) => sum + size, 0),
    problems: [],
    records: (onProgress) => readMembers(members, onProgress),
    readMember(name) {
      const member = byName.get(name);
      if (member !== undefined) return member.read();
      throw new ChattyError("MEMBER_NOT_FOUND", `The archive has no member ${JSON.stringify(name)}.`, {
        hint: "The export was replaced by another one, or the name is not the raw one.",
        where: { member: name },
      });
    },
  };
}

/** Converts the bytes of one file. The same bytes always give the same value. @throws {ChattyError} RECORD_UNRECOGNISED */
export function convertLegacyRecord(raw: Uint8Array): SourceConversation {
  const reading = readLegacyFile(nameFor(raw), raw, []);
  const [conversation, ...others] = reading?.conversations ?? [];
  if (reading === undefined || conversation === undefined || others.length > 0) {
    throw new ChattyError("RECORD_UNRECOGNISED", "A file is not one conversation of an older Chatty.");
  }
  return sourceConversation(conversation, reading, raw);
}

async function* readMembers(
  members: readonly Member[],
  onProgress?: (bytesDone: number) => void,
): AsyncGenerator<ImportRecord> {
  let done = 0;
  for (const member of members) {
    const raw = await readWhole(member);
    const place: RecordPlace = { member: member.name, offset: 0, length: raw.length };
    done += raw.length;
    onProgress?.(done);
    try {
      yield { kind: "conversation", place, raw, conversation: convertLegacyRecord(raw) };
    } catch (error) {
      if (!isChattyError(error)) throw error;
      const problem = { code: error.code, message: error.message, where: { member: member.name } };
      yield { kind: "broken", place, raw, problem };
    }
  }
}

function sourceConversation(
  conversation: LegacyConversation,
  { spans, problems }: LegacyReading,
  raw: Uint8Array,
): SourceConversation {
  const nodes = conversation.messages.map(nodeFrom);
  const sourceId = conversation.imported?.conversationId ?? idFromBytes(raw);
  const kept = spans.filter(({ kind }) => kind === "kept");
  const where = { conversation: sourceId };
  const last = nodes.at(-1);
  return {
    sourceId,
    ...(conversation.title === undefined ? {} : { title: conversation.title }),
    ...(conversation.createdAt === undefined ? {} : { createdAt: conversation.createdAt }),
    nodes,
    ...(last === undefined ? {} : { activeLeafSourceId: last.sourceId }),
    activeLeafInferred: true,
    attachments: [],
    metadata: {
      legacyFormat: conversation.format,
      ...conversation.metadata,
      ...(kept.length === 0
        ? {}
        : {
            keptSpans: kept.map(({ from, to }) => ({
              from,
              to,
              text: Buffer.from(raw).toString("utf8", from, to),
            })),
          }),
    },
    count: countNodes(nodes, 0),
    problems: [
      ...problems.map(({ code, message }) => ({ code, message, where })),
      ...kept.map(({ from, reason }) => ({
        code: "LEGACY_SPAN_KEPT",
        message: `A stretch is no message and was kept as it is: ${reason ?? "not understood"}.`,
        where: { ...where, offset: from },
      })),
    ],
  };
}

function nodeFrom(message: LegacyMessage): SourceNode {
  const { key, parentKey, role, author, content, model, time, timestampSource, metadata } = message;
  const parts = message.parts ?? (content === "" ? [] : [{ kind: "text" as const, text: content }]);
  return {
    sourceId: key,
    parentSourceId: parentKey,
    structural: false,
    role,
    ...(author === undefined ? {} : { author }),
    hidden: false,
    content,
    parts,
    ...(model === undefined ? {} : { model }),
    ...(time === undefined ? {} : { time }),
    timestampSource,
    flags: nodeFlags([], { structural: false, hidden: false, parts }),
    metadata: { ...metadata, ...(message.timeToken === undefined ? {} : { timeToken: message.timeToken }) },
  };
}

/** What the file was called is not known any more; its first character tells JSON from text. */
function nameFor(raw: Uint8Array): string {
  try {
    JSON.parse(Buffer.from(raw).toString("utf8"));
    return "conversation.json";
  } catch {
    // Lines of JSON and Markdown are told apart by whoever reads them.
    return "conversation.md";
  }
}

async function constructOf(manifest: Member): Promise<string | undefined> {
  if (manifest.size > limits.sidecarValueBytes) return undefined;
  const bytes = await readWhole(manifest);
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    const construct = isJsonObject(value) ? value["construct"] : undefined;
    return typeof construct === "string" ? construct : undefined;
  } catch {
    // Without it the conversations are read all the same; only whose they are is not known.
    return undefined;
  }
}

async function readWhole(member: Member): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of member.read()) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
