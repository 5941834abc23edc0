import type { FileHead } from "../log/group.ts";

/** What stands in `metadata.salvage` of the note that marks a gap. `docs/formats/salvage.md` is the contract. */
export interface SalvageMark {
  /** Where the damaged journal is kept, relative to the vault; empty when it was gone. */
  quarantined: string;
  /** Bytes of the damaged journal in which records are missing. */
  from: number;
  to: number;
  /** Numbers that the missing records had, as far as they are known. */
  firstSeq?: number;
  lastSeq?: number;
  /** Ids that records behind this note name and that are not in the journal any more. */
  missingIds?: string[];
  /** End of the damaged journal when it was last known to be whole. */
  expected?: FileHead;
}

/** What a record says about a gap, if it is a note of a salvage. */
export function salvageMarkOf(record: { kind?: unknown; metadata?: unknown }): SalvageMark | undefined {
  if (record.kind !== "note") return undefined;
  const metadata = record.metadata as { salvage?: SalvageMark } | undefined;
  return typeof metadata?.salvage?.quarantined === "string" ? metadata.salvage : undefined;
}
