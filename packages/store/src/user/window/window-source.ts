import type { MessageId, Role } from "@chatty/model";
import type { CatalogSession } from "../../catalog/catalog.ts";
import type { MessageView, WindowQuery } from "../../views.ts";

/** One path through a conversation, or all of its messages in tree order; positions from 0. */
export interface SourcePath {
  readonly length: number;
  idAt(index: number): MessageId;
  roleAt(index: number): Role;
  parentAt(index: number): MessageId | null;
  /** -1 for a message that is not on it. */
  indexOf(id: MessageId): number;
  /** Living messages with the same parent, in tree order. */
  siblingsAt(index: number): MessageId[];
  /** Positions at which what one conversation has ends and what the next has begins. */
  readonly seams: readonly number[];
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

/**
 * Where the chain of answers that leads to a position begins: behind the past of a fork, when what was said there hangs on nothing.
 * @param end the position behind the last message of the chain.
 */
export function chainStart(path: SourcePath, end: number): number {
  const broken = path.seams.filter(
    (seam) => seam > 0 && seam < end && path.parentAt(seam) !== path.idAt(seam - 1),
  );
  return Math.max(0, ...broken);
}

/** A stretch of a path as a path of its own. */
export function pathBetween(path: SourcePath, from: number, to: number): SourcePath {
  return {
    length: to - from,
    idAt: (index) => path.idAt(from + index),
    roleAt: (index) => path.roleAt(from + index),
    parentAt: (index) => path.parentAt(from + index),
    indexOf: (id) => {
      const index = path.indexOf(id);
      return index >= from && index < to ? index - from : -1;
    },
    siblingsAt: (index) => path.siblingsAt(from + index),
    seams: path.seams.filter((seam) => seam > from && seam < to).map((seam) => seam - from),
    isPast: (index) => path.isPast(from + index),
    read: (begin, end) => path.read(from + begin, from + end),
  };
}
