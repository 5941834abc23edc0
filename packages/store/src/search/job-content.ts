import { createHash } from "node:crypto";
import type { ExportReader, MessageId, SourceConversation } from "@chatty/model";
import { ChattyError, isChattyError, pathFromRoot } from "@chatty/model";
import type { FilePort } from "../files/port.ts";
import { readUpTo } from "../files/write-all.ts";
import { openByteSource } from "../imports/archive-bytes.ts";
import { mergeVersions } from "../imports/merge-versions.ts";
import { importedMessageId, importedSessionId } from "../imports/name-uuid.ts";
import { readPackFrame } from "../imports/pack.ts";
import { foldJournal } from "../journal/fold.ts";
import { readableRecords, readHeader } from "../journal/read.ts";
import type { PublishedBytes } from "../journal/read.ts";
import type { SessionContent, SourceMessage } from "./session-documents.ts";
import type { ImportedPlace, NativePlace, SourceJob, VersionPlace } from "./source-job.ts";

/**
 * Reads the messages of a conversation where they lie.
 * @param reader converts exports; without it imported conversations have no messages to look for.
 * @returns undefined when the files are gone: the conversation was purged meanwhile, and whoever asked hears of that elsewhere.
 * @throws {ChattyError} RECORD_DAMAGED, RECORD_UNREADABLE and what files throw
 */
export async function jobContent(
  files: FilePort,
  reader: ExportReader | undefined,
  job: SourceJob,
): Promise<SessionContent | undefined> {
  if (job.place.kind === "native") return nativeContent(files, job.place);
  return reader === undefined ? noContent : await importedContent(files, reader, job, job.place);
}

const noContent: SessionContent = { messages: [], activePath: new Set() };

function nativeContent(files: FilePort, { path, length }: NativePlace): SessionContent | undefined {
  if (files.status(path) === undefined) return undefined;
  const file = files.open(path, "read");
  try {
    const journal: PublishedBytes = {
      path,
      length,
      read: (at, bytes) => readUpTo(file, at, Math.min(bytes, length - at)),
    };
    const fold = foldJournal(
      readHeader(journal),
      readableRecords(journal, () => undefined),
    );
    const messages = fold.messages({ keepOutsideParents: true }).map((view): SourceMessage => {
      const thinkingLog = view.metadata?.["thinkingLog"];
      return {
        id: view.id,
        role: view.role,
        parts: view.parts ?? [],
        hidden: view.hidden === true,
        model: view.model,
        timestamp: view.timestamp,
        thinkingLog: Array.isArray(thinkingLog) ? thinkingLog.map(String) : undefined,
      };
    });
    return { messages, activePath: new Set(fold.activePath()) };
  } catch (error) {
    // Of a journal whose header is damaged nothing can be told; `verify` says so.
    if (isChattyError(error, "FILE_DAMAGED")) return noContent;
    throw error;
  } finally {
    file.close();
  }
}

async function importedContent(
  files: FilePort,
  reader: ExportReader,
  { facts }: SourceJob,
  { versions, namespaces }: ImportedPlace,
): Promise<SessionContent> {
  const read: SourceConversation[] = [];
  const seen = new Set<string>();
  for (const version of versions) {
    if (seen.has(version.rawSha256)) continue;
    seen.add(version.rawSha256);
    read.push(reader.convert(version.source, await versionBytes(files, reader, version)));
  }
  if (read.length === 0) return noContent;
  return conversationContent(mergeVersions(read), facts.sessionId, namespaces);
}

/** The messages of a conversation as an import has it. */
export function conversationContent(
  { sourceId, nodes, activeLeafSourceId }: SourceConversation,
  sessionId: string,
  namespaces: readonly string[],
): SessionContent {
  const namespace = namespaces.find((each) => importedSessionId(each, sourceId) === sessionId) ?? sessionId;
  const idOf = (node: string): MessageId => importedMessageId(namespace, sourceId, node);
  const active = new Set<string>();
  if (activeLeafSourceId !== undefined) {
    const links = nodes.map((node) => ({ id: node.sourceId, parentId: node.parentSourceId }));
    for (const { id } of pathFromRoot(links, activeLeafSourceId)) active.add(idOf(id));
  }
  const messages: SourceMessage[] = [];
  for (const node of nodes) {
    if (node.structural) continue;
    const isDated = node.time !== undefined && node.timestampSource !== "none";
    messages.push({
      id: idOf(node.sourceId),
      role: node.role,
      parts: node.parts,
      hidden: node.hidden,
      model: node.model,
      timestamp: isDated ? node.time?.ms : undefined,
    });
  }
  return { messages, activePath: active };
}

async function versionBytes(
  files: FilePort,
  reader: ExportReader,
  { pack, archive, rawSha256 }: VersionPlace,
): Promise<Buffer> {
  if (pack !== undefined) {
    try {
      return await readPackFrame(files, pack.path, pack, rawSha256);
    } catch (error) {
      // A pack is a copy: what it cannot give, the archive can.
      if (!isChattyError(error)) throw error;
    }
  }
  if (archive === undefined) throw recordDamaged();
  const bytes = openByteSource(files, archive.path, archive.name);
  try {
    const raw =
      archive.member === ""
        ? Buffer.from(await bytes.read(archive.offset, archive.length))
        : await memberRange((await reader.open(bytes)).readMember(archive.member), archive);
    if (createHash("sha256").update(raw).digest("hex") !== rawSha256) throw recordDamaged();
    return raw;
  } finally {
    bytes.close();
  }
}

async function memberRange(
  chunks: AsyncIterable<Uint8Array>,
  { offset, length }: { offset: number; length: number },
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let at = 0;
  for await (const chunk of chunks) {
    const from = Math.max(offset - at, 0);
    const to = Math.min(offset + length - at, chunk.length);
    if (from < to) pieces.push(Buffer.from(chunk.subarray(from, to)));
    at += chunk.length;
    if (at >= offset + length) break;
  }
  return Buffer.concat(pieces);
}

function recordDamaged(): ChattyError {
  return new ChattyError(
    "RECORD_DAMAGED",
    "The bytes of an imported conversation can be read neither from its pack nor from its archive.",
    { hint: "Run `chatty verify`, and restore the archive from a backup." },
  );
}
