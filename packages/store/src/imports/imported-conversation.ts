import { pathFromRoot } from "@chatty/model";
import type {
  ImportId,
  JsonObject,
  JsonValue,
  MessageId,
  Part,
  RuntimeId,
  SessionId,
  SourceConversation,
  SourceName,
  SourceNode,
} from "@chatty/model";
import { ChattyError } from "@chatty/model";
import type { MessageView } from "../views.ts";
import { attachmentsOfVersion } from "../workspace/attachments.ts";
import type { ImportReference } from "../workspace/references.ts";
import { newestFirst, versionsOfSession } from "../workspace/references.ts";
import { getRuntime, listRuntimes } from "../workspace/runtimes.ts";
import type { ImportContext } from "./import-context.ts";
import { mergeVersions } from "./merge-versions.ts";
import { importedMessageId, importedSessionId } from "./name-uuid.ts";
import { importFacts } from "./session-pages.ts";
import { readVersion } from "./version-bytes.ts";

/** An imported conversation as it is shown: everything that its versions hold together. */
export interface ImportedConversation {
  sessionId: SessionId;
  runtimeId: RuntimeId;
  source: SourceName;
  /** The source's own id. */
  sourceId: string;
  /** The source's title, if it has one. */
  title?: string;
  metadata: JsonObject;
  activePath: MessageId[];
  /** Every message of every branch, in tree order. */
  messages: MessageView[];
}

/** All shown versions of a conversation as one, with where it comes from. */
export interface MergedConversation {
  conversation: SourceConversation;
  newest: ImportReference;
  source: SourceName;
  /** Integer milliseconds UTC of the import that first brought the newest version's bytes. */
  importedAt: number;
  /** Ids of files whose bytes some shown import holds. */
  filesHeld: ReadonlySet<string>;
}

/**
 * The newest version that is shown.
 * @param at integer milliseconds UTC: only what was imported by then.
 * @throws {ChattyError} SESSION_NOT_FOUND
 */
export function requireNewest(context: ImportContext, sessionId: SessionId, at?: number): ImportReference {
  const [newest] = shownVersions(context, sessionId, at);
  if (newest === undefined) throw sessionNotFound(sessionId, at);
  return newest;
}

/**
 * Reads every shown version and merges them.
 * @param at integer milliseconds UTC: only what was imported by then.
 * @throws {ChattyError} SESSION_NOT_FOUND, RECORD_DAMAGED, RECORD_UNREADABLE, READER_MISSING
 */
export async function readMerged(
  context: ImportContext,
  sessionId: SessionId,
  at?: number,
): Promise<MergedConversation> {
  const versions = shownVersions(context, sessionId, at);
  const [newest] = versions;
  const run =
    newest === undefined
      ? undefined
      : importFacts(context.storage.configuration, context.user.userId, newest.importId);
  if (newest === undefined || run?.source === undefined) throw sessionNotFound(sessionId, at);
  const read: SourceConversation[] = [];
  const seen = new Set<string>();
  for (const version of versions) {
    if (version.rawSha256 === undefined || seen.has(version.rawSha256)) continue;
    seen.add(version.rawSha256);
    read.push(await readVersion(context, version, run.source));
  }
  return {
    conversation: mergeVersions(read),
    newest,
    source: run.source,
    importedAt: firstImportedAt(context, versions),
    filesHeld: filesHeld(context, sessionId, versions),
  };
}

/** A conversation as it is shown. Throws as {@link readMerged}. */
export async function readConversation(
  context: ImportContext,
  sessionId: SessionId,
  at?: number,
): Promise<ImportedConversation> {
  const { conversation, newest, source, filesHeld: held } = await readMerged(context, sessionId, at);
  const namespace = namespaceOf(context, newest.runtimeId, sessionId, conversation.sourceId);
  const idOf = (node: string): MessageId => importedMessageId(namespace, conversation.sourceId, node);
  const byId = new Map(conversation.nodes.map((node) => [node.sourceId, node]));
  const messages = conversation.nodes
    .filter((node) => !node.structural)
    .map((node) => messageView(node, idOf, messageAncestor(byId, node), held));
  return {
    sessionId,
    runtimeId: newest.runtimeId,
    source,
    sourceId: conversation.sourceId,
    ...(conversation.title === undefined ? {} : { title: conversation.title }),
    metadata: sessionMetadata(conversation),
    activePath: activePath(conversation).map((node) => idOf(node.sourceId)),
    messages,
  };
}

/**
 * Versions that are shown, the newest first.
 * @param at integer milliseconds UTC: those that were shown then, also of an import that was replaced since.
 */
export function shownVersions(context: ImportContext, sessionId: SessionId, at?: number): ImportReference[] {
  const { configuration } = context.storage;
  const { userId } = context.user;
  if (at === undefined) return newestFirst(versionsOfSession(configuration, userId, sessionId));
  const wasThere = (importId: ImportId | undefined): boolean => {
    const facts = importId === undefined ? undefined : importFacts(configuration, userId, importId);
    return facts !== undefined && facts.finishedAt <= at;
  };
  const then = versionsOfSession(configuration, userId, sessionId, { superseded: true }).filter(
    ({ importId }) =>
      wasThere(importId) && !wasThere(importFacts(configuration, userId, importId)?.supersededBy),
  );
  return newestFirst(then);
}

