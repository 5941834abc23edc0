import { join } from "node:path";
import type { ConstructId, SessionId, Sha256, UserId } from "@chatty/model";

/** A user's place on disk: `shard` is stored with the user and never computed again. */
export interface UserPlace {
  userId: UserId;
  shard: string;
}

/** Relative paths inside a vault, with forward slashes, made from checked ids only: no text of a person or a source gets in. */
export const layout = {
  vaultFile: "vault.json",
  lockFile: "lock.sqlite",
  configuration: "chatty.db",
  log: "log",
  quarantine: "quarantine",
  trash: "trash",
  /** What was purged, by id; holds nothing of it. */
  audit: "continuity/audit.jsonl",
  /** Configuration and log as an older version left them. */
  beforeUpdates: "before-updates",

  user: (user: UserPlace) => `vvault/users/${user.shard}/${user.userId}`,
  profile: (user: UserPlace) => `${layout.user(user)}/profile.json`,
  sessionIndex: (user: UserPlace) => `${layout.user(user)}/session_index.json`,
  /** What was recalled over conversations, and what they are about. */
  contextHistory: (user: UserPlace) => `${layout.user(user)}/context_history.json`,
  instance: (user: UserPlace, construct: ConstructId) => `${layout.user(user)}/instances/${construct}`,
  persona: (user: UserPlace, construct: ConstructId) => `${layout.instance(user, construct)}/persona.json`,
  constructFile: (user: UserPlace, construct: ConstructId, sha256: Sha256, extension: string) =>
    `${layout.instance(user, construct)}/files/${sha256}${extension}`,
  transcripts: (user: UserPlace, construct: ConstructId) => `${layout.instance(user, construct)}/chatty`,
  sessions: (user: UserPlace, construct: ConstructId) => `${layout.instance(user, construct)}/sessions`,
  session: (user: UserPlace, construct: ConstructId, session: SessionId) =>
    `${layout.sessions(user, construct)}/${session}`,
  journal: (user: UserPlace, construct: ConstructId, session: SessionId) =>
    `${layout.session(user, construct, session)}/messages.jsonl`,
  sessionFile: (
    user: UserPlace,
    construct: ConstructId,
    session: SessionId,
    sha256: Sha256,
    extension: string,
  ) => `${layout.session(user, construct, session)}/files/${sha256}${extension}`,

  /** Files that wait for the message that carries them. */
  staged: (user: UserPlace) => `${layout.user(user)}/staged`,

  imports: (user: UserPlace) => `imports/users/${user.shard}/${user.userId}`,
  archive: (user: UserPlace, sha256: Sha256) => `${layout.imports(user)}/archives/${sha256}`,
  staging: (user: UserPlace) => `${layout.imports(user)}/staging`,
  packs: (user: UserPlace) => `${layout.imports(user)}/packs`,
  /** Files of older stores, verbatim, each under its hash, and the list of each migration. */
  legacy: (user: UserPlace) => `${layout.imports(user)}/legacy`,
  views: (user: UserPlace) => `${layout.imports(user)}/instances`,

  continuity: (user: UserPlace) => `continuity/users/${user.shard}/${user.userId}`,
  events: (user: UserPlace, stream: EventStream) => `${layout.continuity(user)}/events/${stream}.jsonl`,
  /** Summaries of days and months. */
  periods: (user: UserPlace) => `${layout.continuity(user)}/summaries`,

  catalog: (user: UserPlace) => `catalog/${user.userId}.db`,
  /** What search finds; derived, and the only derived file with words of messages beside transcripts and views. */
  searchIndex: (user: UserPlace) => `catalog/${user.userId}.search.db`,
  /** Vectors in 8 bits; derived from the pairs of files beside conversations. */
  vectors: (user: UserPlace) => `catalog/${user.userId}.vectors.db`,
  /** What embedders make once and read again. */
  embedderCache: "catalog/embedders",
} as const;

/** The event files of spec 003. */
export type EventStream = "runtime_selections" | "conversations" | "messages";

/** Shard of new users until more are configured. */
export const defaultShard = "shard_0000";

/** Extension for a stored file: from a short list of plain endings, never from a name as it came. */
export function safeExtension(name: string): string {
  const match = /\.([a-z0-9]{1,8})$/i.exec(name);
  return match?.[1] === undefined ? "" : `.${match[1].toLowerCase()}`;
}

/** Absolute path of a relative one that {@link layout} made. */
export function absolutePath(root: string, relative: string): string {
  return join(root, ...relative.split("/"));
}
