import { ChattyError } from "@chatty/model";
import type { ByteSource, OpenedExport, Problem, SourceName } from "@chatty/model";
import { isUpload } from "./chatgpt/assets.ts";
import { planChatGptExport } from "./chatgpt/plan.ts";
import { planClaudeExport } from "./claude/plan.ts";
import { isConversationText } from "./convert-record.ts";
import { openContainer, openNested } from "./container.ts";
import type { Container, Member } from "./container.ts";
import { recogniseBytes } from "./detect/recognise-bytes.ts";
import { chooseSource, holdsConversations } from "./detect/verdict.ts";
import type { SniffedMember } from "./export-plan.ts";
import { splitElements } from "./json/array-splitter.ts";
import { isLegacyArchive, openLegacyExport } from "./legacy/legacy-export.ts";
import { readRecords, bytesToRead } from "./read-records.ts";

/** Members that are neither named like data nor the only one are looked into only up to this many. */
const sniffedOthers = 2000;

/**
 * Opens an export: checks its container, recognises whose it is by content and reads who it belongs to. The records are
 * read later, as they are asked for.
 */
export async function openExport(
  bytes: ByteSource,
  options: { source?: SourceName } = {},
): Promise<OpenedExport> {
  if (bytes.size === 0) {
    throw new ChattyError("NOT_AN_EXPORT", `${bytes.name} is empty.`, { hint: "Download the export again." });
  }
  const container = await openContainer(bytes);
  if (isLegacyArchive(container)) return await openLegacyExport(container);
  let problems: Problem[] = [];
  let sniffed = await sniffMembers(container);
  if (!holdsConversations(sniffed) && container.nested.length > 0) {
    const nested = await openNested(bytes, container);
    const inner = await sniffMembers({ isArchive: true, members: nested.members, nested: [] });
    const archives = new Set(container.nested.map(({ member }) => member));
    sniffed = [...sniffed.filter(({ member }) => !archives.has(member)), ...inner];
    problems = nested.problems;
  }
  const source = chooseSource(bytes.name, sniffed, problems, options.source);
  problems = [...problems, ...sniffed.flatMap(encodingProblem)];
  const plan = source === "chatgpt" ? await planChatGptExport(sniffed) : await planClaudeExport(sniffed);
  await refuseUnreadable(bytes.name, source, conversationMembers(plan.roles));
  const byName = new Map<string, Member>();
  for (const member of [...container.members, ...sniffed.map((each) => each.member)])
    byName.set(member.name, member);
  return {
    source,
    description: plan.description,
    identity: plan.identity,
    totalBytes: bytesToRead(plan),
    problems: [...problems, ...plan.problems],
    records: (onProgress) => readRecords(source, plan, onProgress),
    readMember(name) {
      const member = byName.get(name);
      if (member !== undefined) return member.read();
      throw new ChattyError("MEMBER_NOT_FOUND", `${bytes.name} has no member ${JSON.stringify(name)}.`, {
        hint: "The export was replaced by another one, or the name is not the raw one.",
        where: { member: name },
      });
    },
  };
}

/**
 * Looks into the members that can matter: those named like data first, all others only where these give nothing. What
 * people uploaded comes last: it may well be somebody's export, and is not this one.
 */
async function sniffMembers(container: Container): Promise<SniffedMember[]> {
  const sniffed: SniffedMember[] = container.members.map((member) => ({ member, recognised: undefined }));
  const isData = ({ member }: SniffedMember): boolean => {
    return /\.(?:jsonl?|txt)$/i.test(member.lookupName) && !isUpload(member);
  };
  for (const each of sniffed) {
    if (!container.isArchive || isData(each)) each.recognised = await recogniseBytes(each.member.read());
  }
  if (!container.isArchive || sniffed.some(({ recognised }) => isVerdict(recognised?.kind))) return sniffed;
  const others = sniffed.filter((other) => !isData(other)).slice(0, sniffedOthers);
  for (const each of others) each.recognised = await recogniseBytes(each.member.read());
  return sniffed;
}

function encodingProblem({ member, recognised }: SniffedMember): Problem[] {
  if (recognised?.kind !== "wrong-encoding") return [];
  const message = `A member is written in ${recognised.encoding}, not in UTF-8, and was not read.`;
  return [{ code: "UNSUPPORTED_ENCODING", message, where: { member: member.name } }];
}

function isVerdict(kind: string | undefined): boolean {
  return kind !== undefined && kind !== "empty" && kind !== "wrong-encoding";
}

function conversationMembers(roles: ReadonlyMap<Member, { kind: string }>): Member[] {
  return [...roles].filter(([, role]) => role.kind === "conversations").map(([member]) => member);
}

/** A file whose only content is one torn record holds nothing that could be imported. */
async function refuseUnreadable(
  archive: string,
  source: SourceName,
  members: readonly Member[],
): Promise<void> {
  const [member] = members;
  if (member === undefined || members.length > 1) return;
  const accepts = (candidate: Buffer): boolean => isConversationText(source, candidate);
  let damage: "torn" | "syntax" | undefined;
  for await (const event of splitElements(member.read(), { accepts })) {
    if (event.kind === "notice") continue;
    if (event.kind === "element" || damage !== undefined || event.reason === "oversized") return;
    damage = event.reason;
  }
  if (damage === undefined) return;
  const [code, what] =
    damage === "torn"
      ? ["JSON_TRUNCATED", "ends inside its first conversation"]
      : ["JSON_UNREADABLE", "is not valid JSON from its first conversation on"];
  throw new ChattyError(
    code,
    `${member.name === "" ? archive : member.name} ${what}; nothing in it can be read.`,
    {
      hint: "Download the export again; the file is incomplete or was changed.",
      where: { member: member.name },
    },
  );
}
