import type {
  ConstructId,
  LegacyDuplicate,
  LegacyFormat,
  LegacyRange,
  Problem,
  RuntimeId,
  SessionId,
} from "@chatty/model";

/** How a migration reports and stops. */
export interface LegacyMigrationOptions {
  /** Reads and accounts for everything, changes nothing. */
  dryRun?: boolean;
  onProgress?: (progress: LegacyMigrationProgress) => void;
  signal?: AbortSignal;
}

export interface LegacyMigrationProgress {
  phase: "copying" | "reading" | "migrating" | "importing";
  done: number;
  total: number;
}

/** What became of one conversation of an older store. */
export interface MigratedConversation {
  /** File that it was read from. */
  path: string;
  format: LegacyFormat;
  title?: string;
  construct?: string;
  messages: number;
  /** Where it goes: into VVAULT, or among the imports. */
  goes: "native" | "imported";
  /** It is the home of its construct. */
  home: boolean;
  /** `new` and `grown`: messages were added, or would be. `empty`: an empty home, which every construct has anyway. */
  state: "new" | "grown" | "unchanged" | "empty" | "refused";
  sessionId?: SessionId;
  runtimeId?: RuntimeId;
  constructId?: ConstructId;
}

/** What a migration did, or would do; docs/formats/legacy.md describes it. Offsets and sizes are bytes. */
export interface LegacyMigrationReport {
  path: string;
  dryRun: boolean;
  /** Everything was there already: nothing was written. */
  unchanged: boolean;
  files: {
    total: number;
    bytes: number;
    /** Files that conversations were read from, by format. */
    byFormat: Partial<Record<LegacyFormat, number>>;
    companions: number;
    unrecognised: number;
    duplicates: number;
  };
  conversations: { native: number; imported: number; empty: number; refused: number };
  /** Constructs of older databases, with their settings. One that is here already stays as it is. */
  constructs: { new: number; unchanged: number };
  messages: { seen: number; native: number; imported: number; refused: number };
  migrated: MigratedConversation[];
  /** Stretches that are no message: they are in the kept originals, verbatim. */
  keptSpans: (LegacyRange & { reason: string })[];
  /** Second copies of a conversation, which were kept and not migrated. */
  duplicates: (LegacyDuplicate & { of: string })[];
  /** Backups that were taken because their main file is damaged. */
  restored: { path: string; from: string }[];
  /** SHA-256 of the list of the originals; absent in a dry run. */
  manifest?: string;
  problems: Problem[];
  /** Milliseconds. */
  durationMs: number;
}
