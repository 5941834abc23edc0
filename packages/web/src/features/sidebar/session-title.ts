import type { Session } from "@chatty/server/api";

/** The words a conversation goes by; one without a title is called so. */
export function titleOf(session: Session): string {
  return session.title.trim() === "" ? "Untitled conversation" : session.title;
}
