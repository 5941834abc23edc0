import type { NodeCount, Problem, Sha256, SourceAttachment, SourceConversation } from "@chatty/model";
import { contentHash, metadataHash } from "../conversation-hashes.ts";
import { messageCount } from "../merge-versions.ts";

/** What an import keeps of a conversation beside its bytes; small, and plain enough to be sent between threads. */
export interface ConversationFacts {
  sourceId: string;
  title: string | undefined;
  accountId: string | undefined;
  project: SourceConversation["project"];
  customGpt: SourceConversation["customGpt"];
  contentSha256: Sha256;
  metadataSha256: Sha256;
  /** The conversation's own dates; where it has none, those of its first and last message. Integer milliseconds UTC. */
  createdAt: number | undefined;
  updatedAt: number | undefined;
  /** Of the earliest and the latest message that has a time of its own or an inferred one. Integer milliseconds UTC. */
  earliestMs: number | undefined;
  latestMs: number | undefined;
  nodeCount: number;
  /** Nodes that are messages. */
  messages: number;
  /** What the reader says that it counted. */
  count: NodeCount;
  /** Who speaks, each once, in the order of the nodes. */
  participants: string[];
  /** Unknown kinds of parts, with how often each was seen. */
  unknownKinds: [kind: string, times: number][];
  attachments: SourceAttachment[];
  problems: Problem[];
}

/** At most so many participants are told of; the metadata of an import names no more. */
export const participantLimit = 50;

/** Goes through a conversation once and takes down what is to be kept. */
export function conversationFacts(conversation: SourceConversation): ConversationFacts {
  const { nodes } = conversation;
  const participants = new Set<string>();
  const unknownKinds = new Map<string, number>();
  let earliestMs: number | undefined;
  let latestMs: number | undefined;
  for (const node of nodes) {
    for (const part of node.parts) {
      if (part.kind === "opaque") unknownKinds.set(part.type, (unknownKinds.get(part.type) ?? 0) + 1);
    }
    if (node.structural) continue;
    if (participants.size < participantLimit) participants.add(node.author ?? node.role);
    if (node.time === undefined || node.timestampSource === "none") continue;
    earliestMs = Math.min(earliestMs ?? node.time.ms, node.time.ms);
    latestMs = Math.max(latestMs ?? node.time.ms, node.time.ms);
  }
  return {
    sourceId: conversation.sourceId,
    title: conversation.title,
    accountId: conversation.accountId,
    project: conversation.project,
    customGpt: conversation.customGpt,
    contentSha256: contentHash(conversation),
    metadataSha256: metadataHash(conversation),
    ...datesOf(conversation),
    earliestMs,
    latestMs,
    nodeCount: nodes.length,
    messages: messageCount(nodes),
    count: conversation.count,
    participants: [...participants],
    unknownKinds: [...unknownKinds],
    attachments: conversation.attachments,
    problems: conversation.problems,
  };
}

function datesOf(conversation: SourceConversation): Pick<ConversationFacts, "createdAt" | "updatedAt"> {
  let earliest: number | undefined;
  let latest: number | undefined;
  for (const { time, timestampSource } of conversation.nodes) {
    if (time === undefined || timestampSource !== "message") continue;
    earliest = Math.min(earliest ?? time.ms, time.ms);
    latest = Math.max(latest ?? time.ms, time.ms);
  }
  const createdAt = conversation.createdAt?.ms ?? earliest;
  return { createdAt, updatedAt: conversation.updatedAt?.ms ?? latest ?? createdAt };
}
