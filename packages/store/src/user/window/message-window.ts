import { setImmediate as nextTurn } from "node:timers/promises";
import type { MessageId, SessionId } from "@chatty/model";
import { ChattyError } from "@chatty/model";
import type { CatalogSession } from "../../catalog/catalog.ts";
import { messageNotFound } from "../../sessions/session-errors.ts";
import { sessionRevision } from "../../sessions/session-revision.ts";
import type {
  MessageView,
  MessageWindow,
  OutlineEntry,
  OutlineView,
  WindowMessage,
  WindowQuery,
} from "../../views.ts";
import type { UserContext } from "../user-context.ts";
import { withSource } from "./open-source.ts";
import { chainStart } from "./window-source.ts";
import type { SourcePath, WindowSource } from "./window-source.ts";

const defaultLimit = 60;
const largestLimit = 500;
/** Characters of a message in an outline. */
const outlineText = 120;
/** Entries of an outline at most: more than that nobody reads. */
const outlineEntries = 1_000;
/** Longest stretch of reading between two turns of the event loop. */
const turnMs = 8;

/** A stretch of one path; see `UserVault.messages`. */
export async function readWindow(
  context: UserContext,
  row: CatalogSession,
  query: WindowQuery,
): Promise<MessageWindow> {
  checkQuery(query);
  return await withSource(
    context,
    row,
    async (source) => {
      const path = requirePath(source, query);
      const { from, to } = stretch(path, query, row.sessionId);
      const views = await path.read(from, to);
      return {
        messages: views.map((view, position) => windowMessage(path, view, from + position)),
        from,
        total: path.length,
        leafId: path.length === 0 ? null : path.idAt(path.length - 1),
        revision: sessionRevision(source.row),
      };
    },
    query.asOf,
  );
}

/**
 * The person's messages of a path, shortened; of very many every n-th, so that the cost does not grow with the conversation. Reads in
 * slices, so that others have their turn.
 */
export async function readOutline(
  context: UserContext,
  row: CatalogSession,
  through: MessageId | undefined,
  asOf: number | undefined,
): Promise<OutlineView> {
  return await withSource(
    context,
    row,
    async (source) => {
      const path = requirePath(source, through === undefined ? {} : { through });
      const said: number[] = [];
      for (let index = 0; index < path.length; index += 1)
        if (path.roleAt(index) === "user") said.push(index);
      const every = Math.max(1, Math.ceil(said.length / outlineEntries));
      const entries: OutlineEntry[] = [];
      let until = performance.now() + turnMs;
      for (let at = 0; at < said.length; at += every) {
        const index = said[at] ?? 0;
        const [view] = await path.read(index, index + 1);
        if (view !== undefined && !view.hidden) entries.push(outlineEntry(view, index));
        if (performance.now() < until) continue;
        await nextTurn();
        until = performance.now() + turnMs;
      }
      return { entries, total: path.length, every };
    },
    asOf,
  );
}

/** One message of any branch. @throws {ChattyError} MESSAGE_NOT_FOUND */
export async function readMessage(
  context: UserContext,
  row: CatalogSession,
  id: MessageId,
): Promise<MessageView> {
  return await withSource(context, row, async (source) => {
    const path = requirePath(source, { path: "all" });
    const index = path.indexOf(id);
    const [view] = index === -1 ? [] : await path.read(index, index + 1);
    if (view === undefined) throw messageNotFound(row.sessionId, id);
    return view;
  });
}

/** The end of the path to a message, or of the active path, and how many messages it has. @throws {ChattyError} MESSAGE_NOT_FOUND */
export async function readPathEnd(
  context: UserContext,
  row: CatalogSession,
  at: MessageId | undefined,
): Promise<{ messageId: MessageId | undefined; length: number }> {
  return await withSource(context, row, (source) => {
    const path = requirePath(source, at === undefined ? {} : { through: at });
    const end = at === undefined ? path.length : path.indexOf(at) + 1;
    const length = end - chainStart(path, end);
    return Promise.resolve({ messageId: end === 0 ? undefined : path.idAt(end - 1), length });
  });
}

function windowMessage(path: SourcePath, view: MessageView, index: number): WindowMessage {
  const ids = path.siblingsAt(index);
  const siblings = { position: Math.max(ids.indexOf(view.id), 0), ids };
  return { ...view, index, siblings, ...(path.isPast(index) ? { past: true } : {}) };
}

function outlineEntry(view: MessageView, index: number): OutlineEntry {
  const { id, timestamp } = view;
  const text = Array.from(view.content.slice(0, outlineText * 2))
    .slice(0, outlineText)
    .join("");
  return { id, index, text, ...(timestamp === undefined ? {} : { timestamp }) };
}

/** The path that is asked for. A message of another branch is shown on its own path. */
function requirePath(source: WindowSource, query: WindowQuery): SourcePath {
  const path = source.path(query);
  if (path === undefined) throw messageNotFound(source.row.sessionId, query.through as MessageId);
  const { around } = query;
  if (around === undefined || query.through !== undefined || path.indexOf(around) !== -1) return path;
  return source.path({ ...query, through: around }) ?? path;
}

function stretch(path: SourcePath, query: WindowQuery, sessionId: SessionId): { from: number; to: number } {
  const { around, before, after, at, limit = defaultLimit } = query;
  const find = (id: MessageId): number => {
    const index = path.indexOf(id);
    if (index === -1) throw messageNotFound(sessionId, id);
    return index;
  };
  const clamp = (value: number): number => Math.min(Math.max(value, 0), path.length);
  if (before !== undefined) {
    const to = find(before);
    return { from: clamp(to - limit), to };
  }
  let from = path.length - limit;
  if (around !== undefined) from = Math.min(find(around) - Math.floor(limit / 2), path.length - limit);
  else if (after !== undefined) from = find(after) + 1;
  else if (at !== undefined) from = at;
  return { from: clamp(from), to: clamp(clamp(from) + limit) };
}

function checkQuery(query: WindowQuery): void {
  const { around, before, after, at, limit = defaultLimit } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > largestLimit) {
    throw new ChattyError(
      "LIMIT_INVALID",
      `A window has between 1 and ${largestLimit} messages, not ${limit}.`,
      {
        hint: "Ask for the rest with `before` or `after`.",
      },
    );
  }
  if ([around, before, after, at].filter((place) => place !== undefined).length > 1) {
    throw new ChattyError("WINDOW_INVALID", "A window has one place only.", {
      hint: "Give at most one of around, before, after and at.",
    });
  }
  if (at !== undefined && (!Number.isInteger(at) || at < 0)) {
    throw new ChattyError("WINDOW_INVALID", `${at} is not a position on a path.`, {
      hint: "Positions are whole numbers from 0.",
    });
  }
}
