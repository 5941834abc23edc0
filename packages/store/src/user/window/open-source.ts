import { isChattyError } from "@chatty/model";
import type { CatalogSession } from "../../catalog/catalog.ts";
import { readHeader } from "../../journal/read.ts";
import { sessionRevision } from "../../sessions/session-revision.ts";
import type { MessageView } from "../../views.ts";
import { pastOf, showSession } from "../show-session.ts";
import type { UserContext } from "../user-context.ts";
import { nativeSource } from "./native-source.ts";
import { ShownTree, shownSource } from "./shown-source.ts";
import type { WindowSource } from "./window-source.ts";

/** Looks at a conversation, so that windows of it can be cut, and gives what the work made of it. */
export async function withSource<Value>(
  context: UserContext,
  row: CatalogSession,
  work: (source: WindowSource) => Promise<Value>,
): Promise<Value> {
  if (!row.imported) {
    try {
      const source = await openNative(context, row);
      if (source !== undefined) return await work(source);
    } catch (error) {
      // Of a damaged journal is shown what can be read, which only reading all of it tells.
      if (!isChattyError(error, "FILE_DAMAGED")) throw error;
    }
  }
  return await work(await openShown(context, row));
}

async function openNative(context: UserContext, row: CatalogSession): Promise<WindowSource | undefined> {
  if (context.sessions.damage(row.sessionId) !== undefined) return undefined;
  const past = row.forkedFrom === undefined ? [] : await readPast(context, row);
  const known = await context.trees.tree(row.sessionId);
  if (known === undefined) return undefined;
  return nativeSource({ ...known, journal: context.sessions.journalOf(known.row), past });
}

async function openShown(context: UserContext, row: CatalogSession): Promise<WindowSource> {
  const make = async (): Promise<ShownTree> => new ShownTree(await showSession(context, row, {}));
  const key = `${row.sessionId} ${sessionRevision(row)}`;
  // The revision of a damaged journal says nothing about what can be read of it.
  const tree = row.imported ? await context.shown.get(key, make) : await make();
  return shownSource(row, tree);
}

/** The past of a fork never changes; that of an imported session is known by the version it is read from. */
async function readPast(context: UserContext, row: CatalogSession): Promise<readonly MessageView[]> {
  const source = row.forkedFrom === undefined ? undefined : context.catalog.session(row.forkedFrom);
  const state = source === undefined ? "gone" : source.imported ? sessionRevision(source) : "native";
  const { messages } = await context.shown.get(`${row.sessionId} past ${state}`, async () => ({
    messages: await pastOf(context, readHeader(context.sessions.journalOf(row)), {}),
  }));
  return messages;
}
