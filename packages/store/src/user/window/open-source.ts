import { isChattyError } from "@chatty/model";
import type { CatalogSession } from "../../catalog/catalog.ts";
import type { PublishedBytes } from "../../journal/read.ts";
import type { SessionTree } from "../../sessions/flatfile/session-tree.ts";
import { sessionRevision } from "../../sessions/session-revision.ts";
import { showSession } from "../show-session.ts";
import type { UserContext } from "../user-context.ts";
import { nativeSource } from "./native-source.ts";
import { openPast } from "./past-path.ts";
import { ShownTree, shownSource } from "./shown-source.ts";
import type { WindowSource } from "./window-source.ts";

/**
 * Looks at a conversation, so that windows of it can be cut, and gives what the work made of it.
 * @param asOf integer milliseconds UTC: as it was then, worked out once and kept for a while.
 */
export async function withSource<Value>(
  context: UserContext,
  row: CatalogSession,
  work: (source: WindowSource) => Promise<Value>,
  asOf?: number,
): Promise<Value> {
  if (asOf !== undefined) return await work(await openThen(context, row, asOf));
  if (!row.imported) {
    try {
      const opened = await openNative(context, row);
      if (opened !== undefined) return await work(opened.source);
    } catch (error) {
      // Of a damaged journal is shown what can be read, which only reading all of it tells.
      if (!isChattyError(error, "FILE_DAMAGED")) throw error;
    }
  }
  return await work(await openShown(context, row));
}

/** A native session that was opened by its tree. */
export interface OpenedNative {
  source: WindowSource;
  tree: SessionTree;
  journal: PublishedBytes;
}

async function openNative(context: UserContext, row: CatalogSession): Promise<OpenedNative | undefined> {
  if (context.sessions.damage(row.sessionId) !== undefined) return undefined;
  const past =
    row.forkedFrom === undefined
      ? undefined
      : await openPast(context, row, (source) => openNative(context, source));
  const known = await context.trees.tree(row.sessionId);
  if (known === undefined) return undefined;
  const journal = context.sessions.journalOf(known.row);
  return { source: nativeSource({ ...known, journal, past }), tree: known.tree, journal };
}

async function openShown(context: UserContext, row: CatalogSession): Promise<WindowSource> {
  const make = async (): Promise<ShownTree> => new ShownTree(await showSession(context, row, {}));
  const key = `${row.sessionId} ${sessionRevision(row)}`;
  // The revision of a damaged journal says nothing about what can be read of it.
  const tree = row.imported ? await context.shown.get(key, make) : await make();
  return shownSource(row, tree);
}

async function openThen(context: UserContext, row: CatalogSession, asOf: number): Promise<WindowSource> {
  const key = `${row.sessionId} ${sessionRevision(row)} as of ${asOf}`;
  const make = async (): Promise<ShownTree> => new ShownTree(await showSession(context, row, { at: asOf }));
  return shownSource(row, await context.shown.get(key, make));
}
