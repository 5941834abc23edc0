import type { MessageId } from "@chatty/model";
import type { CatalogSession } from "../../catalog/catalog.ts";
import type { Conversation, MessageView, WindowQuery } from "../../views.ts";
import type { Shown } from "./shown-conversations.ts";
import type { SourcePath, WindowSource } from "./window-source.ts";

/** A conversation that is in memory whole, with what windows ask of it. */
export class ShownTree implements Shown {
  readonly messages: readonly MessageView[];
  readonly activePath: readonly MessageView[];
  readonly #byId: ReadonlyMap<MessageId, MessageView>;
  readonly #children = new Map<MessageId | null, MessageView[]>();
  readonly #paths = new Map<MessageId, readonly MessageView[]>();
  readonly #indexes = new WeakMap<readonly MessageView[], Map<MessageId, number>>();

  constructor(conversation: Pick<Conversation, "messages" | "activePath">) {
    const { messages, activePath } = conversation;
    this.messages = messages;
    this.#byId = new Map(messages.map((message) => [message.id, message]));
    this.activePath = activePath.flatMap((id) => this.#byId.get(id) ?? []);
    for (const message of messages) {
      const siblings = this.#children.get(message.parentId);
      if (siblings === undefined) this.#children.set(message.parentId, [message]);
      else siblings.push(message);
    }
  }

  /** The path through a message and on to the last of the messages behind it that has no answer; undefined for none. */
  pathThrough(id: MessageId): readonly MessageView[] | undefined {
    const start = this.#byId.get(id);
    if (start === undefined) return undefined;
    // The source's own choice counts where it goes through the message.
    if (this.indexOf(this.activePath, id) !== -1) return this.activePath;
    const known = this.#paths.get(id);
    if (known !== undefined) return known;
    const path = this.#upTo(start);
    for (let at = this.#newestChild(start); at !== undefined && path.length <= this.messages.length;) {
      path.push(at);
      at = this.#newestChild(at);
    }
    this.#paths.set(id, path);
    return path;
  }

  indexOf(path: readonly MessageView[], id: MessageId): number {
    let indexes = this.#indexes.get(path);
    if (indexes === undefined) {
      indexes = new Map(path.map((message, index) => [message.id, index]));
      this.#indexes.set(path, indexes);
    }
    return indexes.get(id) ?? -1;
  }

  siblingsOf(message: MessageView): MessageId[] {
    return (this.#children.get(message.parentId) ?? []).map(({ id }) => id);
  }

  #newestChild(message: MessageView): MessageView | undefined {
    return this.#children.get(message.id)?.at(-1);
  }

  #upTo(message: MessageView): MessageView[] {
    const path: MessageView[] = [];
    const walked = new Set<MessageId>();
    for (let at: MessageView | undefined = message; at !== undefined && !walked.has(at.id);) {
      walked.add(at.id);
      path.push(at);
      at = at.parentId === null ? undefined : this.#byId.get(at.parentId);
    }
    return path.reverse();
  }
}

/** Windows of a conversation that is in memory whole: an imported one, or a native one whose journal is damaged. */
export function shownSource(row: CatalogSession, tree: ShownTree): WindowSource {
  return {
    row,
    path: (query) => {
      const messages = messagesOf(tree, query);
      return messages === undefined ? undefined : shownPath(tree, messages);
    },
  };
}

function messagesOf(
  tree: ShownTree,
  query: Pick<WindowQuery, "path" | "through">,
): readonly MessageView[] | undefined {
  if (query.path === "all") return tree.messages;
  return query.through === undefined ? tree.activePath : tree.pathThrough(query.through);
}

/** A path of messages that are in memory. */
export function shownPath(tree: ShownTree, messages: readonly MessageView[]): SourcePath {
  const at = (index: number): MessageView => {
    const message = messages[index];
    if (message === undefined) throw new RangeError(`There is no message ${index}.`);
    return message;
  };
  return {
    length: messages.length,
    idAt: (index) => at(index).id,
    roleAt: (index) => at(index).role,
    parentAt: (index) => at(index).parentId,
    seams: [],
    indexOf: (id) => tree.indexOf(messages, id),
    siblingsAt: (index) => tree.siblingsOf(at(index)),
    isPast: (index) => at(index).flags?.includes("past") === true,
    read: (from, to) => Promise.resolve(messages.slice(from, to)),
  };
}
