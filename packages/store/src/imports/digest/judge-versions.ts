import type { ExportReader, SourceConversation, SourceName } from "@chatty/model";
import { isChattyError } from "@chatty/model";
import { compareVersions } from "../conversation-hashes.ts";
import type { ConversationChange } from "../conversation-hashes.ts";
import { mergeVersions, messageCount } from "../merge-versions.ts";

/** One version of a conversation, by its bytes; all of them are converted from nothing else, so that only bytes make a difference. */
export interface JudgedVersion {
  raw: Uint8Array;
  /** Of the same export: it was read a moment ago, so that it must be readable now. */
  isOwn: boolean;
  /** False for a version that is compared with and not merged. */
  isCounted: boolean;
}

/** A question about a version that has just been read. */
export interface VersionQuestion {
  source: SourceName;
  arrived: Uint8Array;
  /** Versions known before, newest first. */
  known: JudgedVersion[];
  /** True when the arrived version only adds to the known ones, as an older one does. */
  isMergedLast: boolean;
}

export interface Judgement {
  /** From the first of the known versions to the arrived one; undefined when the first cannot be read. */
  change: ConversationChange | undefined;
  /** True when the arrived version has nodes that no known one has. */
  addsNodes: boolean;
  /** Messages of all counted versions together. */
  messages: number;
  /** Known versions that cannot be read and were left out, with why. */
  unreadable: { index: number; message: string }[];
}

/** Compares a version with those known before, and counts the messages of all of them. @throws {ChattyError} RECORD_UNREADABLE */
export function judgeVersions(reader: ExportReader, question: VersionQuestion): Judgement {
  const { source, isMergedLast } = question;
  const arrived = reader.convert(source, question.arrived);
  const unreadable: Judgement["unreadable"] = [];
  const convert = (version: JudgedVersion, index: number): SourceConversation | undefined => {
    try {
      return reader.convert(source, version.raw);
    } catch (error) {
      if (version.isOwn || !isChattyError(error)) throw error;
      unreadable.push({ index, message: error.message });
      return undefined;
    }
  };
  const known = question.known.map(convert);
  const [first] = known;
  const counted = known.filter(
    (version, index) => version !== undefined && question.known[index]?.isCounted === true,
  ) as SourceConversation[];
  const ids = new Set(known.flatMap((version) => version?.nodes.map(({ sourceId }) => sourceId) ?? []));
  const ordered = isMergedLast ? [...counted, arrived] : [arrived, ...counted];
  return {
    change: first === undefined ? undefined : compareVersions(first, arrived),
    addsNodes: arrived.nodes.some(({ sourceId }) => !ids.has(sourceId)),
    messages: messageCount(mergeVersions(ordered).nodes),
    unreadable,
  };
}
