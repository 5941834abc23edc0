import { ChattyError } from "@chatty/model";
import type { RuntimeId } from "@chatty/model";

/** Throws when the person called an import off. @throws {ChattyError} IMPORT_ABORTED */
export function assertNotAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new ChattyError("IMPORT_ABORTED", "The import was called off.", {
    hint: "Nothing of it was kept. Import it again whenever you like.",
    cause: signal.reason,
  });
}

/** For whatever needs importers in a vault that was opened without them. */
export function readerMissing(): ChattyError {
  return new ChattyError("READER_MISSING", "This vault was opened without the importers that read exports.", {
    hint: "Open it with `exports`; the command line and the server always do.",
  });
}

/** For a runtime that the person deleted: what was deleted stays deleted. */
export function runtimeDeleted(runtimeId: RuntimeId): ChattyError {
  return new ChattyError(
    "RUNTIME_DELETED",
    `This export belongs to the runtime ${runtimeId}, which was deleted.`,
    {
      hint: `Bring it back with \`chatty runtimes restore ${runtimeId}\`, or import with \`--into new\`.`,
      where: { runtime: runtimeId },
    },
  );
}
