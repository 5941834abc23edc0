import type { JsonValue, Part } from "@chatty/model";
import { canonicalJson } from "@chatty/model";
import type { SessionOutcome } from "../backend.ts";

/** What was said under an id before; `final` once it is more than a checkpoint. */
export interface SaidBefore {
  /** What it hangs on. */
  parentId: string | null;
  final?: SessionOutcome;
  /** Of what was said; see {@link saidDigest}. */
  digest?: string;
}

/** What makes a repeated request the same request: who said what. */
export function saidDigest(said: { role: string; content: string; parts?: readonly Part[] }): string {
  const parts = said.parts === undefined ? null : (JSON.parse(JSON.stringify(said.parts)) as JsonValue);
  return canonicalJson([said.role, said.content, parts]);
}
