import type { ImportId, SessionId, Sha256 } from "@chatty/model";
import type { ImportRow } from "../workspace/imports.ts";
import { listImports } from "../workspace/imports.ts";
import type { ImportReference } from "../workspace/references.ts";
import { newestFirst, versionsOfSession } from "../workspace/references.ts";
import type { RuntimeRecord } from "../workspace/runtimes.ts";
import type { ImportContext } from "./import-context.ts";
import { importedSessionId } from "./name-uuid.ts";

/** What was known of a conversation before the import that is looked at. */
export interface KnownConversation {
  /** The id that it has, or gets. */
  sessionId: SessionId;
  /** Shown versions, newest first; empty for a new conversation. */
  versions: ImportReference[];
  /** Messages of all shown versions together. */
  messages: number;
}

/** Where the raw bytes of a record lie in a pack. */
export interface PackPlace {
  pack: string;
  packOffset: number;
  packLength: number;
}

/** Which imports a {@link VersionHistory} knows of. */
export interface HistoryScope {
  /** Namespace of the runtime that is imported into. */
  namespace: string;
  /** Namespaces of the runtimes that are joined into it, the oldest first. */
  joined: readonly string[];
  /** Namespaces of the provider's other runtimes: only their packs are looked at. */
  others: readonly string[];
  /** Imports that came before, by whether their versions were shown then. */
  imports: ReadonlyMap<ImportId, { visible: boolean }>;
}

/** Looks up earlier versions of conversations, as they stood before one import. */
export class VersionHistory {
  readonly #context: ImportContext;
  readonly #scope: HistoryScope;

  constructor(context: ImportContext, scope: HistoryScope) {
    this.#context = context;
    this.#scope = scope;
  }

  /** A conversation that was known keeps its id, also where it came to be in a runtime that was joined since. */
  find(sourceId: string): KnownConversation {
    const { namespace, joined } = this.#scope;
    for (const each of [namespace, ...joined]) {
      const sessionId = importedSessionId(each, sourceId);
      const versions = this.#versions(sessionId).filter(
        ({ importId }) => this.#scope.imports.get(importId)?.visible === true,
      );
      const last = versions.at(-1);
      if (last !== undefined)
        return { sessionId, versions: newestFirst(versions), messages: last.messageCount };
    }
    return { sessionId: importedSessionId(namespace, sourceId), versions: [], messages: 0 };
  }

  /** Where the same bytes of a conversation were stored before, under any of the provider's runtimes. */
  packPlace(sourceId: string, rawSha256: Sha256): PackPlace | undefined {
    const { namespace, joined, others } = this.#scope;
    for (const each of [namespace, ...joined, ...others]) {
      for (const version of this.#versions(importedSessionId(each, sourceId))) {
        const { pack, packOffset, packLength } = version;
        if (version.rawSha256 !== rawSha256 || pack === undefined) continue;
        if (packOffset !== undefined && packLength !== undefined) return { pack, packOffset, packLength };
      }
    }
    return undefined;
  }

  #versions(sessionId: SessionId): ImportReference[] {
    if (this.#scope.imports.size === 0) return [];
    const { storage, user } = this.#context;
    return versionsOfSession(storage.configuration, user.userId, sessionId, { superseded: true }).filter(
      ({ importId }) => this.#scope.imports.has(importId),
    );
  }
}

/** Finished imports in the order in which they were committed. */
export function finishedImports(context: ImportContext): ImportRow[] {
  const { storage, user } = context;
  return listImports(storage.configuration, user.userId, "finished").sort(
    (left, right) => (left.ordinal ?? 0) - (right.ordinal ?? 0),
  );
}

/**
 * The imports before one, as they stood when it was made.
 * @param run undefined for an import that is only beginning.
 */
export function importsBefore(
  finished: readonly ImportRow[],
  run: ImportRow | undefined,
): Map<ImportId, { visible: boolean }> {
  // An import that replaced others found them shown.
  const end = run?.ordinal ?? Number.POSITIVE_INFINITY;
  const ordinals = new Map(finished.map((each) => [each.importId, each.ordinal ?? 0]));
  const before = new Map<ImportId, { visible: boolean }>();
  for (const each of finished) {
    if ((each.ordinal ?? 0) >= end) continue;
    const supersededAt = each.supersededBy === undefined ? undefined : ordinals.get(each.supersededBy);
    before.set(each.importId, { visible: supersededAt === undefined || supersededAt >= end });
  }
  return before;
}

/** Namespaces of runtimes in a form that {@link HistoryScope} takes. */
export function namespacesOf(runtimes: readonly RuntimeRecord[]): string[] {
  return runtimes.flatMap((runtime) => runtime.namespace ?? []);
}
