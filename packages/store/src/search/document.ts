import type { ConstructId, MessageId, Role, RuntimeId, SearchFeature, SessionId } from "@chatty/model";

/** The words of one message, by field. */
export interface DocumentFields {
  text: string;
  thinking: string;
  tool: string;
  file: string;
}

/** What is found: one message of one branch, or the title of a conversation. */
export interface DocumentDraft {
  /** Null for the title of an empty conversation; the first message for that of another one. */
  messageId: MessageId | null;
  /** Position in tree order, from 1; 0 for the title. */
  place: number;
  /** {@link bitsOf}. */
  bits: number;
  /** Empty where none is named. */
  model: string;
  /** Integer milliseconds UTC; undefined where the source has none. */
  at: number | undefined;
  fields: DocumentFields;
}

/** What is said of a whole conversation. */
export interface SessionFacts {
  sessionId: SessionId;
  runtimeId: RuntimeId;
  constructId: ConstructId;
  title: string;
  /** {@link markBits} put together. */
  marks: number;
  /** Of the last change; integer milliseconds UTC. */
  updatedAt: number | undefined;
}

/** What is said of a conversation, one bit each. */
export const markBits = { archived: 1, deleted: 2, starred: 4, home: 8, imported: 16 } as const;

/** Roles in the order of their bits. */
export const roleOrder: readonly Role[] = ["user", "assistant", "system", "tool"];

/** Features in the order of their bits. */
export const featureOrder: readonly SearchFeature[] = [
  "image",
  "audio",
  "video",
  "file",
  "code",
  "link",
  "citation",
  "thinking",
  "tool",
];

/** Fields that a message can have, in the order of their bits. */
export const fieldOrder = ["text", "title", "thinking", "tool", "file"] as const;

/** From the lowest bit: 4 for roles, 9 for features, 5 for fields that are not empty, active, hidden, title. */
export const featureShift = 4;
export const fieldShift = 13;
export const activeBit = 1 << 18;
export const hiddenBit = 1 << 19;
export const titleBit = 1 << 20;

export function roleBit(role: Role): number {
  return 1 << Math.max(roleOrder.indexOf(role), 0);
}

export function featureBit(feature: SearchFeature): number {
  return 1 << (featureShift + featureOrder.indexOf(feature));
}

export function fieldBit(field: (typeof fieldOrder)[number]): number {
  return 1 << (fieldShift + fieldOrder.indexOf(field));
}
