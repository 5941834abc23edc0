import {
  deepestLeaf,
  formatTranscriptTime,
  pathFromRoot,
  repairTree,
  treeOrder,
  type ConstructId,
  type Role,
  type RuntimeId,
  type SessionId,
  type SourceConversation,
  type SourceName,
  type SourceNode,
  type SourceTime,
  type TreeNode,
} from "@chatty/model";
import { commentJson, inlineText, quoteYaml, quoteYamlList } from "../journal/transcript-quote.ts";
import { describeFile, renderPart } from "./readable-view-parts.ts";

/** An imported conversation and what Chatty knows about it. */
export interface ReadableViewInput {
  source: SourceName;
  /** Integer milliseconds UTC. */
  importedAt: number;
  runtimeId: RuntimeId;
  constructId: ConstructId;
  sessionId: SessionId;
  conversation: SourceConversation;
  /** Sessions that continue this one. */
  linkedSessions?: readonly string[];
  /** `{sessionId}@{runtimeId}`. */
  crossRuntimeReferences?: readonly string[];
}

/**
 * A conversation as a Markdown file for people: the active path in full, then the other branches, then files and counts of
 * what this version cannot show. Not for reading back (the archive is the truth), but the same input always gives the same
 * text. Message texts stand unchanged; only lone surrogates, which UTF-8 cannot carry, become U+FFFD.
 */
export function renderReadableView(input: ReadableViewInput): string {
  const { conversation } = input;
  const links = treeOrder(repairTree(conversation.nodes.map(linkFromNode)).nodes);
  const path = activePath(links, conversation.activeLeafSourceId);
  const numbers = new Map<string, number>();
  const blocks = [
    frontMatter(input),
    headLines(conversation).join("\n"),
    ...path.flatMap((link) => renderNode(link, numbers)),
    ...renderBranches(links, path, numbers),
    ...renderFiles(conversation),
    ...renderUnknown(conversation.nodes),
  ];
  return `${blocks.join("\n\n")}\n`.toWellFormed();
}

interface NodeLink extends TreeNode {
  node: SourceNode;
}

function linkFromNode(node: SourceNode): NodeLink {
  return { id: node.sourceId, parentId: node.parentSourceId, node };
}

function activePath(links: readonly NodeLink[], leafId: string | undefined): NodeLink[] {
  const path = leafId === undefined ? [] : pathFromRoot(links, leafId);
  const deepest = path.length === 0 ? deepestLeaf(links) : undefined;
  return deepest === undefined ? path : pathFromRoot(links, deepest.id);
}

function frontMatter(input: ReadableViewInput): string {
  return [
    "---",
    "IMPORT_METADATA:",
    `  source: ${quoteYaml(input.source)}`,
    `  importedAt: ${quoteYaml(new Date(input.importedAt).toISOString())}`,
    `  runtimeId: ${quoteYaml(input.runtimeId)}`,
    `  constructId: ${quoteYaml(input.constructId)}`,
    `  originalSessionId: ${quoteYaml(input.conversation.sourceId)}`,
    "CONTINUITY:",
    `  sessionId: ${quoteYaml(input.sessionId)}`,
    `  runtimeId: ${quoteYaml(input.runtimeId)}`,
    "  messageSequence: 1",
    `  linkedSessions: ${quoteYamlList(input.linkedSessions ?? [])}`,
    `  crossRuntimeReferences: ${quoteYamlList(input.crossRuntimeReferences ?? [])}`,
    "---",
  ].join("\n");
}

function headLines(conversation: SourceConversation): string[] {
  const title = inlineText(conversation.title ?? "");
  const facts = [
    ...fact("Created", conversation.createdAt && sourceTimeLabel(conversation.createdAt)),
    ...fact("Updated", conversation.updatedAt && sourceTimeLabel(conversation.updatedAt)),
    ...fact("Model", conversation.model),
    ...fact("Custom GPT", conversation.customGpt?.name ?? conversation.customGpt?.sourceId),
    ...fact("Project", conversation.project?.name ?? conversation.project?.sourceId),
  ];
  return [`# ${title === "" ? "Untitled" : title}`, ...(facts.length === 0 ? [] : ["", ...facts])];
}

