import type { Problem, Sha256 } from "@chatty/model";
import { isChattyError } from "@chatty/model";
import type { ImportReference } from "../workspace/references.ts";
import { newestFirst } from "../workspace/references.ts";
import type { ConversationFacts } from "./digest/conversation-facts.ts";
import type { ExportDigests } from "./digest/export-digests.ts";
import type { JudgedVersion } from "./digest/judge-versions.ts";
import type { ImportContext } from "./import-context.ts";
import type { ConversationFate } from "./import-tally.ts";
import type { CompressedRecord } from "./pack.ts";
import { readPackFrame, unpackRecord } from "./pack.ts";
import { packPathOf, readVersionBytes } from "./version-bytes.ts";
import type { KnownConversation, PackPlace } from "./version-history.ts";

/** A version that an import brought itself; more than one when the archive has an id twice. */
export interface OwnVersion extends PackPlace {
  rawSha256: Sha256;
  updatedAt: number | undefined;
}

/** A version that has just been read, and what was known of its conversation before. */
export interface ArrivedConversation {
  opened: ExportDigests;
  facts: ConversationFacts;
  bytes: CompressedRecord;
  known: KnownConversation;
  /** Versions of it that came before in the same export, in their order. */
  own: readonly OwnVersion[];
  /** True when the import replaces everything before it: earlier versions are then compared with and not merged. */
  replaces: boolean;
  /** The pack that is being written. */
  pack: { packName: string; packPath: string };
}

/** What happened to a conversation. */
export interface JudgedConversation {
  fate: ConversationFate;
  /** How many messages it has with all that is kept of earlier versions. */
  messages: number;
  /** Earlier versions that cannot be read. */
  problems: Problem[];
}

/** Tells what happened to a conversation. Only where hashes do not tell, versions are read and compared, by the export's thread. */
export async function judgeConversation(
  context: ImportContext,
  arrived: ArrivedConversation,
): Promise<JudgedConversation> {
  const { facts, bytes, known, own, replaces } = arrived;
  const { versions } = known;
  const merged = replaces ? [] : versions;
  const alone = facts.messages;
  if (own.length > 0) return judgeRepeated(context, arrived, merged);
  const newest = versions[0];
  if (newest === undefined) return { fate: "new", messages: alone, problems: [] };
  const messages = replaces ? alone : known.messages;
  if (isOlder(facts, merged)) return judgeOlder(context, arrived);
  if (newest.rawSha256 === bytes.rawSha256) return { fate: "unchanged", messages, problems: [] };
  if (newest.contentSha256 === facts.contentSha256) {
    const sameTitle = (newest.title ?? "") === (facts.title?.toWellFormed() ?? "");
    return { fate: sameTitle ? "unchanged" : "edited", messages, problems: [] };
  }
  const found = [
    ...(await readVersions(context, versions.slice(0, 1), !replaces)),
    ...(await readVersions(context, merged.slice(1), true)),
  ];
  const judged = await ask(arrived, found, false);
  const change = found[0]?.version === newest && "raw" in found[0] ? judged.change : undefined;
  return { fate: change ?? "edited", messages: judged.messages, problems: judged.problems };
}

/** A version that is older than what is known: what differs in it is only what was before, and what it adds is kept. */
async function judgeOlder(context: ImportContext, arrived: ArrivedConversation): Promise<JudgedConversation> {
  const { facts, bytes, known } = arrived;
  const { versions, messages } = known;
  const isKnown = versions.some(
    ({ rawSha256, contentSha256 }) => rawSha256 === bytes.rawSha256 || contentSha256 === facts.contentSha256,
  );
  if (isKnown) return { fate: "unchanged", messages, problems: [] };
  const judged = await ask(arrived, await readVersions(context, versions, true), true);
  return {
    fate: judged.addsNodes ? "grown" : "unchanged",
    messages: judged.messages,
    problems: judged.problems,
  };
}

