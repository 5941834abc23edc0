/**
 * What an export may ask of the machine. Generous for real exports (the biggest known are a few gigabytes, most of it
 * pictures), small enough that a hostile file is refused before it costs much.
 */
export const limits = {
  /** Bytes of an archive as it lies on disk. */
  archiveBytes: 20 * 2 ** 30,
  /** Bytes that all members of an archive may declare together, nested archives included. */
  totalBytes: 20 * 2 ** 30,
  /** Bytes one member may declare. */
  memberBytes: 8 * 2 ** 30,
  /** A member that grows by more than `ratio` is refused once it is bigger than this: one long repetitive message is no bomb. */
  ratioFreeBytes: 64 * 2 ** 20,
  ratio: 200,
  entries: 500_000,
  directoryBytes: 128 * 2 ** 20,
  nameBytes: 1024,
  segmentBytes: 255,
  /** Uploads keep their owner's file name behind an id, so these segments may be longer. */
  uploadSegmentBytes: 512,
  /** A nested archive that is itself compressed is held in memory. */
  nestedArchiveBytes: 512 * 2 ** 20,
  nestedArchives: 1000,
  /** One conversation; V8 cannot hold a longer string. */
  recordBytes: 0x1fffffe8,
  /** Levels of nesting inside one conversation. */
  depth: 1000,
  /** A sidecar's parsed content is handed out up to this size; bigger ones stay in the archive. */
  sidecarValueBytes: 8 * 2 ** 20,
  /** Members that are read whole to find out who an export belongs to. */
  peekBytes: 64 * 2 ** 20,
  /** Bytes looked at to recognise one member. */
  sniffBytes: 16 * 2 ** 20,
} as const;

/** Bytes fetched or inflated at a time; smaller chunks cost throughput, bigger ones memory. */
export const chunkBytes = 2 ** 20;
