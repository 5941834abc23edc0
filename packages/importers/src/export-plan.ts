import type { JsonObject, JsonValue, Problem, SidecarKind, SourceIdentity } from "@chatty/model";
import { isJsonObject } from "@chatty/model";
import { readAll } from "./container.ts";
import type { Member } from "./container.ts";
import type { RecognisedBytes } from "./detect/recognise-bytes.ts";
import { splitElements } from "./json/array-splitter.ts";
import { parseRecord } from "./json/parse-record.ts";
import { limits } from "./limits.ts";

/** A member and what its content was recognised as. */
export interface SniffedMember {
  member: Member;
  recognised: RecognisedBytes | undefined;
}

/** What a sidecar element becomes; undefined content means that it is not handed out. */
export interface DescribedSidecar {
  sidecar: SidecarKind;
  sourceId?: string;
  name?: string;
  value?: JsonObject;
}

/** What is to be done with a member. */
export type MemberRole =
  | { kind: "conversations" }
  /** Every element is a record of its own. */
  | { kind: "elements"; describe: (element: JsonObject) => DescribedSidecar }
  /** The member as a whole is one record, unread. */
  | { kind: "whole"; sidecar: SidecarKind };

/** Everything known about an export before its records are read. Members without a role hold files of conversations. */
export interface ExportPlan {
  description: string;
  identity: SourceIdentity;
  problems: Problem[];
  roles: Map<Member, MemberRole>;
  /** Finds the member that holds a file's bytes. */
  findAsset: (fileId: string, conversationId: string) => string | undefined;
}

/** The last part of a member's name. */
export function baseNameOf(member: Member): string {
  return member.lookupName.slice(member.lookupName.lastIndexOf("/") + 1);
}

/** Everything before the last part, with its slash. */
export function folderOf(member: Member): string {
  return member.lookupName.slice(0, member.lookupName.lastIndexOf("/") + 1);
}

/** Reads a small JSON member whole; undefined for anything that is none. */
export async function readSmallJson(member: Member | undefined): Promise<JsonValue | undefined> {
  if (member === undefined || member.size > limits.peekBytes) return undefined;
  const bytes = await readAll(member.read());
  try {
    return parseRecord(bytes).value;
  } catch {
    return undefined;
  }
}

/** The first records of a member that can be read, for what only records tell. */
export async function peekRecords(member: Member | undefined, most: number): Promise<JsonObject[]> {
  const records: JsonObject[] = [];
  if (member === undefined) return records;
  for await (const event of splitElements(member.read())) {
    if (event.kind === "damage") break;
    if (event.kind === "notice") continue;
    try {
      const { value } = parseRecord(event.bytes, event);
      if (isJsonObject(value)) records.push(value);
    } catch {
      break;
    }
    if (records.length >= most) break;
  }
  return records;
}
