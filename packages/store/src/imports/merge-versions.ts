import { treeOrder } from "@chatty/model";
import type { SourceAttachment, SourceConversation, SourceNode } from "@chatty/model";

/**
 * One conversation made of all its versions: everything the newest says, and the nodes that only earlier ones have, in tree order.
 * Nothing that was ever imported is lost when a later export leaves it out.
 * @param versions newest first; not empty.
 */
export function mergeVersions(versions: readonly SourceConversation[]): SourceConversation {
  const [newest, ...earlier] = versions;
  if (newest === undefined) throw new TypeError("There is no version to merge.");
  if (earlier.length === 0) return newest;
  const known = new Set(newest.nodes.map((node) => node.sourceId));
  const kept: SourceNode[] = [];
  const attachments = new Map<string, SourceAttachment>();
  for (const version of versions) {
    for (const attachment of version.attachments) {
      const before = attachments.get(attachment.fileId);
      if (before === undefined || (before.member === undefined && attachment.member !== undefined)) {
        attachments.set(attachment.fileId, attachment);
      }
    }
    for (const node of version.nodes) {
      if (known.has(node.sourceId)) continue;
      known.add(node.sourceId);
      kept.push(node);
    }
  }
  if (kept.length === 0) return { ...newest, attachments: [...attachments.values()] };
  const nodes = treeOrder(
    [...newest.nodes, ...kept].map((node) => ({ id: node.sourceId, parentId: node.parentSourceId, node })),
  ).map(({ node }) => node);
  return { ...newest, nodes, attachments: [...attachments.values()] };
}

/** Number of nodes that are messages. */
export function messageCount(nodes: readonly SourceNode[]): number {
  return nodes.reduce((count, node) => count + (node.structural ? 0 : 1), 0);
}
