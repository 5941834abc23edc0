// Random histories against a real vault, and the comparison of every past moment with the model.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isChattyError } from "@chatty/model";
import type { MessageId, RuntimeId, SessionId } from "@chatty/model";
import type { Conversation, SessionView, UserVault } from "@chatty/store";
import type { SeededRandom } from "../fidelity/seeded-random.ts";
import { ModelRuntime, ModelSession } from "./history-model.ts";
import type { ModelState } from "./history-model.ts";

/** What a history is made with; a planted bug puts something else in the place of one of these. */
export interface Acts {
  undo(user: UserVault, session: string): Promise<unknown>;
  restore(user: UserVault, session: string): Promise<unknown>;
  show(user: UserVault, session: string, at: number): Promise<Conversation>;
}

/** The acts as they are. */
export const realActs: Acts = {
  undo: (user, session) => user.undo(session),
  restore: (user, session) => user.restoreSession(session),
  show: (user, session, at) => user.show(session, { at }),
};

/** One moment of a history: what every session was. */
interface Moment {
  at: number;
  states: Map<string, ModelState>;
}

/** A history that was made, with all of its moments. */
export interface MadeHistory {
  seed: number;
  moments: Moment[];
  sessionIds: string[];
  acts: string[];
}

export interface HistoryOptions {
  user: () => UserVault;
  clock: { now: number };
  random: SeededRandom;
  seed: number;
  folder: string;
  steps: number;
  withImport: boolean;
  acts: Acts;
}

/** Milliseconds between two acts; everything of one act has one time. */
const stepMs = 10;

/** Makes one history in the vault and in the model. @throws when an act is refused that the model allows */
export async function makeHistory(options: HistoryOptions): Promise<MadeHistory> {
  const history = new History(options);
  await history.begin();
  for (let step = 1; step <= options.steps; step += 1) await history.step(step);
  return history.made;
}

/** Compares every moment. @returns what differs, in words; empty when all is as it was */
export async function compareMoments(
  options: Pick<HistoryOptions, "user" | "acts" | "random">,
  made: MadeHistory,
  everywhere: boolean,
): Promise<{ compared: number; differences: string[] }> {
  const differences: string[] = [];
  let compared = 0;
  const user = options.user();
  for (const [index, { at, states }] of made.moments.entries()) {
    if (!everywhere && options.random.below(3) !== 0) continue;
    // Any time until the next act shows the same.
    const when = at + options.random.below(stepMs);
    for (const sessionId of made.sessionIds) {
      const expected = states.get(sessionId);
      const seen = await seenAt(options.acts, user, sessionId, when);
      compared += 1;
      if (JSON.stringify(seen) === JSON.stringify(expected)) continue;
      const what = `history ${made.seed}, moment ${index} (${made.acts[index] ?? ""}), session ${sessionId}`;
      differences.push(`${what}\nexpected ${JSON.stringify(expected)}\nseen     ${JSON.stringify(seen)}`);
      if (differences.length > 3) return { compared, differences };
    }
  }
  return { compared, differences };
}

/** A conversation as it was, in the model's words; undefined when it was not there yet. */
async function seenAt(
  acts: Acts,
  user: UserVault,
  sessionId: string,
  at: number,
): Promise<ModelState | undefined> {
  try {
    return stateOf(await acts.show(user, sessionId, at));
  } catch (error) {
    if (isChattyError(error, "SESSION_NOT_FOUND")) return undefined;
    throw error;
  }
}

function stateOf({ session, messages, activePath }: Conversation): ModelState {
  const { title, archived, deleted, starred, home } = session;
  return {
    title,
    archived,
    deleted,
    starred,
    home,
    messages: messages.map(({ id, parentId, content }) => ({ id, parentId, text: content })),
    activePath,
  };
}

class History {
  readonly made: MadeHistory;
  readonly #options: HistoryOptions;
  readonly #sessions: ModelSession[] = [];
  #runtime = new ModelRuntime("");
  #runtimeId: RuntimeId | undefined;
  #importedInto: RuntimeId | undefined;
  #importedTexts: string[] = [];
  #imported: ModelSession | undefined;
  #words = 0;

  constructor(options: HistoryOptions) {
    this.#options = options;
    this.made = { seed: options.seed, moments: [], sessionIds: [], acts: [] };
  }

  async begin(): Promise<void> {
    const { seed, withImport } = this.#options;
    this.#tick();
    const name = `History ${seed}`;
    const construct = await this.#user.createConstruct({ name });
    const { homeSessionId, runtimeId } = construct as { homeSessionId: SessionId; runtimeId: RuntimeId };
    this.#runtime = new ModelRuntime(homeSessionId);
    this.#runtimeId = runtimeId;
    this.#know(new ModelSession(homeSessionId, name, this.#runtime));
    this.#remember("begin");
    this.#tick();
    const title = this.#word("title");
    const { sessionId } = await this.#user.createSession({ runtime: runtimeId, title });
    this.#know(new ModelSession(sessionId, title, this.#runtime));
    this.#remember("new");
    if (withImport) await this.#import();
  }

