import type { Sha256, SourceName } from "@chatty/model";
import type { SessionFacts } from "./document.ts";

/** One conversation that is to be looked at, with where its content lies. Plain enough to be sent between threads. */
export interface SourceJob {
  facts: SessionFacts;
  /** Names the content: equal means that the messages are the same. */
  content: string;
  place: NativePlace | ImportedPlace;
}

/** A journal. */
export interface NativePlace {
  kind: "native";
  /** Absolute. */
  path: string;
  /** Published bytes. */
  length: number;
}

/** Versions of an imported conversation, the newest first. */
export interface ImportedPlace {
  kind: "imported";
  versions: VersionPlace[];
  /** The namespaces of all runtimes: one of them made the session's id. */
  namespaces: string[];
}

/** Where the bytes of one version lie: in a pack, else in an archive. Paths are absolute, numbers are bytes. */
export interface VersionPlace {
  source: SourceName;
  rawSha256: Sha256;
  pack: { path: string; offset: number; length: number } | undefined;
  archive: { path: string; name: string; member: string; offset: number; length: number } | undefined;
}