function fact(label: string, value: string | undefined): string[] {
  return value === undefined ? [] : [`**${label}**: ${inlineText(value)}`];
}

/** The block of a node that has a message; numbers it in passing. */
function renderNode({ node }: NodeLink, numbers: Map<string, number>): string[] {
  if (node.structural) return [];
  const number = numbers.size + 1;
  numbers.set(node.sourceId, number);
  const remarks = [node.author, node.model, node.hidden ? "hidden" : undefined]
    .filter((remark) => remark !== undefined)
    .map(inlineText);
  const detail = remarks.length === 0 ? "" : ` (${remarks.join(", ")})`;
  const line = `[${nodeTimeLabel(node)}] **${roleLabels[node.role]}**${detail}:`;
  const [first, ...rest] = node.parts;
  // A message that begins with text goes on in its line, as in a transcript.
  const opening =
    first?.kind === "text"
      ? `${line} ${first.text}`
      : [line, ...(first === undefined ? [] : [renderPart(first)])].join("\n\n");
  const mark = `<!-- message ${number} ${commentJson(node.sourceId)} -->`;
  return [[`${mark}\n${opening}`, ...rest.map(renderPart)].join("\n\n")];
}

/** Every branch beside the active path: the messages from where it leaves what was shown to where it ends or forks again. */
function renderBranches(
  links: readonly NodeLink[],
  path: readonly NodeLink[],
  numbers: Map<string, number>,
): string[] {
  const shown = new Set(path.map((link) => link.id));
  // For every node the message that stands for it: itself, or the nearest ancestor that has one.
  const messageOf = new Map<string, string | null>();
  const blocks: string[] = [];
  let branches = 0;
  let previous: string | null | undefined;
  for (const link of links) {
    const parent = link.parentId === null ? null : (messageOf.get(link.parentId) ?? null);
    messageOf.set(link.id, link.node.structural ? parent : link.id);
    if (shown.has(link.id) || link.node.structural) continue;
    if (parent !== previous || parent === null) {
      branches += 1;
      if (branches === 1) blocks.push("## Other branches");
      const start = parent === null ? "from the start" : `after message ${numbers.get(parent)}`;
      blocks.push(`### Branch ${branches}, ${start}`);
    }
    blocks.push(...renderNode(link, numbers));
    previous = link.id;
  }
  return blocks;
}

function renderFiles({ attachments }: SourceConversation): string[] {
  if (attachments.length === 0) return [];
  const lines = attachments.map(
    (file) => `- ${describeFile({ ...file, missing: file.member === undefined })}`,
  );
  return ["## Files", lines.join("\n")];
}

function renderUnknown(nodes: readonly SourceNode[]): string[] {
  const counts = new Map<string, number>();
  for (const part of nodes.flatMap((node) => node.parts)) {
    if (part.kind === "opaque") counts.set(part.type, (counts.get(part.type) ?? 0) + 1);
  }
  if (counts.size === 0) return [];
  const lines = [...counts].sort(([left], [right]) => (left < right ? -1 : 1));
  return ["## Unknown parts", lines.map(([type, count]) => `- ${inlineText(type)}: ${count}`).join("\n")];
}

const roleLabels: Record<Role, string> = {
  user: "User",
  assistant: "Assistant",
  system: "System",
  tool: "Tool",
};

function nodeTimeLabel({ time, timestampSource }: SourceNode): string {
  if (time === undefined) return "undated";
  const origin = timestampSource === "message" ? "" : `, by ${timestampSource}`;
  return `${sourceTimeLabel(time)}${origin}`;
}

/** A time as exactly as the source gave it. */
function sourceTimeLabel({ ms, precision }: SourceTime): string {
  const label = formatTranscriptTime(ms);
  switch (precision) {
    case "instant":
      return label;
    case "local-no-zone":
      return label.slice(0, -" UTC".length);
    case "date-only":
      return label.slice(0, 10);
  }
}