/** A conversation that this archive has had before. */
async function judgeRepeated(
  context: ImportContext,
  arrived: ArrivedConversation,
  merged: readonly ImportReference[],
): Promise<JudgedConversation> {
  const { facts, own } = arrived;
  const found: FoundVersion[] = [];
  for (const version of newestFirst(own)) {
    found.push({ raw: await ownBytes(context, version, arrived.pack), isOwn: true, isCounted: true });
  }
  found.push(...(await readVersions(context, merged, true)));
  const judged = await ask(arrived, found, false);
  const { messages, problems } = judged;
  if (!isOlder(facts, [...own, ...merged])) return { fate: judged.change ?? "unchanged", messages, problems };
  return { fate: judged.addsNodes ? "grown" : "unchanged", messages, problems };
}

/** A version with its bytes, or why it has none. */
type FoundVersion =
  | (JudgedVersion & { version?: ImportReference })
  | { version: ImportReference; problem: Problem };

interface Asked {
  /** Undefined when the first version that was found cannot be read. */
  change: "unchanged" | "grown" | "edited" | undefined;
  addsNodes: boolean;
  messages: number;
  problems: Problem[];
}

async function ask(
  { opened, bytes }: ArrivedConversation,
  found: readonly FoundVersion[],
  isMergedLast: boolean,
): Promise<Asked> {
  const readable = found.filter((each) => "raw" in each);
  const judgement = await opened.judge({
    source: opened.source,
    arrived: await unpackRecord(bytes),
    known: readable.map(({ raw, isOwn, isCounted }) => ({ raw, isOwn, isCounted })),
    isMergedLast,
  });
  const messages = new Map(judgement.unreadable.map(({ index, message }) => [readable[index], message]));
  const problems = found.flatMap((each) => {
    if ("problem" in each) return [each.problem];
    const message = messages.get(each);
    return message === undefined || each.version === undefined ? [] : [unreadable(each.version, message)];
  });
  return { change: judgement.change, addsNodes: judgement.addsNodes, messages: judgement.messages, problems };
}

/** Earlier versions, each of different bytes once. */
async function readVersions(
  context: ImportContext,
  versions: readonly ImportReference[],
  isCounted: boolean,
): Promise<FoundVersion[]> {
  const found: FoundVersion[] = [];
  const seen = new Set<string>();
  for (const version of versions) {
    if (version.rawSha256 === undefined || seen.has(version.rawSha256)) continue;
    seen.add(version.rawSha256);
    try {
      found.push({ version, raw: await readVersionBytes(context, version), isOwn: false, isCounted });
    } catch (error) {
      if (!isChattyError(error)) throw error;
      found.push({ version, problem: unreadable(version, error.message) });
    }
  }
  return found;
}

function unreadable(version: ImportReference, reason: string): Problem {
  const where = { member: version.member, offset: version.memberOffset };
  return {
    code: "EARLIER_VERSION_UNREADABLE",
    message: `An earlier version of a conversation cannot be read: ${reason}`,
    where: version.sourceId === undefined ? where : { ...where, conversation: version.sourceId },
  };
}

async function ownBytes(
  context: ImportContext,
  version: OwnVersion,
  { packName, packPath }: ArrivedConversation["pack"],
): Promise<Buffer> {
  const path = version.pack === packName ? packPath : packPathOf(context, version.pack);
  const frame = { offset: version.packOffset, length: version.packLength };
  return readPackFrame(context.storage.files, path, frame, version.rawSha256);
}

/** True when a version that has just been read does not become the newest; see {@link newestFirst}. */
function isOlder(
  { updatedAt }: Pick<ConversationFacts, "updatedAt">,
  known: readonly Pick<ImportReference, "updatedAt">[],
): boolean {
  return updatedAt !== undefined && known.some((each) => (each.updatedAt ?? updatedAt) > updatedAt);
}
