import { hostileSentence, text } from "./hostile-contents.ts";
import { addText, makeConversation } from "./hostile-conversation.ts";
import type { HostileConversation } from "./hostile-conversation.ts";
import { jsonStyles, plainStyle } from "./json-writer.ts";
import { createRandom } from "./seeded-random.ts";

/** What became of a conversation between two exports of one account. */
export type Fate =
  | "unchanged"
  /** The same values in other bytes: white space, escapes, order of keys. */
  | "rewritten"
  /** Only `current_node` and `update_time` moved. */
  | "moved pointer"
  | "grown"
  | "edited"
  | "renamed"
  | "gone"
  | "new";

export interface LaterExport {
  conversations: HostileConversation[];
  /** By conversation id, those that are gone included. */
  fates: Map<string, Fate>;
}

const fates: readonly Fate[] = [
  "unchanged",
  "grown",
  "edited",
  "rewritten",
  "gone",
  "renamed",
  "moved pointer",
];

/** The receipt's word for each fate. */
export const classOfFate: Record<Fate, "new" | "grown" | "edited" | "unchanged" | "gone"> = {
  unchanged: "unchanged",
  rewritten: "unchanged",
  "moved pointer": "unchanged",
  grown: "grown",
  edited: "edited",
  renamed: "edited",
  gone: "gone",
  new: "new",
};

/**
 * A later export of the same account, and what became of each conversation. Conversations that cannot have the fate
 * they were dealt (nothing to edit in an empty one) stay as they are.
 */
export function laterExport(
  seed: number,
  earlier: readonly HostileConversation[],
  newCount = 5,
): LaterExport {
  const random = createRandom(seed);
  const told = new Map<string, Fate>();
  const conversations: HostileConversation[] = [];
  earlier.forEach((conversation, index) => {
    const wanted = fates[index % fates.length] ?? "unchanged";
    const later = structuredCloneOf(conversation);
    const fate = applyFate(wanted, later, hostileSentence(random)) ? wanted : "unchanged";
    told.set(conversation.id, fate);
    if (fate !== "gone") conversations.push(later);
  });
  for (let index = 0; index < newCount; index += 1) {
    const fresh = makeConversation(seed + 1, 5000 + index);
    told.set(fresh.id, "new");
    conversations.unshift(fresh);
  }
  return { conversations, fates: told };
}

/** Written values are never changed in place, so copying the containers is enough. */
function structuredCloneOf(conversation: HostileConversation): HostileConversation {
  const nodes = conversation.nodes.map((node) => ({
    ...node,
    message: node.message === null ? null : { ...node.message },
  }));
  return { ...conversation, nodes };
}

function applyFate(fate: Fate, conversation: HostileConversation, words: string): boolean {
  const { nodes } = conversation;
  const leaf = nodes.findLast(
    (node) => node.message !== null && !nodes.some((other) => other.parent === node.key),
  );
  switch (fate) {
    case "grown": {
      if (leaf === undefined) return false;
      addText(nodes, "grown-1", leaf.key, words);
      addText(nodes, "grown-2", "grown-1", "and more");
      conversation.currentNode = "grown-2";
      conversation.updateTime += 1000;
      return true;
    }
    case "edited":
      if (leaf?.message === undefined || leaf.message === null) return false;
      leaf.message.content = text(`edited: ${words}`);
      return true;
    case "renamed":
      conversation.title = `Renamed: ${words}`;
      return true;
    case "moved pointer": {
      const other = nodes.find((node) => node.message !== null);
      if (other === undefined) return false;
      conversation.currentNode = other.key;
      conversation.updateTime += 5000;
      return true;
    }
    case "rewritten":
      conversation.style = jsonStyles.find((style) => style !== conversation.style) ?? plainStyle;
      conversation.styleSeed += 1;
      return true;
    case "unchanged":
    case "gone":
    case "new":
      return true;
  }
}
