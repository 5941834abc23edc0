import type { MessageId, SessionId } from "@chatty/model";
import type { CatalogSession } from "../../catalog/catalog.ts";
import { readHeader } from "../../journal/read.ts";
import type { PublishedBytes } from "../../journal/read.ts";
import type { JournalRecord } from "../../journal/record.ts";
import { openLine } from "../../log/chained-line.ts";
import { sessionRevision } from "../../sessions/session-revision.ts";
import type { BytePlace } from "../../sessions/flatfile/session-tree.ts";
import { pastOf } from "../show-session.ts";
import type { UserContext } from "../user-context.ts";
import type { OpenedNative } from "./open-source.ts";
import { ShownTree, shownPath } from "./shown-source.ts";
import { chainStart, pathBetween } from "./window-source.ts";
import type { SourcePath } from "./window-source.ts";

/**
 * What a fork continues. Where a native source has only grown since, that is the beginning of one of its paths; else it is worked out
 * as it was when the fork was made, once.
 * @param open opens the source.
 */
export async function openPast(
  context: UserContext,
  row: CatalogSession,
  open: (source: CatalogSession) => Promise<OpenedNative | undefined>,
): Promise<SourcePath | undefined> {
  const header = readHeader(context.sessions.journalOf(row));
  const origin = header.metadata.forkedFrom;
  if (origin?.messageId === undefined) return undefined;
  const sourceId = origin.sessionId as SessionId;
  const known = context.catalog.session(sourceId);
  const source = known === undefined || known.imported ? known : context.sessions.row(sourceId);
  if (source === undefined) return undefined;
  const messageId = origin.messageId as MessageId;
  const grown = source.imported ? undefined : await open(source);
  const path = grown?.source.path({ through: messageId });
  if (grown !== undefined && path !== undefined) {
    const end = path.indexOf(messageId) + 1;
    const own = grown.tree.numberOf(messageId);
    const wasSaid = own === undefined || onlyGrown(grown, own, header.metadata.commit);
    if (end > 0 && wasSaid) return pathBetween(path, chainStart(path, end), end);
  }
  const state = source.imported ? sessionRevision(source) : "native";
  const shown = await context.shown.get(`${row.sessionId} past ${state}`, async () => {
    const messages = await pastOf(context, header);
    return new ShownTree({ messages: withoutMark(messages), activePath: messages.map(({ id }) => id) });
  });
  return shownPath(shown, shown.messages);
}

/** True when nothing up to a message has changed since a commit: only more was said. */
function onlyGrown({ tree, journal }: OpenedNative, number: number, commit: number): boolean {
  const change = tree.lastChange;
  if (change !== undefined && commitAt(journal, change) >= commit) return false;
  const { numbers } = tree.order.pathTo(number);
  // An answer that was finished elsewhere than it was begun has left what hung on it without a root.
  const [root] = numbers;
  if (root === undefined || tree.hasParent(root)) return false;
  let last = number;
  for (const each of numbers) {
    // An answer that was unfinished may have been finished since, or grow still.
    if (!tree.isFinal(each)) return false;
    if (tree.seqOf(each) > tree.seqOf(last)) last = each;
  }
  return commitAt(journal, tree.placeOf(last)) < commit;
}

function commitAt(journal: PublishedBytes, { offset, length }: BytePlace): number {
  const opened = openLine<Omit<JournalRecord, "prev" | "hash">>(journal.read(offset, length));
  return opened.kind === "fault" ? Infinity : (opened.body as JournalRecord).commit;
}

/** Whoever reads the past marks it. */
function withoutMark(messages: Awaited<ReturnType<typeof pastOf>>): typeof messages {
  return messages.map((message) => {
    const flags = message.flags?.slice(0, -1) ?? [];
    if (flags.length > 0) return { ...message, flags };
    const { flags: _, ...rest } = message;
    return rest;
  });
}
