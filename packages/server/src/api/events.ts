import Type from "typebox";
import { Job } from "./imports.ts";
import { Runtime } from "./runtimes.ts";
import { SearchState } from "./search.ts";
import { Session } from "./sessions.ts";

/**
 * Events of `GET /api/events` (SSE): everything an open tab must know. After a break the reader asks anew for what it shows
 * (`hello` has another `serverId` after a restart, and any gap is possible).
 */
export const ServerEvent = Type.Union([
  Type.Object({ type: Type.Literal("hello"), serverId: Type.String() }),
  Type.Object({ type: Type.Literal("job"), job: Job }),
  /** A session is new or its row changed. */
  Type.Object({ type: Type.Literal("session"), session: Session }),
  Type.Object({ type: Type.Literal("session_removed"), sessionId: Type.String() }),
  /** Messages were added to, changed in or deleted from a session. */
  Type.Object({ type: Type.Literal("messages"), sessionId: Type.String() }),
  /** Many sessions of a runtime changed at once: an import. */
  Type.Object({ type: Type.Literal("sessions_changed"), runtimeId: Type.String() }),
  Type.Object({ type: Type.Literal("runtime"), runtime: Runtime }),
  Type.Object({ type: Type.Literal("runtime_removed"), runtimeId: Type.String() }),
  Type.Object({ type: Type.Literal("runtime_selected"), runtimeId: Type.String() }),
  Type.Object({
    type: Type.Literal("generation"),
    sessionId: Type.String(),
    answerId: Type.String(),
    state: Type.Union([Type.Literal("started"), Type.Literal("ended")]),
  }),
  Type.Object({ type: Type.Literal("draft"), sessionId: Type.String(), text: Type.String() }),
  /** How far the search index is; at most a few a second. */
  Type.Object({ type: Type.Literal("search_state"), search: SearchState }),
  Type.Object({ type: Type.Literal("settings") }),
  Type.Object({ type: Type.Literal("providers") }),
]);
export type ServerEvent = Type.Static<typeof ServerEvent>;
