import type { ImportId, JsonObject, JsonValue, SourceIdentity, SourceName } from "@chatty/model";
import { isJsonObject } from "@chatty/model";
import type { ConfigurationReader } from "../workspace/connection.ts";
import { importMetadataFilename, listConstructFiles } from "../workspace/construct-parts.ts";
import type { UserId } from "@chatty/model";
import type { RuntimeRecord } from "../workspace/runtimes.ts";
import type { ImportTally, NamedCount } from "./import-tally.ts";

/** What an import's metadata file is made of. */
export interface ImportMetadataFacts {
  importId: ImportId;
  gptId: string;
  source: SourceName;
  runtime: RuntimeRecord;
  identity: SourceIdentity;
  tally: ImportTally;
  /** Of everything that the runtime shows after this import. */
  totals: { conversations: number; messages: number };
  /** Integer milliseconds UTC. */
  importedAt: number;
  /** The file as the import before left it. */
  previous: JsonObject | undefined;
}

/** The content of `import-metadata.json`: facts about what was imported, never the conversations themselves. */
export function importMetadata(facts: ImportMetadataFacts): JsonObject {
  const { tally, runtime, identity, previous } = facts;
  return {
    id: `${facts.gptId}-import-metadata`,
    source: facts.source,
    identity: {
      email: identity.email ?? null,
      name: identity.name ?? null,
      accountId: identity.accountId ?? null,
    },
    metadata: {
      totalConversations: facts.totals.conversations,
      totalMessages: facts.totals.messages,
      participants: [...tally.participants].sort(),
      dateRange: dateRange(tally, previous),
      sampleConversations: tally.samples,
      projects: named(tally.projects),
      customGpts: named(tally.customGpts),
    },
    importedAt: new Date(facts.importedAt).toISOString(),
    reference: facts.importId,
    constructId: runtime.constructId,
    runtimeId: runtime.runtimeId,
    provider: runtime.provider ?? facts.source,
  };
}

/** The metadata file of a construct as it stands; undefined when there is none that can be read. */
export function readImportMetadata(
  reader: ConfigurationReader,
  userId: UserId,
  gptId: string,
): JsonObject | undefined {
  const file = listConstructFiles(reader, userId, gptId).find(
    ({ filename }) => filename === importMetadataFilename,
  );
  if (file === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(file.content);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** In the order in which they were met. */
export function named(counts: ReadonlyMap<string, NamedCount>): JsonObject[] {
  return [...counts.values()].map((each) => ({ ...each }));
}

function dateRange(tally: ImportTally, previous: JsonObject | undefined): JsonObject {
  const before = isJsonObject(previous?.["metadata"]) ? previous["metadata"]["dateRange"] : undefined;
  const range = isJsonObject(before) ? before : {};
  const starts = [instant(range["start"]), tally.earliestMs].filter((ms) => ms !== undefined);
  const ends = [instant(range["end"]), tally.latestMs].filter((ms) => ms !== undefined);
  return {
    start: starts.length === 0 ? null : new Date(Math.min(...starts)).toISOString(),
    end: ends.length === 0 ? null : new Date(Math.max(...ends)).toISOString(),
  };
}

function instant(value: JsonValue | undefined): number | undefined {
  const ms = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
