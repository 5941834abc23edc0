import { ChattyError } from "@chatty/model";

const downloadAgain = "Download the export again, or give the original file if this one was packed anew.";

/** The archive ends before it should. */
export function truncatedArchive(archive: string, what: string): ChattyError {
  return new ChattyError("ARCHIVE_TRUNCATED", `${archive} is cut off: ${what}.`, {
    hint: "Download the export again; the file is incomplete.",
    where: { archive },
  });
}

/** The archive contradicts itself. */
export function corruptArchive(archive: string, what: string, member?: string): ChattyError {
  const message =
    member === undefined
      ? `${archive} is damaged: ${what}.`
      : `${archive} is damaged at ${shown(member)}: ${what}.`;
  return new ChattyError("ARCHIVE_CORRUPT", message, {
    hint: downloadAgain,
    where: place(archive, member),
  });
}

/** A refusal with a code of its own. */
export function refusedMember(
  code: string,
  archive: string,
  member: string,
  what: string,
  hint: string,
): ChattyError {
  return new ChattyError(code, `${archive}: ${shown(member)} ${what}.`, {
    hint,
    where: place(archive, member),
  });
}

/** A name as it may stand in a message: quoted, without control characters, short. */
export function shown(name: string): string {
  return JSON.stringify(name.length > 120 ? `${name.slice(0, 120)}…` : name);
}

function place(archive: string, member: string | undefined): Record<string, string> {
  return member === undefined ? { archive } : { archive, member };
}
