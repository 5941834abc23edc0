import type { MessageId, Part, SessionId } from "@chatty/model";
import type { CatalogFile, RecordPlaces } from "../../catalog/catalog.ts";
import type { JournalRecord } from "../../journal/record.ts";

/** What a record of a journal leaves in the catalog beside the session's row. */
export function recordPlaces(
  sessionId: SessionId,
  record: JournalRecord,
  line: { offset: number; length: number },
): RecordPlaces {
  const { seq } = record;
  const { offset, length } = line;
  switch (record.kind) {
    case "message":
    case "checkpoint": {
      const messageId = record.id as MessageId;
      const parentId = (record.parentId ?? undefined) as MessageId | undefined;
      const { kind, role } = record;
      const files = filesOf(sessionId, record.parts);
      const message = { sessionId, messageId, parentId, seq, offset, length, kind, role };
      return files.length === 0 ? { message } : { message, files };
    }
    case "revision": {
      const targetId = record.targetId as MessageId;
      return { change: { sessionId, targetId, seq, kind: "revision", offset, length } };
    }
    case "tombstone": {
      if (record.targetId === undefined) return {};
      const targetId = record.targetId as MessageId;
      const kind = record.deleted ? "deletion" : "revival";
      return { change: { sessionId, targetId, seq, kind, offset, length } };
    }
    case "title":
    case "archive":
    case "fork":
    case "note":
      return {};
  }
}

function filesOf(sessionId: SessionId, parts: readonly Part[] | undefined): CatalogFile[] {
  const files: CatalogFile[] = [];
  for (const part of parts ?? []) {
    if (part.kind !== "image" && part.kind !== "audio" && part.kind !== "video" && part.kind !== "file")
      continue;
    const { fileId, name, mime } = part;
    if (fileId === undefined || !fileId.startsWith("sha256:")) continue;
    files.push({ fileId, sessionId, name, mime });
  }
  return files;
}
