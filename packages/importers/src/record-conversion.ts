import { createHash } from "node:crypto";
import type { NodeCount, NodeFlag, Part, Problem, Role, SourceConversation, SourceNode } from "@chatty/model";

/** Counts nodes so that seen = stored + flagged + skipped holds by construction. */
export function countNodes(nodes: readonly SourceNode[], skipped: number): NodeCount {
  const flagged = nodes.filter((node) => node.flags.length > 0).length;
  return { seen: nodes.length + skipped, stored: nodes.length - flagged, flagged, skipped };
}

/** The flags of a node, in one order whatever found them. */
export function nodeFlags(
  treeFlags: readonly NodeFlag[],
  facts: { structural: boolean; hidden: boolean; parts: readonly Part[] },
): NodeFlag[] {
  const flags: NodeFlag[] = [];
  if (facts.structural) flags.push("structural");
  if (facts.hidden) flags.push("hidden");
  if (isOpaqueOnly(facts.parts)) flags.push("opaque-only");
  return [...flags, ...treeFlags];
}

/** True when something is opaque and nothing but files and citations stands beside it. */
function isOpaqueOnly(parts: readonly Part[]): boolean {
  const silent = new Set<Part["kind"]>(["opaque", "image", "audio", "video", "file", "citation"]);
  return parts.some((part) => part.kind === "opaque") && parts.every((part) => silent.has(part.kind));
}

const roles: ReadonlyMap<string, Role> = new Map<string, Role>([
  ["user", "user"],
  ["assistant", "assistant"],
  ["system", "system"],
  ["tool", "tool"],
]);

/** The role, and the source's own word for it where that is none of the four. */
export function roleFrom(written: string | undefined): { role: Role; author?: string } {
  const role = written === undefined ? undefined : roles.get(written);
  if (role !== undefined) return { role };
  return written === undefined ? { role: "system" } : { role: "system", author: written };
}

/** An id for a conversation that has none: the same bytes always get the same one. */
export function idFromBytes(raw: Uint8Array): string {
  return `sha256:${createHash("sha256").update(raw).digest("hex")}`;
}

/** Notes a problem of a conversation, with its place. */
export function addProblem(
  conversation: Pick<SourceConversation, "sourceId" | "problems">,
  code: string,
  message: string,
  node?: string,
): void {
  const where: Problem["where"] = { conversation: conversation.sourceId };
  if (node !== undefined) where.node = node;
  conversation.problems.push({ code, message, where });
}
