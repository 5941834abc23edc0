import { createHash } from "node:crypto";
import type { ImportRecord, Problem, RecordPlace, Sha256, SidecarKind } from "@chatty/model";
import type { CompressedRecord } from "../pack.ts";
import { conversationFacts } from "./conversation-facts.ts";
import type { ConversationFacts } from "./conversation-facts.ts";
import type { Compressor } from "./record-compressor.ts";

/** What an import needs of one record of an export, with the record's bytes as they go into a pack. */
export type RecordDigest =
  | { kind: "conversation"; place: RecordPlace; facts: ConversationFacts; bytes: CompressedRecord }
  | {
      kind: "broken";
      place: RecordPlace;
      problem: Problem;
      /** Absent for a record that is too long to be handed out; it stays in the archive only. */
      bytes: CompressedRecord | undefined;
    }
  | {
      kind: "sidecar";
      sidecar: SidecarKind;
      place: RecordPlace;
      sourceId: string | undefined;
      name: string | undefined;
    }
  | { kind: "problem"; problem: Problem };

/**
 * Everything about a record that costs time. What is read from it is read before this returns; its bytes are compressed from
 * a copy, and may still be when the next record is read.
 */
export async function digestRecord(record: ImportRecord, compressor: Compressor): Promise<RecordDigest> {
  switch (record.kind) {
    case "conversation": {
      const { kind, place, conversation } = record;
      const compressing = compress(record.raw, compressor);
      const facts = conversationFacts(conversation);
      return { kind, place, facts, bytes: await compressing };
    }
    case "broken": {
      const { kind, place, problem, raw } = record;
      if (raw.length !== place.length) return { kind, place, problem, bytes: undefined };
      return { kind, place, problem, bytes: await compress(raw, compressor) };
    }
    case "sidecar": {
      const { kind, sidecar, place, sourceId, name } = record;
      return { kind, sidecar, place, sourceId, name };
    }
    case "problem":
      return record;
  }
}

async function compress(raw: Uint8Array, compressor: Compressor): Promise<CompressedRecord> {
  const compressing = compressor.compress(raw);
  const rawSha256 = createHash("sha256").update(raw).digest("hex") as Sha256;
  return { compressed: await compressing, rawLength: raw.length, rawSha256 };
}
