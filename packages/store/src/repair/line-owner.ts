import type { MessageId, SessionId } from "@chatty/model";
import { isChattyError } from "@chatty/model";
import { absolutePath, layout } from "../files/layout.ts";
import { readWholeFile } from "../files/write-all.ts";
import { scanLines } from "../journal/read.ts";
import { openLine } from "../log/chained-line.ts";
import type { ConversationCreatedEvent } from "../continuity/events.ts";
import type { UserSpace } from "../vault/user-space.ts";
import { fileOnDisk } from "../vault/file-on-disk.ts";
import type { VaultStorage } from "../vault/vault-storage.ts";
import type { DamagedJournal, LineOwner } from "./assemble-journals.ts";
import { findSealedLines } from "./find-sealed-lines.ts";
import { knownSessions } from "./known-sessions.ts";

/** What the event files of a vault say of sessions. */
export interface EventIndex {
  created: Map<string, ConversationCreatedEvent>;
  /** Session by the id of each message. */
  sessionOf: Map<string, string>;
}

/** Reads the derived event files as far as they can be read. */
export function readEventIndex(storage: VaultStorage, spaces: readonly UserSpace[]): EventIndex {
  const index: EventIndex = { created: new Map(), sessionOf: new Map() };
  for (const { context } of spaces) {
    for (const stream of ["conversations", "messages"] as const) {
      const path = absolutePath(storage.root, layout.events(context.user, stream));
      const bytes = readWholeFile(storage.files, path) ?? Buffer.alloc(0);
      for (const { body } of findSealedLines(bytes).lines) {
        const { sessionId, messageId } = body;
        if (typeof sessionId !== "string") continue;
        if (typeof messageId === "string") index.sessionOf.set(messageId, sessionId);
        else if (body["eventType"] === "conversation_created")
          index.created.set(sessionId, body as unknown as ConversationCreatedEvent);
      }
    }
  }
  return index;
}

/**
 * Says to which session a line of a damaged journal belongs: the one whose sound journal has it, else the one that catalog or event files
 * name for its message.
 */
export function lineOwner(
  storage: VaultStorage,
  spaces: readonly UserSpace[],
  damaged: readonly DamagedJournal[],
  events: EventIndex,
): LineOwner {
  let sound: Map<string, string> | undefined;
  return ({ body }) => {
    sound ??= soundOwners(storage, spaces, damaged);
    const standing = sound.get(body.hash);
    if (standing !== undefined) return standing;
    const id = body["id"];
    if (typeof id !== "string") return undefined;
    for (const { sessionId } of damaged) {
      if (spaces.some((space) => isListed(space, sessionId, id))) return sessionId;
    }
    return events.sessionOf.get(id);
  };
}

function isListed({ catalog }: UserSpace, sessionId: string, id: string): boolean {
  try {
    return catalog.message(sessionId as SessionId, id as MessageId) !== undefined;
  } catch (error) {
    // A damaged catalog is no witness.
    if (isChattyError(error)) return false;
    throw error;
  }
}

/** Sessions whose sound journals have lines that stand in damaged ones, too. */
function soundOwners(
  storage: VaultStorage,
  spaces: readonly UserSpace[],
  damaged: readonly DamagedJournal[],
): Map<string, string> {
  const wanted = new Set<string>();
  for (const { bytes } of damaged) for (const { body } of findSealedLines(bytes).lines) wanted.add(body.hash);
  const isDamaged = new Set(damaged.map(({ path }) => path));
  const owners = new Map<string, string>();
  for (const { path, sessionId } of spaces.flatMap((space) => knownSessions(storage, space))) {
    if (isDamaged.has(path)) continue;
    const file = fileOnDisk(storage, path);
    if (file === undefined) continue;
    try {
      for (const line of scanLines(file)) {
        const opened = openLine(line.bytes);
        if (opened.kind === "sealed" && wanted.has(opened.body.hash)) owners.set(opened.body.hash, sessionId);
      }
    } finally {
      file.close();
    }
  }
  return owners;
}
