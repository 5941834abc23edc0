import type { JournalRecord, SealedHeader } from "./record.ts";
import { renderBlock } from "./transcript-block.ts";
import { renderHead } from "./transcript-head.ts";

/**
 * The Markdown transcript of a journal: its head, then one block for each record. Append-only like the journal: the text of
 * n+1 records begins with the text of n. The contract is `docs/formats/transcript.md`.
 */
export function renderTranscript(header: SealedHeader, records: readonly JournalRecord[]): Buffer {
  return Buffer.concat([renderHead(header), ...records.map(renderBlock)]);
}
