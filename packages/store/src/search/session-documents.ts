import type { MessageId, Part, Role, SearchFeature } from "@chatty/model";
import { activeBit, featureBit, fieldBit, hiddenBit, roleBit, titleBit } from "./document.ts";
import type { DocumentDraft, DocumentFields, SessionFacts } from "./document.ts";
import { messageText } from "./message-text.ts";

/** What of a message goes into its document. */
export interface SourceMessage {
  id: MessageId;
  role: Role;
  parts: readonly Part[];
  hidden: boolean;
  model?: string | undefined;
  /** Integer milliseconds UTC. */
  timestamp?: number | undefined;
  thinkingLog?: readonly string[] | undefined;
}

/** The messages of a conversation, every branch, in tree order. */
export interface SessionContent {
  messages: readonly SourceMessage[];
  activePath: ReadonlySet<string>;
}

/** The documents of the messages: a pure function of them. */
export function messageDocuments({ messages, activePath }: SessionContent): DocumentDraft[] {
  return messages.map((message, index) => {
    const { fields, features } = messageText(message.parts, message.thinkingLog);
    return {
      messageId: message.id,
      place: index + 1,
      bits:
        roleBit(message.role) |
        featureBits(features) |
        fieldBits(fields) |
        (activePath.has(message.id) ? activeBit : 0) |
        (message.hidden ? hiddenBit : 0),
      model: (message.model ?? "").toWellFormed(),
      at: message.timestamp,
      fields,
    };
  });
}

/**
 * The document of a title. It has every role, feature and the last model of the messages that are not hidden, so that what is asked of
 * messages beside the title is fulfilled where some message fulfils it.
 */
export function titleDocument(facts: SessionFacts, messages: Iterable<TitledMessage>): DocumentDraft {
  let bits = titleBit | activeBit | (facts.title === "" ? 0 : fieldBit("title"));
  let messageId: MessageId | null = null;
  let model = "";
  for (const message of messages) {
    if ((message.bits & hiddenBit) !== 0) continue;
    messageId ??= message.messageId;
    bits |= message.bits & unionBits;
    if (message.model !== "") model = message.model;
  }
  const fields = { text: "", thinking: "", tool: "", file: "" };
  return { messageId, place: 0, bits, model, at: facts.updatedAt, fields };
}

/** What the document of a title takes from a message, in tree order. */
export type TitledMessage = Pick<DocumentDraft, "messageId" | "bits" | "model">;

/** Roles and features. */
const unionBits = (1 << 13) - 1;

function featureBits(features: ReadonlySet<SearchFeature>): number {
  let bits = 0;
  for (const feature of features) bits |= featureBit(feature);
  return bits;
}

function fieldBits(fields: DocumentFields): number {
  return (
    (fields.text === "" ? 0 : fieldBit("text")) |
    (fields.thinking === "" ? 0 : fieldBit("thinking")) |
    (fields.tool === "" ? 0 : fieldBit("tool")) |
    (fields.file === "" ? 0 : fieldBit("file"))
  );
}
