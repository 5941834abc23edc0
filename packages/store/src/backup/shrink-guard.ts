import { ChattyError } from "@chatty/model";

/** How much a vault holds, as far as it matters for losing it. */
export interface VaultSize {
  /** Native sessions. */
  sessions: number;
  /** Bytes of their journals. */
  bytes: number;
}

/** A vault with less than this is begun, and one deletion more or less is no sign of a mistake. */
const smallestGuarded: VaultSize = { sessions: 4, bytes: 16 * 1024 };

/** True when less than half would be left of something that is worth asking about. */
export function wouldShrink(before: VaultSize, after: VaultSize): boolean {
  return (["sessions", "bytes"] as const).some(
    (what) => before[what] >= smallestGuarded[what] && after[what] * 2 < before[what],
  );
}

/**
 * Stops what would leave less than half of a vault, unless the person said yes to it.
 * @param action for the message, as in "purge from".
 * @throws {ChattyError} VAULT_WOULD_SHRINK; call it before anything is changed
 */
export function assertNotShrinking(
  before: VaultSize,
  after: VaultSize,
  confirmed: boolean,
  action: string,
): void {
  if (confirmed || !wouldShrink(before, after)) return;
  throw new ChattyError(
    "VAULT_WOULD_SHRINK",
    `To ${action} the vault would leave ${after.sessions} of ${before.sessions} conversations (${after.bytes} of ${before.bytes} bytes).`,
    {
      hint: "Nothing was changed. If that is what you want, confirm it with --yes.",
      where: { sessionsBefore: before.sessions, sessionsAfter: after.sessions },
    },
  );
}
