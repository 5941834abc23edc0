// What a person's acts come to, told without the store: a state after every act, and the chain by which they are taken back.

/** A message as the model knows it. Absence of a parent is null. */
export interface ModelMessage {
  id: string;
  parentId: string | null;
  text: string;
  isDeleted: boolean;
}

/** What a conversation looks like at one moment. */
export interface ModelState {
  title: string;
  archived: boolean;
  deleted: boolean;
  starred: boolean;
  home: boolean;
  /** Living messages, those of a fork's past first, by id. */
  messages: { id: string; parentId: string | null; text: string }[];
  activePath: string[];
}

/** One change that can be taken back: how to set what it set, and what was there before. */
interface Part {
  stream: "journal" | "acts";
  /** Number of the step in which it was made. */
  step: number;
  /** Puts back what was there before; false when that is not possible any more, or would change nothing. */
  takeBack: () => Part | undefined;
}

/** Changes that were taken back, how to make them again, and the home that came of it where it moved. */
interface Undone {
  parts: Part[];
  redo: Part[];
  movedHome: string | undefined;
}

/** The home of the runtime that all sessions of one history share. */
export class ModelRuntime {
  homeId: string;

  constructor(homeId: string) {
    this.homeId = homeId;
  }
}

/** One conversation of a history. */
export class ModelSession {
  readonly id: string;
  readonly imported: boolean;
  title: string;
  archived = false;
  deleted = false;
  starred = false;
  /** Title that a person gave an imported conversation. */
  overlayTitle: string | undefined;
  /** Own messages in the order in which they were said. */
  readonly said: ModelMessage[] = [];
  /** What a fork continues, as it was then. */
  readonly past: readonly { id: string; parentId: string | null; text: string }[];
  readonly #runtime: ModelRuntime;
  readonly #chain: Part[] = [];
  #undone: Undone[] = [];

  constructor(
    id: string,
    title: string,
    runtime: ModelRuntime,
    options: { imported?: boolean; past?: ModelSession["past"] } = {},
  ) {
    this.id = id;
    this.title = title;
    this.#runtime = runtime;
    this.imported = options.imported === true;
    this.past = options.past ?? [];
  }

  get isHome(): boolean {
    return this.#runtime.homeId === this.id;
  }

  living(): ModelMessage[] {
    return this.said.filter(({ isDeleted }) => !isDeleted);
  }

  state(): ModelState {
    return {
      title: this.overlayTitle ?? this.title,
      archived: this.archived,
      deleted: this.deleted,
      starred: this.starred,
      home: this.isHome,
      messages: [...this.past, ...this.#tree()],
      activePath: this.activePath(),
    };
  }

  activePath(): string[] {
    const byId = new Map(this.said.map((message) => [message.id, message]));
    const last = this.said.at(-1);
    let leaf = last;
    while (leaf?.isDeleted === true) leaf = byId.get(leaf.parentId ?? "");
    leaf ??= this.living().at(-1);
    const path: string[] = [];
    for (let at = leaf; at !== undefined; at = byId.get(at.parentId ?? ""))
      if (!at.isDeleted) path.push(at.id);
    return [...this.past.map(({ id }) => id), ...path.reverse()];
  }

  /** What the next message hangs on when nobody says otherwise. */
  leafId(): string | null {
    return this.activePath().at(-1) ?? null;
  }

  append(step: number, id: string, parentId: string | null, text: string): void {
    const message: ModelMessage = { id, parentId, text, isDeleted: false };
    this.said.push(message);
    this.#did({
      stream: "journal",
      step,
      takeBack: () => (message.isDeleted ? undefined : this.#set("journal", message, "isDeleted", true)),
    });
  }

  revise(step: number, id: string, text: string): void {
    const message = this.#message(id);
    if (message.text !== text) this.#change("journal", step, message, "text", text);
  }

  setMessageDeleted(step: number, id: string, isDeleted: boolean): void {
    const message = this.#message(id);
    if (message.isDeleted !== isDeleted) this.#change("journal", step, message, "isDeleted", isDeleted);
  }

  rename(step: number, title: string): void {
    if (this.imported) this.#change("acts", step, this, "overlayTitle", title);
    else this.#change("journal", step, this, "title", title);
  }

  star(step: number, starred: boolean): void {
    if (this.starred !== starred) this.#change("acts", step, this, "starred", starred);
  }

  archive(step: number, archived: boolean): void {
    if (this.archived !== archived) this.#change(this.#own(), step, this, "archived", archived);
  }

  setDeleted(step: number, deleted: boolean): void {
    if (this.deleted !== deleted) this.#change(this.#own(), step, this, "deleted", deleted);
  }

  makeHome(step: number): void {
    if (!this.isHome) this.#change("acts", step, this.#runtime, "homeId", this.id);
  }

