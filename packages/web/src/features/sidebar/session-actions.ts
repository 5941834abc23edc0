import type { Session } from "@chatty/server/api";

/** What can be done with a conversation from a list. Each tells the person what came of it and never throws. */
export interface SessionActions {
  rename: (session: Session, title: string) => Promise<void>;
  setStarred: (session: Session, starred: boolean) => Promise<void>;
  setArchived: (session: Session, archived: boolean) => Promise<void>;
  /** An imported one is continued in a native one first, which becomes the home. */
  makeHome: (session: Session) => Promise<void>;
  remove: (session: Session) => Promise<void>;
  restore: (session: Session) => Promise<void>;
  /** Removes a deleted one for good. Whoever calls it has asked before. */
  purge: (session: Session) => Promise<void>;
}
