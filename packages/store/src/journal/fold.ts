import { pathFromRoot, treeOrder, type JsonObject, type MessageId, type Part } from "@chatty/model";
import type { ConstructId, RuntimeId } from "@chatty/model";
import type { MessageView } from "../views.ts";
import { salvageMarkOf } from "./salvage-mark.ts";
import { messageTime } from "./fold-time.ts";
import type {
  CheckpointRecord,
  ForkRecord,
  JournalBody,
  JournalHeader,
  MessageRecord,
  RevisionRecord,
} from "./record.ts";

/** Which messages to give. */
export interface FoldedMessagesOptions {
  /** Deleted messages too, each with the flag `deleted`. */
  includeDeleted?: boolean;
  /** Name parents that are not among the records (a fork's past, or what lies before a tail) instead of null. */
  keepOutsideParents?: boolean;
}

/** The text of a message after its revisions. */
export interface Revised {
  latest: RevisionRecord;
  count: number;
}

/**
 * The present state of a journal, record by record: applying one costs the same however long the journal is. Records may come
 * in any state of completeness; one that refers to something unknown is kept until that comes.
 */
export class JournalFold {
  #title: string;
  #updatedAt: number;
  #archived = false;
  #deleted = false;
  /** Messages and unfinished answers by id, in the order of their last record of that kind. */
  readonly #said = new Map<string, MessageRecord | CheckpointRecord>();
  readonly #revised = new Map<string, Revised>();
  readonly #dead = new Set<string>();
  readonly #forks: ForkRecord[] = [];
  /** Messages that a repair could not find again. */
  readonly #lost = new Set<string>();
  #lastSaid: string | undefined;
  #livingCount = 0;

  /** The state before the first record. */
  constructor(header: JournalHeader) {
    this.#title = header.metadata.title;
    this.#updatedAt = header.timestamp;
  }

  get title(): string {
    return this.#title;
  }

  get archived(): boolean {
    return this.#archived;
  }

  /** True when the session as a whole is deleted. */
  get deleted(): boolean {
    return this.#deleted;
  }

  /** Time of the last record; of the header when there is none. Integer milliseconds UTC. */
  get updatedAt(): number {
    return this.#updatedAt;
  }

  /** Messages that are not deleted, unfinished answers included. */
  get messageCount(): number {
    return this.#livingCount;
  }

  /** Links with other sessions, in order. */
  get forks(): readonly ForkRecord[] {
    return this.#forks;
  }

  /** The message or unfinished answer that was said last, deleted or not. */
  get lastSaidId(): MessageId | undefined {
    return this.#lastSaid as MessageId | undefined;
  }

