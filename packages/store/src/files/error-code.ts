import { ChattyError } from "@chatty/model";

/** True when the system reported exactly this code, as in `ENOENT`. */
export function isErrorCode(error: unknown, code: string): boolean {
  return errorCodeOf(error) === code;
}

/** The system's code of an error, or undefined. */
export function errorCodeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Says in Chatty's words what the system refused while `action` was done to `path`. */
export function storageError(error: unknown, action: string, path: string): ChattyError {
  if (error instanceof ChattyError) return error;
  const where = { path };
  switch (errorCodeOf(error)) {
    case "ENOSPC":
    case "EDQUOT":
    case "EFBIG":
      return new ChattyError("DISK_FULL", `There is no room to ${action} ${path}.`, {
        hint: "Free some space and try again; nothing that was acknowledged is lost.",
        where,
        cause: error,
      });
    case "EROFS":
    case "EACCES":
    case "EPERM":
      return new ChattyError("NOT_WRITABLE", `Chatty may not ${action} ${path}.`, {
        hint: "Give yourself the right to write there, or name another place with --home.",
        where,
        cause: error,
      });
    case "EMFILE":
    case "ENFILE":
      return new ChattyError("TOO_MANY_FILES", `Too many files are open to ${action} ${path}.`, {
        hint: "Raise the limit (ulimit -n) or close other programs, and try again.",
        where,
        cause: error,
      });
    case "ELOOP":
      return new ChattyError(
        "SYMBOLIC_LINK",
        `${path} is a symbolic link; Chatty never makes or follows those.`,
        {
          hint: "Replace the link with the real file.",
          where,
          cause: error,
        },
      );
    case undefined:
    default:
      return new ChattyError("STORAGE_FAULT", `The system could not ${action} ${path}: ${messageOf(error)}`, {
        hint: "Check the disk; `chatty doctor` and `chatty verify` say what is affected.",
        where,
        cause: error,
      });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
