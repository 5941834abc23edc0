import { ChattyError } from "@chatty/model";
import { layout } from "../files/layout.ts";
import type { AttachmentDraft } from "../user-vault.ts";
import type { KnowledgeFileView } from "../views.ts";
import {
  constructFileChange,
  constructPartRemoval,
  importMetadataFilename,
  listConstructFiles,
} from "../workspace/construct-parts.ts";
import { recorded } from "./acts.ts";
import { actOn, findConstruct } from "./construct-changes.ts";
import { keepFile } from "./keep-file.ts";
import type { UserContext } from "./user-context.ts";

/** Copies a file into a construct's folder and records it. The same content again is the same file. */
export async function addKnowledgeFile(
  context: UserContext,
  name: string,
  draft: AttachmentDraft,
): Promise<KnowledgeFileView> {
  const { storage, user, userId, now, sessions } = context;
  const construct = findConstruct(context, name);
  const kept = await keepFile(storage, `${layout.instance(user, construct.constructId)}/files`, draft);
  const uploadedAt = now();
  const change = constructFileChange(userId, {
    // One row a content, so that a repeat finds the same row.
    fileId: `${construct.gptId}-${kept.fileId}`,
    gptId: construct.gptId,
    filename: `${kept.fileId.slice("sha256:".length)}`,
    originalName: draft.name,
    mimeType: kept.mime,
    size: kept.size,
    content: kept.fileId,
    extractedText: undefined,
    metadata: {},
    uploadedAt,
    active: true,
  });
  await sessions.commit(() => recorded(context, actOn(construct, "file"), [change]));
  return { fileId: kept.fileId, name: draft.name, mime: kept.mime, size: kept.size, uploadedAt };
}

/** Knowledge files of a construct, oldest first; what Chatty keeps there for itself is left out. */
export function knowledgeFiles(context: UserContext, name: string): KnowledgeFileView[] {
  const construct = findConstruct(context, name);
  return listConstructFiles(context.storage.configuration, context.userId, construct.gptId)
    .filter((file) => file.filename !== importMetadataFilename && file.active)
    .map(({ content, originalName, mimeType, size, uploadedAt }) => ({
      fileId: content,
      name: originalName,
      mime: mimeType,
      size,
      uploadedAt,
    }));
}

/** Takes a knowledge file from its construct; its bytes stay in the construct's folder. */
export async function removeKnowledgeFile(context: UserContext, name: string, fileId: string): Promise<void> {
  const { storage, userId, sessions } = context;
  const construct = findConstruct(context, name);
  const file = listConstructFiles(storage.configuration, userId, construct.gptId).find(
    ({ content, filename, active }) => content === fileId && filename !== importMetadataFilename && active,
  );
  if (file === undefined) {
    throw new ChattyError("FILE_NOT_FOUND", `${construct.constructId} has no file ${fileId.slice(0, 80)}.`, {
      hint: "Look at the list of its knowledge files.",
    });
  }
  const change = constructPartRemoval(userId, "gpt_files", file.fileId);
  await sessions.commit(() => recorded(context, actOn(construct, "file"), [change]));
}