  async step(step: number): Promise<void> {
    const { random } = this.#options;
    this.#tick();
    const session = random.pick(this.#sessions);
    const natives = ["append", "append", "regenerate", "revise", "bury", "revive", "home", "fork"];
    const anybody = ["rename", "star", "archive", "delete", "restore", "undo", "undo", "undo", "redo"];
    const isMine = session.imported ? random.below(5) === 0 : random.below(2) === 0;
    const act = session.imported
      ? isMine && this.#importedTexts.length < 12
        ? "import"
        : random.pick(anybody)
      : isMine
        ? random.pick(natives)
        : random.pick(anybody);
    await this.#do(act, session, step * 10);
    this.#remember(`${act} ${session.id}`);
  }

  async #do(act: string, session: ModelSession, step: number): Promise<void> {
    const { random, acts } = this.#options;
    const user = this.#user;
    const { id } = session;
    const isOpen = !session.deleted;
    const living = session.living();
    switch (act) {
      case "append":
        if (isOpen) await this.#append(session, step, session.leafId());
        return;
      case "regenerate":
        if (isOpen && living.length > 0) {
          await this.#append(session, step, random.pick(living).parentId);
        }
        return;
      case "revise":
        if (isOpen && living.length > 0) {
          const { id: messageId } = random.pick(living);
          const text = this.#word("revised");
          await user.reviseMessage(id, messageId as MessageId, text);
          session.revise(step, messageId, text);
        }
        return;
      case "bury":
      case "revive": {
        const isDeleted = act === "bury";
        const candidates = session.said.filter((message) => message.isDeleted !== isDeleted);
        if (isOpen && candidates.length > 0) {
          const { id: messageId } = random.pick(candidates);
          await user.setMessageDeleted(id, messageId as MessageId, isDeleted);
          session.setMessageDeleted(step, messageId, isDeleted);
        }
        return;
      }
      case "home":
        // Of an archived one there are two changes at once, which `undo.test.ts` looks at.
        if (isOpen && !session.archived) {
          await user.setHome(id);
          session.makeHome(step);
        }
        return;
      case "fork":
        if (this.#sessions.length < 5 && isOpen) await this.#fork(session);
        return;
      case "rename":
        if (isOpen) {
          const title = random.below(4) === 0 ? session.state().title : this.#word("title");
          await user.renameSession(id, title);
          session.rename(step, title);
        }
        return;
      case "star": {
        const starred = random.below(2) === 0;
        await user.setStarred(id, starred);
        session.star(step, starred);
        return;
      }
      case "archive": {
        const archived = !session.archived;
        if (!isOpen) return;
        const view = await user.setArchived(id, archived);
        if (archived && session.isHome) this.#retire(session, step, view);
        else session.archive(step, archived);
        return;
      }
      case "delete": {
        if (!isOpen) return;
        const view = await user.deleteSession(id);
        if (session.isHome) this.#retire(session, step, view);
        else session.setDeleted(step, true);
        return;
      }
      case "restore":
        await acts.restore(user, id);
        if (session.deleted) session.setDeleted(step, false);
        if (session.archived) session.archive(step + 1, false);
        return;
      case "undo":
        await this.#undo(session, step);
        return;
      case "redo":
        await this.#redo(session);
        return;
      case "import":
        await this.#import();
        return;
      default:
        throw new TypeError(`There is no act ${act}.`);
    }
  }

  async #append(session: ModelSession, step: number, parentId: string | null): Promise<void> {
    const { random } = this.#options;
    const content = this.#word("said");
    const role = random.below(2) === 0 ? "user" : "assistant";
    const draft = { role, content, parentId: parentId as MessageId | null } as const;
    const [result] = await this.#user.append(session.id, [draft]);
    if (result === undefined) throw new TypeError("Nothing was appended.");
    session.append(step, result.messageId, parentId, content);
  }

  async #fork(session: ModelSession): Promise<void> {
    const { random } = this.#options;
    const state = session.state();
    const candidates = session.living();
    const at = candidates.length > 0 && random.below(2) === 0 ? random.pick(candidates).id : undefined;
    const options = {
      runtime: String(this.#runtimeId),
      ...(at === undefined ? {} : { at: at as MessageId }),
    };
    const fork = await this.#user.forkSession(session.id, options);
    const byId = new Map(state.messages.map((message) => [message.id, message]));
    const past: ModelState["messages"] = [];
    for (let id: string | null | undefined = at ?? state.activePath.at(-1); typeof id === "string";) {
      const message = byId.get(id);
      if (message === undefined) break;
      past.push(message);
      id = message.parentId;
    }
    this.#know(new ModelSession(fork.sessionId, state.title, this.#runtime, { past: past.reverse() }));
  }

