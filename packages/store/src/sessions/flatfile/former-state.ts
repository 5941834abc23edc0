import type { CatalogSession } from "../../catalog/catalog.ts";
import type { NewMessage, NewRecord } from "../backend.ts";

/** What a record that changes the session as a whole finds there. Of messages the catalog tells it. */
export function formerOf(row: CatalogSession, draft: NewMessage | NewRecord): { former?: string | boolean } {
  switch (draft.kind) {
    case "title":
      return { former: row.title };
    case "archive":
      return { former: row.archived };
    case "tombstone":
      return draft.targetId === undefined ? { former: row.deleted } : {};
    case "message":
    case "checkpoint":
    case "revision":
    case "fork":
    case "note":
      return {};
  }
}
