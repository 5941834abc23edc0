import type { SessionId } from "@chatty/model";
import { isUuid } from "@chatty/model";
import type { Catalog, CatalogSession } from "../catalog/catalog.ts";
import { absolutePath, layout } from "../files/layout.ts";
import type { UserPlace } from "../files/layout.ts";
import type { TranscriptWriter } from "../sessions/flatfile/transcript-writer.ts";
import { dropEvents } from "./event-files.ts";
import type { VaultStorage } from "./vault-storage.ts";

/** What purging works with. */
export interface PurgeContext {
  storage: VaultStorage;
  user: UserPlace;
  transcripts: TranscriptWriter;
  now: () => number;
}

/** Moves a session's folder to the trash and takes it out of everything derived but the catalog's row, which goes last. */
export async function discardSession(context: PurgeContext, session: CatalogSession): Promise<void> {
  const { storage, user, now } = context;
  const { files, root } = storage;
  // What is still in the log would be replayed into the place that is given up here.
  await storage.checkpoint();
  storage.appended.forget(layout.journal(user, session.constructId, session.sessionId));
  const stamp = new Date(now()).toISOString().slice(0, 19).replaceAll(":", "");
  const trash = absolutePath(root, `${layout.trash}/${stamp}-${session.sessionId}`);
  files.makeDirectory(absolutePath(root, layout.trash));
  // From here on the session is purged: a start that finds its folder in the trash and its row in the catalog goes on.
  files.rename(absolutePath(root, layout.session(user, session.constructId, session.sessionId)), trash);
  files.syncDirectory(absolutePath(root, layout.trash));
  files.syncDirectory(absolutePath(root, layout.sessions(user, session.constructId)));
  await clearAway(context, session, trash);
}

/** Finishes purges that a crash cut short. Call it before anything looks at journals. */
export async function finishPurges(context: PurgeContext, catalog: Catalog): Promise<void> {
  const { storage, user } = context;
  const { files, root } = storage;
  for (const { name } of files.list(absolutePath(root, layout.trash))) {
    const sessionId = name.slice(-36).toLowerCase() as SessionId;
    const row = isUuid(sessionId) ? catalog.session(sessionId) : undefined;
    if (row === undefined || row.imported) continue;
    if (files.status(absolutePath(root, layout.session(user, row.constructId, sessionId))) !== undefined)
      continue;
    await clearAway(context, row, absolutePath(root, `${layout.trash}/${name}`));
    catalog.removeSession(sessionId);
  }
}

async function clearAway(context: PurgeContext, session: CatalogSession, trash: string): Promise<void> {
  const { storage, user, transcripts } = context;
  const { files, root, configuration } = storage;
  const transcript = transcripts.pathOfKnown(session.sessionId);
  if (transcript !== undefined && files.status(absolutePath(root, transcript)) !== undefined) {
    files.rename(absolutePath(root, transcript), `${trash}/transcript.md`);
  }
  transcripts.forget(session.sessionId);
  await dropEvents(storage, user, session.sessionId);
  const journal = layout.journal(user, session.constructId, session.sessionId);
  configuration.setCheckpoint(configuration.checkpointSeq(), [], [journal]);
}