  async #undo(session: ModelSession, step: number): Promise<void> {
    const { acts } = this.#options;
    const user = this.#user;
    const home = this.#runtime.homeId;
    if (session.undoHides()) {
      session.retire(step, (await this.#homeAfter(() => acts.undo(user, session.id))) ?? "");
      return;
    }
    const isDone = session.undo();
    const former = this.#sessions.find((each) => each.isHome && each !== session);
    if (this.#runtime.homeId !== home && former?.deleted === true) {
      await expectRefusal("SESSION_DELETED", () => acts.undo(user, session.id));
      if (session.redoOutcome() !== "nothing") session.redo();
      return;
    }
    if (!isDone) {
      await expectRefusal("NOTHING_TO_UNDO", () => acts.undo(user, session.id));
      return;
    }
    await acts.undo(user, session.id);
    if (this.#runtime.homeId !== home && former?.archived === true) former.archive(step, false);
  }

  async #redo(session: ModelSession): Promise<void> {
    const outcome = session.redoOutcome();
    const redo = (): Promise<unknown> => this.#user.redo(session.id);
    if (outcome === "nothing") await expectRefusal("NOTHING_TO_REDO", redo);
    if (outcome === "conflict") await expectRefusal("UNDO_CONFLICT", redo);
    if (outcome !== "done") return;
    await redo();
    session.redo();
  }

  #retire(session: ModelSession, step: number, _view: SessionView): void {
    session.retire(step, this.#user.runtime(String(this.#runtimeId)).homeSessionId);
  }

  async #homeAfter(act: () => Promise<unknown>): Promise<string | undefined> {
    await act();
    return this.#user.runtime(String(this.#runtimeId)).homeSessionId;
  }

  /** A further version of the imported conversation: longer, and sometimes under another title. */
  async #import(): Promise<void> {
    const { random, folder, seed } = this.#options;
    const isFirst = this.#imported === undefined;
    const title = isFirst || random.below(2) === 0 ? this.#word("source") : this.#imported?.title;
    const added = 1 + random.below(2);
    for (let count = 0; count < added; count += 1) this.#importedTexts.push(this.#word("imported"));
    const path = writeVersion(folder, seed, title ?? "", this.#importedTexts);
    const into = this.#importedInto ?? "new";
    const receipt = await this.#user.import({ kind: "path", path }, { into, select: false });
    this.#importedInto = receipt.runtimeId;
    const query = { runtimeId: receipt.runtimeId, kind: "imported", limit: 10 } as const;
    const found = [
      ...this.#user.sessions(query).sessions,
      ...this.#user.sessions({ ...query, archived: true }).sessions,
      ...this.#user.sessions({ ...query, deleted: true }).sessions,
    ];
    const [view] = found;
    if (view === undefined || found.length !== 1) throw new TypeError("One conversation was to be imported.");
    const shown = await this.#user.show(view.sessionId);
    const session =
      this.#imported ?? new ModelSession(view.sessionId, "", new ModelRuntime(""), { imported: true });
    session.title = title ?? "";
    for (const [index, text] of this.#importedTexts.entries()) {
      if (index < session.said.length) continue;
      const id = shown.messages[index]?.id ?? "";
      session.said.push({ id, parentId: session.said.at(-1)?.id ?? null, text, isDeleted: false });
    }
    if (isFirst) this.#know(session);
    this.#imported = session;
    this.#remember("import");
    this.#tick();
  }

  get #user(): UserVault {
    return this.#options.user();
  }

  #know(session: ModelSession): void {
    this.#sessions.push(session);
    this.made.sessionIds.push(session.id);
  }

  #tick(): void {
    this.#options.clock.now += stepMs;
  }

  #remember(act: string): void {
    const states = new Map(this.#sessions.map((session) => [session.id, structuredClone(session.state())]));
    const { now } = this.#options.clock;
    const last = this.made.moments.at(-1);
    if (last?.at === now) {
      last.states = states;
      return;
    }
    this.made.moments.push({ at: now, states });
    this.made.acts.push(act);
  }

  #word(kind: string): string {
    this.#words += 1;
    return `${kind} ${this.#options.seed}-${this.#words}`;
  }
}

async function expectRefusal(code: string, act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (isChattyError(error, code)) return;
    throw error;
  }
  throw new TypeError(`It was to be refused with ${code}.`);
}

/** A ChatGPT export of one conversation, a line of messages from its root. */
function writeVersion(folder: string, seed: number, title: string, texts: readonly string[]): string {
  const id = `00000000-0000-4000-8000-${String(seed % 1_000_000_000).padStart(12, "0")}`;
  const mapping: Record<string, unknown> = {
    root: { id: "root", message: null, parent: null, children: ["n0"] },
  };
  for (const [index, text] of texts.entries()) {
    mapping[`n${index}`] = {
      id: `n${index}`,
      parent: index === 0 ? "root" : `n${index - 1}`,
      children: index === texts.length - 1 ? [] : [`n${index + 1}`],
      message: {
        id: `n${index}`,
        author: { role: index % 2 === 0 ? "user" : "assistant", name: null, metadata: {} },
        create_time: 1_700_000_000 + index,
        content: { content_type: "text", parts: [text] },
        status: "finished_successfully",
        metadata: {},
        recipient: "all",
      },
    };
  }
  const conversation = {
    title,
    create_time: 1_700_000_000,
    update_time: 1_700_000_000 + texts.length,
    mapping,
    current_node: `n${texts.length - 1}`,
    conversation_id: id,
    id,
  };
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "conversations.json");
  writeFileSync(path, JSON.stringify([conversation]));
  return path;
}
