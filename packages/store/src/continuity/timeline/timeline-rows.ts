import type {
  ConstructId,
  EvidenceRule,
  MessageId,
  Role,
  RuntimeId,
  SessionId,
  TimelineKind,
  TimestampSource,
} from "@chatty/model";
import { placeInTime, rankOf } from "@chatty/model";

/** A conversation as the timeline takes it in. Times are integer milliseconds UTC. */
export interface TimelineSession {
  sessionId: SessionId;
  runtimeId: RuntimeId;
  constructId: ConstructId;
  /** Lower-case key of the provider; absent for what was written here. */
  provider?: string | undefined;
  isNative: boolean;
  createdAt?: number | undefined;
  /** Commit of its creation, for native ones. */
  commit?: number | undefined;
  /** When it was imported last, or now. */
  knownAt: number;
  /** When its exports were made and imported. */
  stamps?: readonly number[];
  /** In tree order for imported ones, in that of the journal for native ones: what is answered comes before the answer. */
  messages: readonly TimelineMessage[];
}

export interface TimelineMessage {
  id: MessageId;
  /** Index of the message that it answers; -1 for a beginning. */
  parent: number;
  /** Position in journal or tree order, hidden messages counted; from 1. */
  sequence: number;
  role: Role;
  hidden: boolean;
  time?: { ms: number; source: TimestampSource } | undefined;
  /** Runtime under which it was said, where that is another one. */
  runtimeId?: RuntimeId | undefined;
  commit?: number | undefined;
}

/** A line of the timeline as it is kept: without words, which stand where the conversation lies. */
export interface TimelineRow {
  kind: TimelineKind;
  runtimeId: RuntimeId;
  /** The time to order by; absent without any. */
  orderAt?: number | undefined;
  /** The time to show where it is another one than that to order by. */
  shownAt?: number | undefined;
  commit?: number | undefined;
  sessionId?: SessionId | undefined;
  sequence: number;
  messageId?: MessageId | undefined;
  role?: Role | undefined;
  hidden: boolean;
  /** 0 to 1, in hundredths. */
  confidence: number;
  rules: readonly EvidenceRule[];
  previousRuntimeId?: RuntimeId | undefined;
}

/** The lines of a conversation: its creation, and every message of every branch. A pure function of what is known of it. */
export function timelineRows(
  session: TimelineSession,
  selectedAt?: (ms: number) => string | undefined,
): TimelineRow[] {
  const { messages, sessionId, runtimeId, isNative } = session;
  const times = new Set(messages.map(({ time }) => (time?.source === "message" ? time.ms : undefined)));
  const context = {
    isNative,
    runtimeId,
    provider: session.provider,
    knownAt: session.knownAt,
    stamps: session.stamps ?? [],
    isUniform: messages.length > 1 && times.size === 1,
    createdAt: session.createdAt,
    ...(selectedAt === undefined ? {} : { selectedAt }),
  };
  const placements = placeInTime(messages, context);
  const rows: TimelineRow[] = [];
  for (const [index, message] of messages.entries()) {
    const { at, orderAt, confidence, rules } = placements[index] ?? {
      confidence: 0.3,
      rules: ["order-only"],
    };
    rows.push({
      kind: "message",
      runtimeId: message.runtimeId ?? runtimeId,
      orderAt,
      ...(at === orderAt ? {} : { shownAt: at }),
      commit: message.commit,
      sessionId,
      sequence: message.sequence,
      messageId: message.id,
      role: message.role,
      hidden: message.hidden,
      confidence,
      rules,
    });
  }
  rows.unshift(creationRow(session, rows[0]));
  return rows;
}

/** A conversation begins when its source says so, and never after its first message. */
function creationRow(session: TimelineSession, first: TimelineRow | undefined): TimelineRow {
  const { sessionId, runtimeId, isNative, commit } = session;
  const [placement] = placeInTime(
    [
      {
        parent: -1,
        time: session.createdAt === undefined ? undefined : { ms: session.createdAt, source: "conversation" },
      },
    ],
    {
      isNative,
      runtimeId,
      provider: session.provider,
      knownAt: session.knownAt,
    },
  );
  const own = isNative ? session.createdAt : placement?.orderAt;
  const base = {
    kind: "conversation_created" as const,
    runtimeId,
    commit,
    sessionId,
    sequence: 0,
    hidden: false,
  };
  if (own !== undefined && (first?.orderAt === undefined || own <= first.orderAt)) {
    const rules: EvidenceRule[] = [isNative ? "written-live" : "conversation-time"];
    return { ...base, orderAt: own, confidence: isNative ? 1 : (placement?.confidence ?? 0.3), rules };
  }
  if (first?.orderAt !== undefined) {
    // It cannot have begun after its first message.
    const rules: EvidenceRule[] =
      own === undefined ? ["beside-neighbour"] : ["beside-neighbour", "clock-went-back"];
    return { ...base, orderAt: first.orderAt, confidence: 0.4, rules };
  }
  return { ...base, confidence: 0.3, rules: placement?.rules ?? ["order-only"] };
}

/** The ordering number of a kind, for the key. */
export function rowRank(row: TimelineRow): number {
  return rankOf(row.kind);
}
