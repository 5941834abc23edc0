import type { JsonObject, JsonValue, Problem, SidecarKind, SourceIdentity } from "@chatty/model";
import type { Member } from "../container.ts";
import { baseNameOf, folderOf, peekRecords, readSmallJson } from "../export-plan.ts";
import type { DescribedSidecar, ExportPlan, MemberRole, SniffedMember } from "../export-plan.ts";
import {
  arrayOf,
  defined,
  filledTextOf,
  idOf,
  objectOf,
  objectsOf,
  textOf,
  without,
} from "../json-fields.ts";
import { indexAssets } from "./assets.ts";

const shardName = /^conversations-\d+\.json$/;
const singleName = "conversations.json";

/** Decides what each member of a ChatGPT export is, reads who it belongs to and where its files lie. */
export async function planChatGptExport(sniffed: readonly SniffedMember[]): Promise<ExportPlan> {
  const members = sniffed.map(({ member }) => member);
  const problems: Problem[] = [];
  const listings = await readManifests(members);
  const conversations = chooseConversations(sniffed, listings, problems);
  const assets = indexAssets(members, await readAssetNames(members));
  const roles = new Map<Member, MemberRole>();
  for (const member of members) {
    const role = conversations.has(member) ? ({ kind: "conversations" } as const) : sidecarRole(member);
    if (role.kind === "whole" && role.sidecar === "other" && assets.has(member)) continue;
    roles.set(member, role);
  }
  return {
    description: describe(members, conversations),
    identity: await readIdentity(members, [...conversations][0]),
    problems,
    roles,
    findAsset: (fileId, conversationId) => assets.find(fileId, conversationId),
  };
}

/** The conversation files a manifest lists, under the names they have among the members. */
interface Listing {
  folder: string;
  shards: string[];
}

