// Random histories of everything that changes what can be found.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createUuid, isChattyError } from "@chatty/model";
import type { MessageId } from "@chatty/model";
import type { SessionView, UserVault } from "@chatty/store";
import type { SeededRandom } from "../fidelity/seeded-random.ts";

const vocabulary =
  "amber birch cedar delta ember fjord grove heron iris juniper kelp lotus 日本語 naïve Straße foo.bar()".split(
    " ",
  );

interface ExportedMessage {
  id: string;
  parent: string;
  text: string;
  hidden: boolean;
  role: "user" | "assistant" | "tool";
}

interface ExportedConversation {
  id: string;
  title: string;
  messages: ExportedMessage[];
  updated: number;
}

/** One history: what it has done so far, in words, and what it may still do. */
export class SearchHistory {
  readonly acts: string[] = [];
  readonly #user: () => UserVault;
  readonly #random: SeededRandom;
  readonly #folder: string;
  readonly #exported: ExportedConversation[] = [];
  #files = 0;

  constructor(user: () => UserVault, random: SeededRandom, folder: string) {
    this.#user = user;
    this.#random = random;
    this.#folder = folder;
  }

  /** Does something; what the vault refuses is as good as done. */
  async step(): Promise<void> {
    const acts = [
      () => this.#create(),
      () => this.#append(),
      () => this.#append(),
      () => this.#append(),
      () => this.#branch(),
      () => this.#checkpoint(),
      () => this.#edit(),
      () => this.#edit(),
      () => this.#deleteMessage(),
      () => this.#restoreMessage(),
      () => this.#deleteSession(),
      () => this.#restoreSession(),
      () => this.#rename(),
      () => this.#star(),
      () => this.#archive(),
      () => this.#fork(),
      () => this.#undo(),
      () => this.#purge(),
      () => this.#import(),
      () => this.#import(),
      () => this.#deleteRuntime(),
      () => this.#purgeRuntime(),
      () => this.#search(),
      () => this.#search(),
    ];
    const act = this.#random.pick(acts);
    try {
      this.acts.push(await act());
    } catch (error) {
      if (!isChattyError(error)) throw error;
      this.acts.push(`refused: ${error.code}`);
    }
  }

