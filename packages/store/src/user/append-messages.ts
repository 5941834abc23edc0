import type { MessageId, Part } from "@chatty/model";
import { layout } from "../files/layout.ts";
import type { SessionChange, SessionOutcome } from "../sessions/backend.ts";
import type { AttachmentDraft } from "../user-vault.ts";
import type { AppendResult, ChangeOptions, MessageDraft } from "../views.ts";
import { findNativeRow } from "./find-row.ts";
import { bringFile, releaseStaged } from "./found-files.ts";
import { keepFile } from "./keep-file.ts";
import { checkpointFromDraft, messageFromDraft } from "./message-drafts.ts";
import { commitChanges } from "./session-changes.ts";
import type { UserContext } from "./user-context.ts";

/** Appends messages as one atomic group; see `UserVault.append`. */
export async function appendMessages(
  context: UserContext,
  name: string,
  drafts: readonly MessageDraft[],
  files: readonly AttachmentDraft[],
  options: ChangeOptions,
): Promise<AppendResult[]> {
  const row = findNativeRow(context, name);
  const { storage, user, now } = context;
  const { sessionId } = row;
  const folder = `${layout.session(user, row.constructId, sessionId)}/files`;
  const attached: Part[] = [];
  for (const file of files) attached.push(await keepFile(storage, folder, file));
  const batch: SessionChange[] = [];
  const brought: string[] = [];
  for (const [index, draft] of drafts.entries()) {
    const record = messageFromDraft(draft, index === 0 ? attached : [], now());
    const parts: Part[] = [];
    for (const part of record.parts ?? [])
      parts.push(await carried(context, folder, part, attached, brought));
    if (record.parts !== undefined) record.parts = parts;
    batch.push({ kind: "append", sessionId, record });
  }
  const expected = options.ifMatch === undefined ? undefined : { sessionId, revision: options.ifMatch };
  const guarded = expected === undefined ? context : { ...context, expected };
  const outcomes = await commitChanges(guarded, batch);
  for (const fileId of brought) releaseStaged(context, fileId);
  return outcomes.map(resultOf);
}

/** Keeps what an answer is so far; see `UserVault.checkpoint`. */
export async function keepCheckpoint(
  context: UserContext,
  name: string,
  draft: MessageDraft & { id: MessageId },
): Promise<AppendResult> {
  const { sessionId } = findNativeRow(context, name);
  const record = checkpointFromDraft(draft, context.now());
  const [outcome] = await context.sessions.commit([{ kind: "append", sessionId, record }]);
  return resultOf(outcome ?? {});
}

/** A part as a message of the session carries it: a file that the user has elsewhere is copied into the session. */
async function carried(
  context: UserContext,
  folder: string,
  part: Part,
  attached: readonly Part[],
  brought: string[],
): Promise<Part> {
  if (part.kind !== "image" && part.kind !== "audio" && part.kind !== "video" && part.kind !== "file")
    return part;
  if (part.fileId?.startsWith("sha256:") !== true || part.missing === true) return part;
  if (attached.includes(part)) return part;
  const kept = await bringFile(context, folder, part);
  brought.push(kept.fileId);
  return { ...kept, ...part, fileId: kept.fileId };
}

function resultOf({ sessionId, messageId, seq, hash }: SessionOutcome): AppendResult {
  if (sessionId === undefined || messageId === undefined || seq === undefined || hash === undefined) {
    throw new TypeError("An append gave no outcome.");
  }
  return { sessionId, messageId, seq, hash };
}
