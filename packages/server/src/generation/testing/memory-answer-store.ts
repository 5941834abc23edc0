import { ChattyError, createUuid } from "@chatty/model";
import type { ConstructId, MessageId, Part, Role, RuntimeId, SessionId } from "@chatty/model";
import type { AnswerMessageDraft, AnswerStore, Clock, KeptMessage, PathMessage } from "../answer-store.ts";

/** A conversation in memory that keeps account of what was written, and can be told to fail. */
export interface MemoryAnswerStore extends AnswerStore {
  readonly sessionId: SessionId;
  /** Every write in order. */
  readonly writes: { kind: "checkpoint" | "message"; draft: AnswerMessageDraft }[];
  /** How many messages of the path were read. */
  read: number;
  /** Adds a message of the past; its parent is the one added before unless told otherwise. */
  add(
    role: Role,
    content: string,
    more?: { parentId?: MessageId; parts?: Part[]; hidden?: boolean },
  ): MessageId;
  /** The final message of an id. */
  final(id: MessageId): AnswerMessageDraft | undefined;
  /** What the next writes fail with. */
  failing: { checkpoint?: Error; append?: Error };
  system: string | undefined;
}

export function createMemoryAnswerStore(): MemoryAnswerStore {
  const messages = new Map<MessageId, KeptMessage & { hidden: boolean }>();
  let last: MessageId | undefined;
  const take = (draft: AnswerMessageDraft, partial: boolean): void => {
    if (messages.get(draft.id)?.partial === false) return;
    const { id, role, content, parts } = draft;
    messages.set(id, {
      id,
      parentId: draft.parentId ?? null,
      role,
      content,
      partial,
      hidden: false,
      ...(parts === undefined ? {} : { parts }),
    });
    last = id;
  };
  const pathTo = (id: MessageId | null): PathMessage[] => {
    const message = id === null ? undefined : messages.get(id);
    if (message === undefined) return [];
    const before = pathTo(message.parentId);
    return [...before, { ...message, index: before.length }];
  };
  const store: MemoryAnswerStore = {
    sessionId: createUuid() as SessionId,
    writes: [],
    read: 0,
    failing: {},
    system: undefined,
    add(role, content, more = {}) {
      const id = createUuid() as MessageId;
      const { parentId = last ?? null, parts, hidden = false } = more;
      const message = { id, parentId, role, content, partial: false, hidden };
      messages.set(id, parts === undefined ? message : { ...message, parts });
      last = id;
      return id;
    },
    final: (id) => store.writes.findLast(({ kind, draft }) => kind === "message" && draft.id === id)?.draft,
    speaker(sessionId) {
      if (sessionId !== store.sessionId) {
        return Promise.reject(new ChattyError("SESSION_NOT_FOUND", "There is no such session."));
      }
      const speaker = { runtimeId: "synth" as RuntimeId, constructId: "synth-001" as ConstructId };
      return Promise.resolve(store.system === undefined ? speaker : { ...speaker, system: store.system });
    },
    leaf: () => Promise.resolve(last === undefined ? undefined : messages.get(last)),
    message: (_, id) => Promise.resolve(messages.get(id)),
    async *readPath(_, leafId) {
      for (const message of pathTo(leafId).reverse()) {
        store.read += 1;
        yield await Promise.resolve(message);
      }
    },
    async checkpoint(_, draft) {
      await Promise.resolve();
      if (store.failing.checkpoint !== undefined) throw store.failing.checkpoint;
      store.writes.push({ kind: "checkpoint", draft });
      take(draft, true);
    },
    async append(_, draft) {
      await Promise.resolve();
      if (store.failing.append !== undefined) throw store.failing.append;
      store.writes.push({ kind: "message", draft });
      take(draft, false);
    },
    readFile: () => Promise.resolve(undefined),
    keepFile: ({ mime }) => Promise.resolve({ kind: "file", mime }),
  };
  return store;
}

/** A clock that moves when it is told to. */
export interface HandClock extends Clock {
  /** Moves on and calls what is due, in order; waits for what that set going. */
  pass(ms: number): Promise<void>;
}

export function createHandClock(startMs = 1_700_000_000_000): HandClock {
  let nowMs = startMs;
  const due: { at: number; work: () => void }[] = [];
  return {
    now: () => nowMs,
    after(delayMs, work) {
      const entry = { at: nowMs + delayMs, work };
      due.push(entry);
      return () => {
        const at = due.indexOf(entry);
        if (at !== -1) due.splice(at, 1);
      };
    },
    async pass(ms) {
      const until = nowMs + ms;
      for (;;) {
        due.sort((a, b) => a.at - b.at);
        const next = due[0];
        if (next === undefined || next.at > until) break;
        due.shift();
        nowMs = next.at;
        next.work();
        await settled();
      }
      nowMs = until;
      await settled();
    },
  };
}

/** Lets everything run that waits for nothing but its turn. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