/** The namespace that the session's id was made in: its runtime's, or that of a runtime joined with it. */
function namespaceOf(
  context: ImportContext,
  runtimeId: RuntimeId,
  sessionId: SessionId,
  sourceId: string,
): string {
  const { configuration } = context.storage;
  const { userId } = context.user;
  const own = getRuntime(configuration, userId, runtimeId);
  const all = [...(own === undefined ? [] : [own]), ...listRuntimes(configuration, userId, { all: true })];
  const made = all.find(
    ({ namespace }) => namespace !== undefined && importedSessionId(namespace, sourceId) === sessionId,
  );
  // An id that the reader makes otherwise than it did at the import still gets stable message ids.
  return made?.namespace ?? sessionId;
}

/** Ids of files whose bytes some of the versions' imports holds. */
export function filesHeld(
  context: ImportContext,
  sessionId: SessionId,
  versions: readonly ImportReference[],
): ReadonlySet<string> {
  const { storage, user } = context;
  const held = new Set<string>();
  for (const { importId } of versions) {
    for (const file of attachmentsOfVersion(storage.configuration, user.userId, importId, sessionId)) {
      if (file.member !== undefined) held.add(file.fileId);
    }
  }
  return held;
}

/**
 * When the newest version's bytes came first. An import that brings the same again does not change it.
 * @param versions newest first.
 */
export function firstImportedAt(context: ImportContext, versions: readonly ImportReference[]): number {
  const { storage, user } = context;
  const first = versions.findLast((version) => version.rawSha256 === versions[0]?.rawSha256);
  const facts =
    first === undefined ? undefined : importFacts(storage.configuration, user.userId, first.importId);
  return facts?.finishedAt ?? 0;
}

function activePath({ nodes, activeLeafSourceId }: SourceConversation): SourceNode[] {
  if (activeLeafSourceId === undefined) return [];
  const links = nodes.map((node) => ({ id: node.sourceId, parentId: node.parentSourceId, node }));
  return pathFromRoot(links, activeLeafSourceId)
    .map(({ node }) => node)
    .filter((node) => !node.structural);
}

/** The nearest ancestor that is a message. */
function messageAncestor(byId: ReadonlyMap<string, SourceNode>, node: SourceNode): SourceNode | undefined {
  const walked = new Set<string>([node.sourceId]);
  for (let id = node.parentSourceId; id !== null && !walked.has(id);) {
    walked.add(id);
    const parent = byId.get(id);
    if (parent === undefined) return undefined;
    if (!parent.structural) return parent;
    id = parent.parentSourceId;
  }
  return undefined;
}

function messageView(
  node: SourceNode,
  idOf: (node: string) => MessageId,
  parent: SourceNode | undefined,
  held: ReadonlySet<string>,
): MessageView {
  const { time, timestampSource } = node;
  const isDated = time !== undefined && timestampSource !== "none";
  const metadata: JsonObject = {
    ...node.metadata,
    ...(node.sourceMessageId === undefined ? {} : { sourceMessageId: node.sourceMessageId }),
    ...(node.writtenParentSourceId === undefined
      ? {}
      : { writtenParentSourceId: node.writtenParentSourceId }),
    ...(time === undefined || time.precision === "instant" ? {} : { timePrecision: time.precision }),
  };
  return {
    id: idOf(node.sourceId),
    parentId: parent === undefined ? null : idOf(parent.sourceId),
    role: node.role,
    content: node.content,
    ...(isDated ? { timestamp: time.ms } : {}),
    timestampSource: isDated ? timestampSource : "none",
    ...(node.model === undefined ? {} : { model: node.model }),
    ...(node.author === undefined ? {} : { author: node.author }),
    hidden: node.hidden,
    parts: node.parts.map((part) => partView(part, held)),
    sourceId: node.sourceId,
    ...(time === undefined ? {} : { timestampToken: time.token }),
    flags: [...node.flags],
    metadata,
  };
}

/** Whether a file is there is a fact about the archives, which the conversation's own bytes do not know. */
export function partView(part: Part, held: ReadonlySet<string>): Part {
  switch (part.kind) {
    case "image":
    case "audio":
    case "video":
    case "file": {
      const { missing: _, ...file } = part;
      const isHeld = file.fileId !== undefined && held.has(file.fileId.toWellFormed());
      // A vendor that takes the text out of a file gives that instead of the bytes.
      const hasText = file.extractedText !== undefined && file.extractedText !== "";
      return isHeld || hasText ? file : { ...file, missing: true };
    }
    case "text":
    case "thinking":
    case "code":
    case "tool_call":
    case "tool_result":
    case "citation":
    case "error":
    case "opaque":
      return part;
  }
}

/** What the source says about the conversation, and what became of it on the way here. */
function sessionMetadata(conversation: SourceConversation): JsonObject {
  const { accountId, archived, createdAt, customGpt, model, project, starred, updatedAt } = conversation;
  const facts: Record<string, JsonValue | undefined> = {
    accountId,
    model,
    sourceStarred: starred,
    sourceArchived: archived,
    project: project === undefined ? undefined : { ...project },
    customGpt: customGpt === undefined ? undefined : { ...customGpt },
    createdAtToken: createdAt?.token,
    updatedAtToken: updatedAt?.token,
    activeLeafInferred: conversation.activeLeafInferred,
  };
  const metadata: JsonObject = { ...conversation.metadata };
  for (const [key, value] of Object.entries(facts)) {
    if (value !== undefined) metadata[key] = value;
  }
  return metadata;
}

function sessionNotFound(sessionId: SessionId, at: number | undefined): ChattyError {
  const when = at === undefined ? "" : ` of ${new Date(at).toISOString()}`;
  return new ChattyError("SESSION_NOT_FOUND", `There is no imported session ${sessionId}${when}.`, {
    hint: "`chatty sessions` lists them.",
    where: { session: sessionId },
  });
}
