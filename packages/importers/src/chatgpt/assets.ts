import type { FilePart, SourceConversation } from "@chatty/model";
import type { Member } from "../container.ts";
import { isFilePart } from "./references.ts";

/** Finds the member that holds the bytes of a file id. */
export interface AssetIndex {
  find(fileId: string, conversationId: string): string | undefined;
  /** True for members that are files of conversations by their name. */
  has(member: Member): boolean;
}

interface Candidate {
  base: string;
  member: Member;
}

/**
 * Indexes members by base name. A file's member is `<id>.dat`, or begins with the id and a separator: without the
 * separator `file-abc` would match `file-abcd`. Of several the order of folders decides: `.dat`, root,
 * `dalle-generations`, `user-…`, the conversation's own, any other.
 * @param names original names by file id or `<id>.dat`, for exports that store files under those.
 */
export function indexAssets(members: readonly Member[], names: ReadonlyMap<string, string>): AssetIndex {
  const candidates = members.map((member) => ({ base: baseName(member.lookupName), member }));
  candidates.sort((a, b) => (a.base < b.base ? -1 : a.base > b.base ? 1 : 0));
  const byBase = new Map(candidates.map((candidate) => [candidate.base, candidate]));
  return {
    find(fileId, conversationId) {
      const matches = matching(candidates, fileId);
      if (matches.length > 0) return best(matches, fileId, conversationId).member.name;
      const name = names.get(fileId) ?? names.get(`${fileId}.dat`);
      return name === undefined || name === "" ? undefined : byBase.get(baseName(name))?.member.name;
    },
    has: (member) =>
      isUpload(member) || /(?:^|\/)(?:dalle-generations|user-[^/]+|audio)\//.test(member.lookupName),
  };
}

/** True for a member that holds a file of a conversation by its name: an id, or a blob. */
export function isUpload(member: Member): boolean {
  return /(?:^|\/)(?:file[-_][^/]*|[^/]+\.dat)$/.test(member.lookupName);
}

/** Sets where the bytes of a conversation's files are, and marks the parts whose bytes the export lacks. */
export function resolveAssets(
  conversation: SourceConversation,
  find: (fileId: string) => string | undefined,
): void {
  const missing = new Set<string>();
  for (const attachment of conversation.attachments) {
    const member = find(attachment.fileId);
    if (member === undefined) missing.add(attachment.fileId);
    else attachment.member = member;
  }
  if (missing.size === 0) return;
  for (const node of conversation.nodes) {
    for (const part of node.parts) if (isFilePart(part)) markMissing(part, missing);
  }
}

function markMissing(part: FilePart, missing: ReadonlySet<string>): void {
  if (part.fileId !== undefined && missing.has(part.fileId)) part.missing = true;
}

function matching(candidates: readonly Candidate[], fileId: string): Candidate[] {
  if (fileId === "") return [];
  let low = 0;
  let high = candidates.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((candidates[middle]?.base ?? "") < fileId) low = middle + 1;
    else high = middle;
  }
  const matches: Candidate[] = [];
  for (let at = low; at < candidates.length; at += 1) {
    const candidate = candidates[at];
    if (candidate?.base.startsWith(fileId) !== true) break;
    if (/^(?:$|[-._])/.test(candidate.base.slice(fileId.length))) matches.push(candidate);
  }
  return matches;
}

function best(matches: readonly Candidate[], fileId: string, conversationId: string): Candidate {
  const ranked = matches.map((candidate, index) => ({
    candidate,
    index,
    rank: rankOf(candidate, fileId, conversationId),
  }));
  ranked.sort((a, b) => a.rank - b.rank || a.index - b.index);
  return (ranked[0] as { candidate: Candidate }).candidate;
}

function rankOf(candidate: Candidate, fileId: string, conversationId: string): number {
  const folders = candidate.member.lookupName.split("/").slice(0, -1);
  if (candidate.base === `${fileId}.dat`) return 0;
  if (folders.includes("dalle-generations")) return 2;
  if (folders.some((folder) => folder.startsWith("user-"))) return 3;
  if (folders.includes(conversationId)) return 4;
  return folders.length <= 1 ? 1 : 5;
}

function baseName(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}