  /** A home that is deleted or archived goes to the archive, and another one takes its place. */
  retire(step: number, nextHomeId: string): void {
    this.#change("journal", step, this, "archived", true);
    this.#change("acts", step, this.#runtime, "homeId", nextHomeId);
  }

  /** True when undo takes this session out of the lists although it is the home: that is a change of its own. */
  undoHides(): boolean {
    const parts = this.#lastParts();
    const before = this.archived;
    const wasDeleted = this.deleted;
    const redo = parts.map((part) => part.takeBack());
    const hides = this.isHome && ((this.archived && !before) || (this.deleted && !wasDeleted));
    for (const part of redo) part?.takeBack();
    return hides;
  }

  /** @returns false when nothing is left to take back. */
  undo(): boolean {
    const parts = this.#lastParts();
    if (parts.length === 0) return false;
    const homeBefore = this.#runtime.homeId;
    const redo = parts.flatMap((part) => part.takeBack() ?? []);
    for (const part of parts) this.#chain.splice(this.#chain.indexOf(part), 1);
    const movedHome = this.#runtime.homeId === homeBefore ? undefined : this.#runtime.homeId;
    this.#undone.push({ parts, redo, movedHome });
    return true;
  }

  /** What the next redo would come to. */
  redoOutcome(): "nothing" | "conflict" | "hides-home" | "done" {
    const last = this.#undone.at(-1);
    if (last === undefined) return "nothing";
    if (last.movedHome !== undefined && last.movedHome !== this.#runtime.homeId) return "conflict";
    const [archived, deleted] = [this.archived, this.deleted];
    const back = last.redo.flatMap((part) => part.takeBack() ?? []);
    const hides = (this.archived && !archived) || (this.deleted && !deleted);
    const isHome = this.isHome && last.movedHome === undefined;
    for (const part of back) part.takeBack();
    return hides && isHome ? "hides-home" : "done";
  }

  redo(): void {
    const last = this.#undone.pop();
    if (last === undefined) throw new TypeError("There is nothing to redo.");
    for (const part of last.redo) part.takeBack();
    // They are in force again, where they were made.
    this.#chain.push(...last.parts);
    this.#chain.sort((left, right) => left.step - right.step);
  }

  /** The newest change of each stream that can still be taken back; both when they were made in one step. */
  #lastParts(): Part[] {
    const newest = (stream: Part["stream"]): Part | undefined =>
      this.#chain.findLast((part) => part.stream === stream && this.#canTakeBack(part));
    const [journal, acts] = [newest("journal"), newest("acts")];
    if (journal === undefined) return acts === undefined ? [] : [acts];
    if (acts === undefined || acts.step < journal.step) return [journal];
    return acts.step > journal.step ? [acts] : [journal, acts];
  }

  #canTakeBack(part: Part): boolean {
    const back = part.takeBack();
    back?.takeBack();
    return back !== undefined;
  }

  #own(): Part["stream"] {
    return this.imported ? "acts" : "journal";
  }

  #did(part: Part): void {
    this.#chain.push(part);
    this.#undone = [];
  }

  #change<Subject extends object, Key extends keyof Subject>(
    stream: Part["stream"],
    step: number,
    subject: Subject,
    key: Key,
    value: Subject[Key],
  ): void {
    const before = subject[key];
    subject[key] = value;
    this.#did({
      stream,
      step,
      takeBack: () => {
        if (before === value) return undefined;
        // A home that somebody else took since is not this act's any more.
        if (stream === "acts" && subject[key] !== value) return undefined;
        return this.#set(stream, subject, key, before);
      },
    });
  }

  /** Sets without entering it in the chain. @returns how to take that back. */
  #set<Subject extends object, Key extends keyof Subject>(
    stream: Part["stream"],
    subject: Subject,
    key: Key,
    value: Subject[Key],
  ): Part {
    const before = subject[key];
    subject[key] = value;
    return { stream, step: -1, takeBack: () => this.#set(stream, subject, key, before) };
  }

  #message(id: string): ModelMessage {
    const message = this.said.find((each) => each.id === id);
    if (message === undefined) throw new TypeError(`The model has no message ${id}.`);
    return message;
  }

  /** Depth first, siblings as they were said; who hangs on a deleted message hangs on its nearest living ancestor. */
  #tree(): ModelState["messages"] {
    const byId = new Map(this.said.map((message) => [message.id, message]));
    const ordered: ModelState["messages"] = [];
    const outside = (id: string | null): string | null => {
      let at = id;
      for (let parent = byId.get(at ?? ""); parent?.isDeleted === true; parent = byId.get(at ?? "")) {
        at = parent.parentId;
      }
      return at;
    };
    const visit = (message: ModelMessage): void => {
      if (!message.isDeleted) {
        ordered.push({ id: message.id, parentId: outside(message.parentId), text: message.text });
      }
      for (const child of this.said) if (child.parentId === message.id) visit(child);
    };
    for (const message of this.said) if (!byId.has(message.parentId ?? "")) visit(message);
    return ordered;
  }
}
