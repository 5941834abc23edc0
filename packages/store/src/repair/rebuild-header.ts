import type { RuntimeId } from "@chatty/model";
import type { ConversationCreatedEvent } from "../continuity/events.ts";
import type { ForkOrigin, JournalHeader, JournalHome } from "../journal/record.ts";
import { sealLine } from "../log/chained-line.ts";
import type { UserSpace } from "../vault/user-space.ts";
import { providerPreset } from "../workspace/presets.ts";
import { listRuntimes } from "../workspace/runtimes.ts";
import { seqOf } from "./assemble-journals.ts";
import type { AssembledJournal } from "./assemble-journals.ts";
import type { KnownSession } from "./known-sessions.ts";

/** What is known of a session beside its journal. */
export interface HeaderSources {
  space: UserSpace;
  session: KnownSession;
  /** The session's event of its creation. */
  created: ConversationCreatedEvent | undefined;
}

type Metadata = JournalHeader["metadata"];

/**
 * The header of a journal that lost it. When one made of what is known is the very line that the first record continues, that is the
 * header. Else it says in `rebuilt` what it was made from and what nothing tells any more; nothing is made up.
 */
export function rebuildHeader(assembled: AssembledJournal, sources: HeaderSources): JournalHeader {
  const known = knownHeader(assembled, sources);
  const [first] = assembled.records;
  if (first !== undefined && seqOf(first) === 1) {
    for (const home of [undefined, ...possibleHomes(sources)]) {
      const { forkedFrom, ...metadata } = known.header.metadata;
      const plain: Metadata = {
        ...metadata,
        ...(home === undefined ? {} : { home }),
        ...(forkedFrom === undefined ? {} : { forkedFrom }),
      };
      const header = { ...known.header, metadata: plain };
      if (sealLine(header, "").hash === first.body.prev) return header;
    }
  }
  const { from, unknown } = known;
  return { ...known.header, metadata: { ...known.header.metadata, rebuilt: { from, unknown } } };
}

function knownHeader(
  { records }: AssembledJournal,
  { space, session, created }: HeaderSources,
): { header: JournalHeader; from: string[]; unknown: string[] } {
  const { row } = session;
  const said = records.find(({ body }) => typeof body["runtimeId"] === "string")?.body;
  const from = new Set<string>();
  const unknown: string[] = [];
  const first = <Value>(key: string, values: Record<string, Value | undefined>, otherwise: Value): Value => {
    for (const [source, value] of Object.entries(values)) {
      if (value === undefined) continue;
      from.add(source);
      return value;
    }
    unknown.push(key);
    return otherwise;
  };
  const timestamp = first(
    "timestamp",
    { events: timeOf(created), catalog: row?.createdAt },
    Number(records[0]?.body["timestamp"] ?? 0),
  );
  const runtimeId = first<string>(
    "runtimeId",
    {
      events: created?.runtimeId,
      catalog: row?.runtimeId,
      records: said?.["runtimeId"] as string | undefined,
      configuration: runtimeOf(space, session),
    },
    session.constructId.replace(/-\d+$/, ""),
  );
  const title = first("title", { events: created?.title, catalog: row?.title }, "Damaged conversation");
  const source = first<Metadata["source"]>("source", { events: created?.source }, "restored");
  const commit = first("commit", { events: created?.commit }, Number(records[0]?.body["commit"] ?? 0));
  const forkedFrom = forkOf(records, row);
  if (forkedFrom !== undefined) unknown.push("forkedFrom.messageCount");
  const metadata: Metadata = {
    userId: space.context.userId,
    runtimeId,
    constructId: session.constructId,
    title,
    source,
    commit,
    ...(forkedFrom === undefined ? {} : { forkedFrom }),
  };
  const header: JournalHeader = { version: "1.0", chat_id: session.sessionId, timestamp, metadata };
  return { header, from: [...from], unknown: [...unknown, "home"] };
}

function timeOf(created: ConversationCreatedEvent | undefined): number | undefined {
  const time = created === undefined ? Number.NaN : Date.parse(created.timestamp);
  return Number.isFinite(time) ? time : undefined;
}

function runtimeOf(space: UserSpace, { constructId }: KnownSession): RuntimeId | undefined {
  const { configuration } = space.context.storage;
  return listRuntimes(configuration, space.context.userId, { all: true }).find(
    (runtime) => runtime.constructId === constructId,
  )?.runtimeId;
}

/** The record of a fork says where it goes on from; how many messages its past had stood in the header alone. */
function forkOf(records: AssembledJournal["records"], row: KnownSession["row"]): ForkOrigin | undefined {
  const fork = records.find(({ body }) => body["kind"] === "fork" && body["direction"] === "from")?.body;
  if (fork === undefined || row?.forkedFrom === undefined) return undefined;
  const messageId = fork["messageId"];
  return {
    sessionId: String(fork["sessionId"]),
    runtimeId: String(fork["runtimeId"]),
    ...(typeof messageId === "string" ? { messageId } : {}),
    messageCount: 0,
    imported: false,
  };
}

/** How the header of a home says that it is one. */
function possibleHomes({ space, session }: HeaderSources): JournalHome[] {
  const { configuration } = space.context.storage;
  return listRuntimes(configuration, space.context.userId, { all: true })
    .filter((runtime) => runtime.constructId === session.constructId)
    .map((runtime) => ({
      providerLabel: runtime.provider === undefined ? runtime.name : providerPreset(runtime.provider).label,
      source: runtime.provider ?? "chatty",
      isPrimary: true,
    }));
}
