import type { MessageId, SessionId } from "@chatty/model";
import type { CatalogSession } from "../catalog/catalog.ts";
import { readHeader } from "../journal/read.ts";
import type { Lineage } from "../views.ts";
import { getImport } from "../workspace/imports.ts";
import { newestReference } from "../workspace/references.ts";
import type { UserContext } from "./user-context.ts";

/** Where a conversation comes from and what continues it; what was deleted is not named among the latter. */
export function lineageOf(context: UserContext, row: CatalogSession): Lineage {
  const { catalog } = context;
  const forks = catalog.forksOf(row.sessionId).flatMap((sessionId) => {
    const fork = catalog.session(sessionId);
    return fork === undefined || fork.deleted ? [] : [{ sessionId, title: fork.title }];
  });
  return { ...(row.imported ? sourceOf(context, row) : originOf(context, row)), forks };
}

function sourceOf(context: UserContext, row: CatalogSession): Omit<Lineage, "forks"> {
  const { configuration } = context.storage;
  const reference = newestReference(configuration, context.userId, row.sessionId);
  if (reference === undefined) return {};
  const source = getImport(configuration, context.userId, reference.importId)?.source;
  return {
    ...(source === undefined ? {} : { source }),
    ...(reference.sourceId === undefined ? {} : { sourceId: reference.sourceId }),
  };
}

function originOf(context: UserContext, row: CatalogSession): Omit<Lineage, "forks"> {
  if (row.forkedFrom === undefined) return {};
  const origin = readHeader(context.sessions.journalForShowing(row)).metadata.forkedFrom;
  if (origin === undefined) return {};
  const sessionId = origin.sessionId as SessionId;
  const messageId = origin.messageId as MessageId | undefined;
  return {
    forkedFrom: {
      sessionId,
      ...(messageId === undefined ? {} : { messageId }),
      title: context.catalog.session(sessionId)?.title ?? "",
      imported: origin.imported,
    },
  };
}
