import { ChattyError } from "@chatty/model";
import { layout } from "../files/layout.ts";
import type { AttachmentDraft } from "../user-vault.ts";
import type { KnowledgeFileView } from "../views.ts";
import { resolveConstruct } from "../workspace/aliases.ts";
import {
  constructFileChange,
  importMetadataFilename,
  listConstructFiles,
} from "../workspace/construct-parts.ts";
import { getConstruct } from "../workspace/constructs.ts";
import type { ConstructRecord } from "../workspace/constructs.ts";
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
  await sessions.commit([{ kind: "configure", change }]);
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

function findConstruct(context: UserContext, name: string): ConstructRecord {
  const { storage, userId } = context;
  const constructId = resolveConstruct(storage.configuration, userId, name);
  const construct =
    constructId === undefined ? undefined : getConstruct(storage.configuration, userId, constructId);
  if (construct !== undefined) return construct;
  throw new ChattyError(
    "CONSTRUCT_NOT_FOUND",
    `There is no construct ${JSON.stringify(name.slice(0, 120))}.`,
    {
      hint: "`chatty runtimes` lists the constructs of all runtimes.",
    },
  );
}
