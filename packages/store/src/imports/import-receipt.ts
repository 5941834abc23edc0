import type { ConstructId, JsonObject, RuntimeId, SessionId, Sha256, SourceName } from "@chatty/model";
import type { ImportReceipt } from "../views.ts";
import type { ImportRow } from "../workspace/imports.ts";
import type { ImportTally } from "./import-tally.ts";

/** Where an import went and what it was. */
export interface ReceiptFacts {
  path: string;
  source: SourceName;
  sha256: Sha256;
  runtimeId: RuntimeId;
  constructId: ConstructId;
  homeSessionId: SessionId;
  durationMs: number;
}

/** Key of the stored receipt under which the runtimes stand that were joined into the target when the import was made. */
const joinedKey = "joinedRuntimes";

/** The receipt of an import that is balanced. */
export function receiptFromTally(tally: ImportTally, facts: ReceiptFacts): ImportReceipt {
  const { conversations, nodes, messages, attachments, problems } = tally;
  return {
    path: facts.path,
    source: facts.source,
    archive: `sha256:${facts.sha256}`,
    runtimeId: facts.runtimeId,
    constructId: facts.constructId,
    homeSessionId: facts.homeSessionId,
    alreadyImported: false,
    conversations,
    nodes,
    messages,
    attachments,
    balanced: true,
    problems,
    durationMs: facts.durationMs,
    ...(tally.customGpts.size === 0 ? {} : { constructsToRegister: [...tally.customGpts.values()] }),
    ...(tally.unknownKinds.size === 0 ? {} : { unknownKinds: Object.fromEntries(tally.unknownKinds) }),
    ...(tally.sidecars.size === 0 ? {} : { sidecars: Object.fromEntries(tally.sidecars) }),
  };
}

/** The answer to an archive that was imported before: the earlier receipt, with everything unchanged. */
export function repeatedReceipt(
  earlier: ImportReceipt,
  facts: Pick<ReceiptFacts, "path" | "runtimeId" | "constructId" | "homeSessionId" | "durationMs">,
): ImportReceipt {
  const { seen, failed } = earlier.conversations;
  return {
    ...earlier,
    ...facts,
    alreadyImported: true,
    conversations: { seen, new: 0, grown: 0, edited: 0, unchanged: seen - failed, gone: 0, failed },
  };
}

/** The receipt as it is kept. */
export function storedReceipt(receipt: ImportReceipt, joined: readonly RuntimeId[]): JsonObject {
  const kept = JSON.parse(JSON.stringify(receipt)) as JsonObject;
  return joined.length === 0 ? kept : { ...kept, [joinedKey]: [...joined] };
}

/** The receipt that an import left; undefined for one without. */
export function receiptOf(run: ImportRow): ImportReceipt | undefined {
  if (run.receipt === undefined) return undefined;
  const { [joinedKey]: _, ...receipt } = run.receipt;
  return receipt as unknown as ImportReceipt;
}

/** The runtimes that were joined into the target when the import was made, the oldest first. */
export function joinedAtImport(run: ImportRow): RuntimeId[] {
  const joined = run.receipt?.[joinedKey];
  return Array.isArray(joined)
    ? joined.filter((each) => typeof each === "string").map((each) => each as RuntimeId)
    : [];
}
