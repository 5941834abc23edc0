import type { JournalHeader } from "../journal/record.ts";
import { assembleJournals } from "./assemble-journals.ts";
import type { AssembledJournal, DamagedJournal, LineOwner } from "./assemble-journals.ts";
import type { ByteRange } from "./byte-range.ts";
import { sealSalvaged } from "./seal-salvaged.ts";
import type { SalvagedJournal } from "./seal-salvaged.ts";

/** One journal of a set that was saved. */
export interface SalvageOutcome {
  journal: DamagedJournal;
  salvaged: SalvagedJournal;
  /** Bytes of the damaged file in which something was lost. */
  lost: ByteRange[];
}

export interface SalvageSetOptions {
  /** See {@link assembleJournals}. */
  ownerOf?: LineOwner;
  /** What is known of a session whose header cannot be read. */
  headerOf: (assembled: AssembledJournal) => JournalHeader;
  /** Where the damaged journal is kept, relative to the vault. */
  quarantinedAs: (journal: DamagedJournal) => string;
  /** Integer milliseconds UTC. */
  at: number;
  /** Sequence number of the vault's last commit. */
  commit: number;
}

/**
 * Saves every record that can be read of a set of damaged journals. Works on bytes alone: whoever calls it reads and writes the files.
 * @param journals all that are damaged, so that lines that got into another file come back.
 */
export function salvageSet(
  journals: readonly DamagedJournal[],
  options: SalvageSetOptions,
): SalvageOutcome[] {
  return assembleJournals(journals, options.ownerOf).map((assembled) => {
    const { journal } = assembled;
    const salvaged = sealSalvaged(assembled, {
      ...(assembled.header === undefined ? { rebuiltHeader: options.headerOf(assembled) } : {}),
      quarantined: options.quarantinedAs(journal),
      at: options.at,
      commit: options.commit,
    });
    return { journal, salvaged, lost: lostOf(assembled, salvaged) };
  });
}

/** Nothing is lost where the journal came out as it was last known. */
function lostOf({ journal, lost }: AssembledJournal, { end }: SalvagedJournal): ByteRange[] {
  const { expected } = journal;
  const isWhole = expected !== undefined && end.hash === expected.hash && end.length === expected.length;
  return isWhole ? [] : lost;
}
