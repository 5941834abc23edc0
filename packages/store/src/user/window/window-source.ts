import type { MessageId, Role } from "@chatty/model";
import type { CatalogSession } from "../../catalog/catalog.ts";
import type { MessageView, WindowQuery } from "../../views.ts";

/** One path through a conversation, or all of its messages in tree order; positions from 0. */
export interface SourcePath {
  readonly length: number;
  idAt(index: number): MessageId;
  roleAt(index: number): Role;
  /** -1 for a message that is not on it. */
  indexOf(id: MessageId): number;
  /** Living messages with the same parent, in tree order. */
  siblingsAt(index: number): MessageId[];
  /** True for what belongs to the conversation that a fork continues. */
  isPast(index: number): boolean;
  /** The messages from one position up to and without another. */
  read(from: number, to: number): Promise<MessageView[]>;
}

/** A conversation at one moment, as windows are cut from it. */
export interface WindowSource {
  /** The session's row at that moment. */
  readonly row: CatalogSession;
  /** Undefined when `through` names no living message. */
  path(query: Pick<WindowQuery, "path" | "through">): SourcePath | undefined;
}