  async #create(): Promise<string> {
    const { sessionId } = await this.#user().createSession({ title: this.#words(3) });
    return `create ${sessionId}`;
  }

  async #append(): Promise<string> {
    const { sessionId } = this.#native();
    const count = 1 + this.#random.below(3);
    const drafts = Array.from({ length: count }, (_, index) => ({
      role: index % 2 === 0 ? ("user" as const) : ("assistant" as const),
      content: this.#words(8),
      ...(index % 2 === 0
        ? {}
        : { model: this.#random.pick(["m-one", "m-two"]), thinkingLog: [this.#words(2)] }),
    }));
    await this.#user().append(sessionId, drafts);
    return `append ${count} to ${sessionId}`;
  }

  async #branch(): Promise<string> {
    const { sessionId } = this.#native();
    const parentId = (await this.#messageOf(sessionId)) ?? null;
    await this.#user().append(sessionId, [{ role: "user", content: this.#words(5), parentId }]);
    return `branch of ${parentId} in ${sessionId}`;
  }

  async #checkpoint(): Promise<string> {
    const { sessionId } = this.#native();
    const id = createUuid(Date.now()) as MessageId;
    await this.#user().checkpoint(sessionId, { id, role: "assistant", content: this.#words(3) });
    if (this.#random.below(2) === 0) {
      await this.#user().append(sessionId, [{ id, role: "assistant", content: this.#words(6) }]);
    }
    return `checkpoint ${id} in ${sessionId}`;
  }

  async #edit(): Promise<string> {
    const { sessionId } = this.#native();
    const id = await this.#messageOf(sessionId);
    if (id === undefined) return "nothing to edit";
    await this.#user().reviseMessage(sessionId, id, this.#words(6));
    return `edit ${id} in ${sessionId}`;
  }

  async #deleteMessage(): Promise<string> {
    const { sessionId } = this.#native();
    const id = await this.#messageOf(sessionId);
    if (id === undefined) return "nothing to delete";
    await this.#user().setMessageDeleted(sessionId, id, true);
    return `delete ${id} in ${sessionId}`;
  }

  async #restoreMessage(): Promise<string> {
    const { sessionId } = this.#native();
    await this.#user().undo(sessionId);
    return `take back in ${sessionId}`;
  }

  async #deleteSession(): Promise<string> {
    const { sessionId } = this.#any();
    await this.#user().deleteSession(sessionId);
    return `delete ${sessionId}`;
  }

  async #restoreSession(): Promise<string> {
    const { sessions } = this.#user().sessions({ deleted: true, limit: 100 });
    if (sessions.length === 0) return "nothing to restore";
    const { sessionId } = this.#random.pick(sessions);
    await this.#user().restoreSession(sessionId);
    return `restore ${sessionId}`;
  }

  async #rename(): Promise<string> {
    const { sessionId } = this.#any();
    await this.#user().renameSession(sessionId, this.#words(3));
    return `rename ${sessionId}`;
  }

  async #star(): Promise<string> {
    const { sessionId, starred } = this.#any();
    await this.#user().setStarred(sessionId, !starred);
    return `star ${sessionId}`;
  }

  async #archive(): Promise<string> {
    const { sessionId, archived } = this.#any();
    await this.#user().setArchived(sessionId, !archived);
    return `archive ${sessionId}`;
  }

  async #fork(): Promise<string> {
    const { sessionId } = this.#any();
    const fork = await this.#user().forkSession(sessionId, { runtime: "synth" });
    return `fork ${fork.sessionId} of ${sessionId}`;
  }

  async #undo(): Promise<string> {
    const { sessionId } = this.#any();
    await (this.#random.below(3) === 0 ? this.#user().redo(sessionId) : this.#user().undo(sessionId));
    return `undo or redo in ${sessionId}`;
  }

  async #purge(): Promise<string> {
    const { sessionId } = this.#native();
    await this.#user().deleteSession(sessionId);
    await this.#user().purgeSession(sessionId);
    return `purge ${sessionId}`;
  }

  /** The same conversations again, some of them new, grown, edited, renamed or left out. */
  async #import(): Promise<string> {
    for (let more = this.#random.below(3); more > 0 || this.#exported.length === 0; more -= 1)
      this.#addConversation();
    for (const conversation of this.#exported) this.#changeConversation(conversation);
    const chosen = this.#exported.filter(() => this.#random.below(5) > 0);
    this.#files += 1;
    const folder = join(this.#folder, `export-${this.#files}`);
    mkdirSync(folder, { recursive: true });
    const path = join(folder, "conversations.json");
    writeFileSync(path, JSON.stringify((chosen.length === 0 ? this.#exported : chosen).map(exported)));
    const replace = this.#random.below(6) === 0;
    await this.#user().import({ kind: "path", path }, replace ? { replace } : {});
    return `import of ${chosen.length}${replace ? ", replacing" : ""}`;
  }

  async #deleteRuntime(): Promise<string> {
    const runtime = this.#user()
      .runtimes()
      .find(({ kind }) => kind === "imported");
    if (runtime === undefined || this.#random.below(3) > 0) return "no runtime deleted";
    await this.#user().deleteRuntime(runtime.runtimeId);
    if (this.#random.below(2) === 0) await this.#user().restoreRuntime(runtime.runtimeId);
    return `delete ${runtime.runtimeId}`;
  }

  async #purgeRuntime(): Promise<string> {
    const [runtime] = this.#user().runtimes({ deleted: true });
    if (runtime === undefined) return "no runtime purged";
    await this.#user().purgeRuntime(runtime.runtimeId);
    return `purge ${runtime.runtimeId}`;
  }

  /** Asking makes the index follow: what is indexed together with what is up to chance. */
  async #search(): Promise<string> {
    const query = this.#words(1);
    const { hits } = await this.#user().search({ query, facets: true });
    return `search ${query}: ${hits.length}`;
  }

  #native(): SessionView {
    return this.#random.pick(this.#user().sessions({ kind: "native", limit: 100 }).sessions);
  }

  #any(): SessionView {
    return this.#random.pick(this.#user().sessions({ limit: 100 }).sessions);
  }

  async #messageOf(sessionId: string): Promise<MessageId | undefined> {
    const { messages } = await this.#user().show(sessionId);
    const own = messages.filter(({ flags }) => flags?.includes("past") !== true);
    return own.length === 0 ? undefined : this.#random.pick(own).id;
  }

  #words(most: number): string {
    const count = 1 + this.#random.below(most);
    return Array.from({ length: count }, () => this.#random.pick(vocabulary)).join(" ");
  }

  #addConversation(): void {
    const number = String(this.#exported.length + 1).padStart(12, "0");
    const conversation: ExportedConversation = {
      id: `00000000-0000-4000-8000-${number}`,
      title: this.#words(3),
      messages: [],
      updated: 1_700_000_000,
    };
    for (let count = 1 + this.#random.below(4); count > 0; count -= 1) this.#addMessage(conversation);
    this.#exported.push(conversation);
  }

  #addMessage(conversation: ExportedConversation): void {
    const { messages } = conversation;
    const isBranch = this.#random.below(4) === 0 && messages.length > 0;
    const parent = isBranch ? this.#random.pick(messages).id : (messages.at(-1)?.id ?? "root");
    messages.push({
      id: `m${messages.length}`,
      parent,
      text: this.#words(8),
      hidden: this.#random.below(8) === 0,
      role: this.#random.pick(["user", "assistant", "tool"] as const),
    });
  }

  #changeConversation(conversation: ExportedConversation): void {
    switch (this.#random.below(5)) {
      case 0:
        this.#addMessage(conversation);
        break;
      case 1: {
        const message = this.#random.pick(conversation.messages);
        message.text = this.#words(8);
        break;
      }
      case 2:
        conversation.title = this.#words(3);
        break;
      case 3:
        if (conversation.messages.length > 1) conversation.messages.pop();
        break;
      default:
        return;
    }
    // An export that says it is older than it is happens, too.
    conversation.updated += this.#random.below(10) === 0 ? -50 : 10;
  }
}

function exported({ id, title, messages, updated }: ExportedConversation): object {
  const mapping: Record<string, object> = {
    root: { id: "root", message: null, parent: null, children: childrenOf("root", messages) },
  };
  for (const [index, message] of messages.entries()) {
    mapping[message.id] = {
      id: message.id,
      parent: message.parent,
      children: childrenOf(message.id, messages),
      message: {
        id: message.id,
        author: { role: message.role, name: null, metadata: {} },
        create_time: index % 5 === 4 ? null : 1_700_000_000 + index * 7,
        content: { content_type: "text", parts: [message.text] },
        status: "finished_successfully",
        metadata: message.hidden ? { is_visually_hidden_from_conversation: true } : {},
        recipient: "all",
      },
    };
  }
  return {
    title,
    create_time: 1_700_000_000,
    update_time: updated,
    mapping,
    current_node: messages.at(-1)?.id ?? "root",
    conversation_id: id,
    id,
  };
}

function childrenOf(id: string, messages: readonly ExportedMessage[]): string[] {
  return messages.filter(({ parent }) => parent === id).map((message) => message.id);
}
