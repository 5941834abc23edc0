import type { SessionView } from "@chatty/store";

/** A session as the contract has it: a time that the source does not know is null, because no key is left out. */
export function sessionJson<View extends SessionView>(
  session: View,
): Omit<View, "createdAt" | "updatedAt"> & { createdAt: number | null; updatedAt: number | null } {
  return { ...session, createdAt: session.createdAt ?? null, updatedAt: session.updatedAt ?? null };
}