async function readManifests(members: readonly Member[]): Promise<Listing[]> {
  const listings: Listing[] = [];
  for (const member of members) {
    if (baseNameOf(member) !== "export_manifest.json") continue;
    const logical = objectOf(objectOf(await readSmallJson(member))["logical_files"]);
    const entry = objectOf(Object.hasOwn(logical, singleName) ? logical[singleName] : undefined);
    const files = arrayOf(entry["files"]).flatMap((file) => filledTextOf(file) ?? []);
    if (files.length === 0) continue;
    const folder = folderOf(member);
    listings.push({
      folder,
      shards: files.map((file) => folder + file.replaceAll("\\", "/").replace(/^\.?\//, "")),
    });
  }
  return listings;
}

/**
 * Takes every member that holds conversations, but where a folder has shards it leaves a single file beside them out:
 * it is of an older export that was unpacked into the same folder.
 */
function chooseConversations(
  sniffed: readonly SniffedMember[],
  listings: readonly Listing[],
  problems: Problem[],
): Set<Member> {
  const chosen = new Set<Member>();
  const listed = new Set(listings.flatMap(({ shards }) => shards));
  const present = new Set(sniffed.map(({ member }) => member.lookupName));
  for (const { member, recognised } of sniffed) {
    const isNamed =
      shardName.test(baseNameOf(member)) || baseNameOf(member) === singleName || member.name === "";
    const isUnclear = recognised === undefined || recognised.kind === "empty";
    const isRecognised = recognised?.kind === "conversations" && recognised.source === "chatgpt";
    if (isRecognised || listed.has(member.lookupName) || (isNamed && isUnclear)) chosen.add(member);
  }
  const shardFolders = new Set(listings.map(({ folder }) => folder));
  for (const member of chosen) if (shardName.test(baseNameOf(member))) shardFolders.add(folderOf(member));
  for (const member of chosen) {
    if (baseNameOf(member) !== singleName || listed.has(member.lookupName)) continue;
    if (!shardFolders.has(folderOf(member))) continue;
    chosen.delete(member);
    problems.push({
      code: "STALE_CONVERSATIONS_FILE",
      message: "A single conversations file lies beside shards; the shards were read and it was not.",
      where: { member: member.name },
    });
  }
  for (const shard of listed) {
    if (present.has(shard)) continue;
    problems.push({
      code: "SHARD_MISSING",
      message: "The export's manifest lists this part, but it is not in the archive; the others were read.",
      where: { member: shard },
    });
  }
  return chosen;
}

async function readAssetNames(members: readonly Member[]): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  for (const member of members) {
    const base = baseNameOf(member);
    if (base === "conversation_asset_file_names.json") {
      for (const [key, name] of Object.entries(objectOf(await readSmallJson(member)))) {
        if (typeof name === "string") names.set(key, name);
      }
    } else if (base === "library_files.json") {
      for (const file of libraryFiles(await readSmallJson(member))) {
        const id = idOf(file["file_id"]);
        const name = filledTextOf(file["file_name"]);
        if (id !== undefined && name !== undefined && !names.has(id)) names.set(id, name);
      }
    }
  }
  return names;
}

function libraryFiles(value: JsonValue | undefined): JsonObject[] {
  if (Array.isArray(value)) return objectsOf(value);
  const inner = objectOf(value);
  return objectsOf(inner["files"] ?? inner["items"]);
}

/** The account file, else the ratings, else the folder of generated pictures, else the records themselves. */
async function readIdentity(
  members: readonly Member[],
  conversations: Member | undefined,
): Promise<SourceIdentity> {
  const named = (name: string): Member | undefined => members.find((member) => baseNameOf(member) === name);
  const user = await readSmallJson(named("user.json"));
  const account = objectOf(Array.isArray(user) ? user[0] : user);
  const identity: SourceIdentity = defined({
    accountId: idOf(account["id"]),
    email: filledTextOf(account["email"]),
    name: filledTextOf(account["name"]),
  });
  if (identity.accountId !== undefined || identity.email !== undefined) return identity;
  const [feedback] = await peekRecords(named("message_feedback.json"), 1);
  const rater = idOf(feedback?.["user_id"]) ?? folderAccount(members);
  if (rater !== undefined) return { ...identity, accountId: rater };
  const [first] = await peekRecords(conversations, 1);
  const owner = idOf(first?.["user_id"]);
  return owner === undefined ? identity : { ...identity, accountId: owner };
}

function folderAccount(members: readonly Member[]): string | undefined {
  for (const { lookupName } of members) {
    const folder = /(?:^|\/)(user-[A-Za-z0-9]+)\//.exec(lookupName)?.[1];
    if (folder !== undefined) return folder;
  }
  return undefined;
}

const elementKinds: ReadonlyMap<string, (element: JsonObject) => DescribedSidecar> = new Map([
  ["user.json", (element) => describeSidecar("user", element, "id", "name", ["id", "email", "name"])],
  ["message_feedback.json", (element) => describeSidecar("feedback", element, "id")],
  ["shared_conversations.json", (element) => describeSidecar("shared", element, "id", "title")],
  ["user_settings.json", (element) => describeSidecar("settings", element, "user_id")],
  ["library_files.json", (element) => describeSidecar("library", element, "file_id", "file_name")],
  ["conversation_asset_file_names.json", (element) => describeSidecar("library", element)],
  ["export_manifest.json", (element) => describeSidecar("manifest", element)],
] as [string, (element: JsonObject) => DescribedSidecar][]);

function sidecarRole(member: Member): MemberRole {
  const describeElement = elementKinds.get(baseNameOf(member));
  if (describeElement !== undefined) return { kind: "elements", describe: describeElement };
  if (/(?:^|\/)textdocs\/[^/]+\.json$/.test(member.lookupName)) {
    return { kind: "elements", describe: (element) => describeSidecar("artifact", element, "id", "title") };
  }
  return { kind: "whole", sidecar: "other" };
}

/** @param kept the only fields handed out; all of them without it. Addresses that grant access never are. */
function describeSidecar(
  sidecar: SidecarKind,
  element: JsonObject,
  idKey?: string,
  nameKey?: string,
  kept?: readonly string[],
): DescribedSidecar {
  const dropped = Object.keys(element).filter(
    (key) => kept?.includes(key) === false || /export_url|download_url/.test(key),
  );
  return {
    sidecar,
    ...defined({
      sourceId: idKey === undefined ? undefined : idOf(element[idKey]),
      name: nameKey === undefined ? undefined : textOf(element[nameKey]),
    }),
    value: without(element, dropped),
  };
}

function describe(members: readonly Member[], conversations: ReadonlySet<Member>): string {
  const count = conversations.size;
  if (members.length === 1 && members[0]?.name === "") return "ChatGPT conversations file";
  if (count === 0) return "ChatGPT export without conversations";
  if (count === 1) return "ChatGPT export";
  const areShards = [...conversations].every((member) => shardName.test(baseNameOf(member)));
  return `ChatGPT export, ${count} ${areShards ? "shards" : "conversation files"}`;
}
