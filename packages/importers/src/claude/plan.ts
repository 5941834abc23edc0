import type { JsonObject, Problem, SidecarKind, SourceIdentity } from "@chatty/model";
import { isJsonObject } from "@chatty/model";
import type { Member } from "../container.ts";
import { baseNameOf, peekRecords } from "../export-plan.ts";
import type { DescribedSidecar, ExportPlan, MemberRole, SniffedMember } from "../export-plan.ts";
import { arrayOf, defined, filledTextOf, idOf, objectOf, textOf, without } from "../json-fields.ts";

/** Conversations looked at to find out whose account it is. */
const peekedRecords = 5;
const peekedUsers = 1000;

/** Decides what each member of a Claude export is, and reads who it belongs to. Its files' bytes are never there. */
export async function planClaudeExport(sniffed: readonly SniffedMember[]): Promise<ExportPlan> {
  const roles = new Map<Member, MemberRole>();
  const conversations: Member[] = [];
  const users: Member[] = [];
  for (const { member, recognised } of sniffed) {
    const isUnclear = recognised === undefined || recognised.kind === "empty";
    const isNamed = baseNameOf(member) === "conversations.json" || member.name === "";
    if ((recognised?.kind === "conversations" && recognised.source === "claude") || (isNamed && isUnclear)) {
      conversations.push(member);
      roles.set(member, { kind: "conversations" });
      continue;
    }
    roles.set(member, sidecarRole(member, recognised?.kind));
    if (baseNameOf(member) === "users.json" || recognised?.kind === "sidecar") users.push(member);
  }
  const problems: Problem[] = [];
  return {
    description: describe(sniffed, conversations),
    identity: await readIdentity(users, conversations),
    problems,
    roles,
    findAsset: () => undefined,
  };
}

function sidecarRole(member: Member, recognised: string | undefined): MemberRole {
  const base = baseNameOf(member);
  const path = member.lookupName;
  if (recognised === "claude-manifest") return { kind: "elements", describe: describeManifest };
  // Where and when somebody logged in is nobody's reading.
  if (base === "login_history.json") return { kind: "whole", sidecar: "other" };
  if (/(?:^|\/)artifacts\//.test(path)) {
    return base === "artifact.json"
      ? { kind: "elements", describe: (element) => describeAs("artifact", element, "id", "kind") }
      : { kind: "whole", sidecar: "artifact" };
  }
  if (/(?:^|\/)reflections\//.test(path) && base.endsWith(".json")) {
    return { kind: "elements", describe: (element) => describeAs("feedback", element, "uuid", "title") };
  }
  if (recognised === "sidecar" || /^(?:users|projects|memories)\.json$/.test(base)) {
    return { kind: "elements", describe: describeElement };
  }
  return /(?:^|\/)(?:projects|memories)\/[^/]+\.json$/.test(path)
    ? { kind: "elements", describe: describeElement }
    : { kind: "whole", sidecar: "other" };
}

/** Tells accounts, projects and memories apart by their own fields. */
function describeElement(element: JsonObject): DescribedSidecar {
  if (typeof element["email_address"] === "string") {
    const kept = Object.keys(element).filter((key) => !["uuid", "full_name", "email_address"].includes(key));
    return describeAs("user", without(element, kept), "uuid", "full_name");
  }
  if (Object.hasOwn(element, "prompt_template") || Object.hasOwn(element, "docs")) {
    return describeAs("project", element, "uuid", "name");
  }
  const isMemory = ["conversations_memory", "project_memories", "memory_files"].some((key) =>
    Object.hasOwn(element, key),
  );
  return isMemory
    ? describeAs("memory", element, "account_uuid", "name")
    : describeAs("other", element, "uuid", "name");
}

/** The addresses in it give anybody the files once: they are secrets and stay in the archive. */
function describeManifest(element: JsonObject): DescribedSidecar {
  const files = arrayOf(element["data_files"]).map((file) => {
    return isJsonObject(file) ? without(file, Object.keys(file).filter(isSecretKey)) : null;
  });
  const rest = without(element, [...Object.keys(element).filter(isSecretKey), "data_files"]);
  return { sidecar: "manifest", value: { ...rest, data_files: files } };
}

function isSecretKey(key: string): boolean {
  return /url|token|secret|signature|password/i.test(key);
}

function describeAs(
  sidecar: SidecarKind,
  element: JsonObject,
  idKey: string,
  nameKey: string,
): DescribedSidecar {
  return {
    sidecar,
    ...defined({ sourceId: idOf(element[idKey]), name: textOf(element[nameKey]) }),
    value: element,
  };
}

/** The account of the conversations, with the name and address that the account list gives it. */
async function readIdentity(
  users: readonly Member[],
  conversations: readonly Member[],
): Promise<SourceIdentity> {
  let accountId: string | undefined;
  for (const member of conversations) {
    const records = await peekRecords(member, peekedRecords);
    accountId = records.map(accountOf).find((id) => id !== undefined);
    if (accountId !== undefined) break;
  }
  const accounts: JsonObject[] = [];
  for (const member of users) {
    for (const record of await peekRecords(member, peekedUsers)) {
      if (typeof record["email_address"] === "string" || Object.hasOwn(record, "full_name"))
        accounts.push(record);
      else if (accountId === undefined) accountId = idOf(record["account_uuid"]);
    }
  }
  const account =
    accountId === undefined
      ? accounts.length === 1
        ? accounts[0]
        : undefined
      : accounts.find((user) => idOf(user["uuid"]) === accountId);
  return defined({
    accountId: accountId ?? idOf(account?.["uuid"]),
    email: filledTextOf(account?.["email_address"]),
    name: filledTextOf(account?.["full_name"]),
  });
}

function accountOf(record: JsonObject): string | undefined {
  const account = idOf(objectOf(record["account"])["uuid"]);
  if (account !== undefined) return account;
  const message = arrayOf(record["messages"]).find(isJsonObject);
  return idOf(objectOf(message?.["content"])["authorAccountUuid"]);
}

function describe(sniffed: readonly SniffedMember[], conversations: readonly Member[]): string {
  if (sniffed.length === 1 && sniffed[0]?.member.name === "") return "Claude conversations file";
  if (conversations.length === 0) return "Claude export without conversations";
  if (conversations.length === 1) return "Claude export";
  return `Claude export, ${conversations.length} conversation files`;
}