  /**
   * The end of the active path: the message appended last or, when that is deleted, its nearest ancestor that is not. When no
   * ancestor lives either, the living message appended last; undefined when there is none.
   */
  get activeLeafId(): MessageId | undefined {
    const walked = new Set<string>();
    for (let id = this.#lastSaid; id !== undefined && !walked.has(id);) {
      if (this.#isLiving(id)) return id as MessageId;
      walked.add(id);
      id = this.#said.get(id)?.parentId ?? undefined;
    }
    if (this.#livingCount === 0) return undefined;
    return [...this.#said.keys()].findLast((id) => this.#isLiving(id)) as MessageId | undefined;
  }

  /** Takes in the next record. */
  apply(record: JournalBody): void {
    this.#updatedAt = record.timestamp;
    switch (record.kind) {
      case "message":
      case "checkpoint":
        this.#say(record);
        break;
      case "revision":
        this.#revised.set(record.targetId, {
          latest: record,
          count: (this.#revised.get(record.targetId)?.count ?? 0) + 1,
        });
        break;
      case "tombstone":
        if (record.targetId === undefined) this.#deleted = record.deleted;
        else this.#bury(record.targetId, record.deleted);
        break;
      case "title":
        this.#title = record.title;
        break;
      case "archive":
        this.#archived = record.archived;
        break;
      case "fork":
        this.#forks.push(record);
        break;
      case "note":
        for (const id of salvageMarkOf(record)?.missingIds ?? []) this.#lost.add(id);
        break;
    }
  }

  /** True when a message or unfinished answer with this id was appended, deleted or not. */
  has(messageId: string): boolean {
    return this.#said.has(messageId);
  }

  /** Messages in tree order. A message whose parent is deleted hangs on its nearest living ancestor. */
  messages({
    includeDeleted = false,
    keepOutsideParents = false,
  }: FoldedMessagesOptions = {}): MessageView[] {
    const ordered = treeOrder([...this.#said.values()]);
    if (includeDeleted) return ordered.map((record) => this.#view(record, record.parentId));
    const standIn = new Map<string, string | null>();
    const views: MessageView[] = [];
    for (const record of ordered) {
      const { parentId: written } = record;
      const isInside = written !== null && this.#said.has(written);
      const outside = keepOutsideParents ? written : null;
      const parentId = isInside ? (standIn.get(written) ?? null) : outside;
      const living = this.#isLiving(record.id);
      standIn.set(record.id, living ? record.id : parentId);
      if (living) views.push(this.#view(record, parentId));
    }
    return views;
  }

  /** Ids from the root to the active leaf, without deleted messages. */
  activePath(): MessageId[] {
    const leafId = this.activeLeafId;
    if (leafId === undefined) return [];
    return pathFromRoot([...this.#said.values()], leafId)
      .map((record) => record.id as MessageId)
      .filter((id) => this.#isLiving(id));
  }

  #say(record: MessageRecord | CheckpointRecord): void {
    const known = this.#said.get(record.id);
    // A message is final: a late checkpoint or a second message of the same id changes nothing.
    if (known?.kind === "message") return;
    if (known === undefined && !this.#dead.has(record.id)) this.#livingCount += 1;
    // A message stands where it was finished, as it would had no checkpoint been written.
    if (record.kind === "message") this.#said.delete(record.id);
    this.#said.set(record.id, record);
    if (known === undefined || record.kind === "message") this.#lastSaid = record.id;
  }

  #bury(messageId: string, deleted: boolean): void {
    if (this.#dead.has(messageId) === deleted) return;
    if (deleted) this.#dead.add(messageId);
    else this.#dead.delete(messageId);
    if (this.#said.has(messageId)) this.#livingCount += deleted ? -1 : 1;
  }

  #isLiving(messageId: string): boolean {
    return this.#said.has(messageId) && !this.#dead.has(messageId);
  }

  #view(record: MessageRecord | CheckpointRecord, parentId: string | null): MessageView {
    const view = messageViewOf(record, parentId, this.#revised.get(record.id), this.#dead.has(record.id));
    const isTorn =
      record.parentId !== null && this.#lost.has(record.parentId) && !this.#said.has(record.parentId);
    return isTorn ? flagged(view, parentLostFlag) : view;
  }
}

/** Marks a message whose parent was lost in a damage: where it belongs is not known any more. */
export const parentLostFlag = "parent-lost";

/** The message with one more flag. */
export function flagged(view: MessageView, flag: string): MessageView {
  return { ...view, flags: [...(view.flags ?? []), flag] };
}

/**
 * A message as people and programs see it.
 * @param revised its newest text, and how many there were after the first.
 */
export function messageViewOf(
  record: MessageRecord | CheckpointRecord,
  parentId: string | null,
  revised: Revised | undefined,
  isDeleted = false,
): MessageView {
  const { content, parts } = revised?.latest ?? record;
  const metadata = viewMetadata(record);
  const sourceId = record.kind === "message" ? record.origin?.["sourceId"] : undefined;
  return {
    id: record.id as MessageId,
    parentId: parentId as MessageId | null,
    role: record.role,
    content,
    ...messageTime(record),
    ...(record.model === undefined ? {} : { model: record.model }),
    ...(record.kind === "message" && record.author !== undefined ? { author: record.author } : {}),
    hidden: false,
    parts: parts ?? partsOf(content),
    ...(typeof sourceId === "string" ? { sourceId } : {}),
    runtimeId: record.runtimeId as RuntimeId,
    constructId: record.constructId as ConstructId,
    ...(revised === undefined ? {} : { revisions: revised.count }),
    ...(record.kind === "checkpoint" ? { partial: true } : {}),
    ...(isDeleted ? { flags: ["deleted"] } : {}),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/**
 * Folds a journal into its present state, or its state at an instant.
 *
 * The state at an instant is that after the last record of then or earlier, and has all records before it: a clock that was set
 * back makes no state that never was.
 * @param options.at integer milliseconds UTC: only records up to then count.
 */
export function foldJournal(
  header: JournalHeader,
  records: Iterable<JournalBody>,
  options: { at?: number } = {},
): JournalFold {
  const fold = new JournalFold(header);
  let later: JournalBody[] = [];
  for (const record of records) {
    if (options.at !== undefined && record.timestamp > options.at) {
      later.push(record);
      continue;
    }
    for (const each of later) fold.apply(each);
    later = [];
    fold.apply(record);
  }
  return fold;
}

function partsOf(content: string): Part[] {
  return content === "" ? [] : [{ kind: "text", text: content }];
}

/** What a message says about itself beyond the fields of a view. */
function viewMetadata(record: MessageRecord | CheckpointRecord): JsonObject | undefined {
  if (record.kind === "checkpoint") return undefined;
  const { metadata, origin, responseTimeMs, thinkingLog } = record;
  const more: JsonObject = {
    ...metadata,
    ...(responseTimeMs === undefined ? {} : { responseTimeMs }),
    ...(thinkingLog === undefined ? {} : { thinkingLog }),
    ...(origin === undefined ? {} : { origin }),
  };
  return Object.keys(more).length === 0 ? undefined : more;
}
