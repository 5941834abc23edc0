import type { NodeCount, Problem } from "@chatty/model";
import { ChattyError } from "@chatty/model";
import type { ImportReceipt } from "../views.ts";
import type { ConversationChange } from "./conversation-hashes.ts";
import { participantLimit } from "./digest/conversation-facts.ts";
import type { ConversationFacts } from "./digest/conversation-facts.ts";
import type { RecordDigest } from "./digest/record-digest.ts";

/** What happened to one conversation. */
export type ConversationFate = "new" | ConversationChange;

/** A thing that conversations name and that the export does not hold itself. */
export interface NamedCount {
  sourceId: string;
  name?: string;
  conversations: number;
}

/** At most so many conversations are named in an import's metadata. */
const sampleLimit = 5;

/** Counts an export while it goes by; grows with the number of conversations and problems, never with their text. */
export class ImportTally {
  readonly conversations: ImportReceipt["conversations"] = {
    seen: 0,
    new: 0,
    grown: 0,
    edited: 0,
    unchanged: 0,
    gone: 0,
    failed: 0,
  };
  readonly nodes: NodeCount = { seen: 0, stored: 0, flagged: 0, skipped: 0 };
  /** Nodes that are messages. */
  messages = 0;
  readonly attachments = { referenced: 0, found: 0, missing: 0 };
  readonly problems: Problem[] = [];
  readonly customGpts = new Map<string, NamedCount>();
  readonly projects = new Map<string, NamedCount>();
  readonly unknownKinds = new Map<string, number>();
  readonly sidecars = new Map<string, number>();
  readonly participants = new Set<string>();
  readonly samples: { title: string; messages: number }[] = [];
  /** Account that the data itself names first. */
  accountId: string | undefined;
  /** Integer milliseconds UTC of the earliest and the latest message. */
  earliestMs: number | undefined;
  latestMs: number | undefined;
  #unbalanced: string | undefined;

  addConversation(conversation: ConversationFacts, fate: ConversationFate): void {
    this.conversations.seen += 1;
    this.conversations[fate] += 1;
    this.accountId ??= conversation.accountId;
    this.#addCount(conversation);
    countNamed(this.customGpts, conversation.customGpt);
    countNamed(this.projects, conversation.project);
    for (const { member } of conversation.attachments) {
      this.attachments.referenced += 1;
      this.attachments[member === undefined ? "missing" : "found"] += 1;
    }
    for (const [kind, times] of conversation.unknownKinds) {
      this.unknownKinds.set(kind, (this.unknownKinds.get(kind) ?? 0) + times);
    }
    for (const participant of conversation.participants) {
      if (this.participants.size < participantLimit) this.participants.add(participant);
    }
    const { title = "", messages, earliestMs, latestMs } = conversation;
    if (earliestMs !== undefined) this.earliestMs = Math.min(this.earliestMs ?? earliestMs, earliestMs);
    if (latestMs !== undefined) this.latestMs = Math.max(this.latestMs ?? latestMs, latestMs);
    this.messages += messages;
    if (this.samples.length < sampleLimit) this.samples.push({ title, messages });
  }

  addBroken(problem: Problem): void {
    this.conversations.seen += 1;
    this.conversations.failed += 1;
    this.problems.push(problem);
  }

  addSidecar(record: RecordDigest & { kind: "sidecar" }): void {
    const { sidecar, sourceId, name } = record;
    this.sidecars.set(sidecar, (this.sidecars.get(sidecar) ?? 0) + 1);
    if (sidecar !== "project" || sourceId === undefined) return;
    const known = this.projects.get(sourceId) ?? { sourceId, conversations: 0 };
    this.projects.set(sourceId, { ...known, ...(name === undefined ? {} : { name }) });
  }

  /** @throws {ChattyError} IMPORT_NOT_BALANCED when a node of the export is unaccounted for */
  assertBalanced(): void {
    const { seen, stored, flagged, skipped } = this.nodes;
    const isBalanced = seen === stored + flagged + skipped && this.#unbalanced === undefined;
    if (isBalanced) return;
    throw new ChattyError(
      "IMPORT_NOT_BALANCED",
      `The export has ${seen} nodes, of which ${stored + flagged + skipped} are accounted for.`,
      {
        hint: "Nothing was imported. Please report this; the export itself is fine where it is.",
        where: {
          ...this.nodes,
          ...(this.#unbalanced === undefined ? {} : { conversation: this.#unbalanced }),
        },
      },
    );
  }

  #addCount({ count, nodeCount, sourceId }: ConversationFacts): void {
    this.nodes.seen += count.seen;
    this.nodes.stored += count.stored;
    this.nodes.flagged += count.flagged;
    this.nodes.skipped += count.skipped;
    const accounted = count.stored + count.flagged + count.skipped;
    // The counts must agree with each other and with the nodes that are really there.
    if (count.seen !== accounted || count.stored + count.flagged !== nodeCount) this.#unbalanced ??= sourceId;
  }
}

function countNamed(
  counts: Map<string, NamedCount>,
  thing: { sourceId: string; name?: string } | undefined,
): void {
  if (thing === undefined) return;
  const known = counts.get(thing.sourceId);
  if (known === undefined) counts.set(thing.sourceId, { ...thing, conversations: 1 });
  else {
    known.conversations += 1;
    if (known.name === undefined && thing.name !== undefined) known.name = thing.name;
  }
}
