import { ChattyError } from "@chatty/model";

interface SqliteFailure {
  code: string;
  message: string;
  hint: string;
}

/** SQLITE_IOERR_SHMSIZE: a kind of failing disk by its number, and always a full one. */
const noRoomForIndex = 4874;
/** SQLITE_FULL. */
const full = 13;

/** True when SQLite found no room, whatever it calls that. */
export function isDiskFull(errcode: number): boolean {
  return errcode === noRoomForIndex || errcode % 256 === full;
}

/** By primary result code of SQLite. */
const failures: Readonly<Record<number, SqliteFailure>> = {
  5: busy(),
  6: busy(),
  8: {
    code: "VAULT_READ_ONLY",
    message: "The configuration database cannot be written to.",
    hint: "Check the permissions of the data home.",
  },
  10: {
    code: "STORAGE_IN_DOUBT",
    message: "The disk failed while the configuration database was in use.",
    hint: "Check the disk, then open the vault again: what was acknowledged is kept.",
  },
  11: corrupt(),
  13: {
    code: "DISK_FULL",
    message: "The disk is full: the configuration was not changed.",
    hint: "Make room and try again.",
  },
  14: {
    code: "CONFIGURATION_UNREADABLE",
    message: "The configuration database cannot be opened.",
    hint: "Check that the folder exists and that its permissions let you in.",
  },
  19: {
    code: "CONFIGURATION_CHANGE_REFUSED",
    message: "The configuration does not allow this change",
    hint: "Nothing was changed. Look at what the message names.",
  },
  26: corrupt(),
};

/**
 * Turns an error of SQLite into a ChattyError with a stable code; every other error comes back as it is.
 * @param path the database file, for the message.
 */
export function chattyErrorFromSqlite(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return error;
  const failure = failures[isDiskFull(error.errcode) ? full : error.errcode % 256];
  if (failure === undefined) return error;
  // SQLite names tables and columns in a refusal, never values.
  const message =
    failure.code === "CONFIGURATION_CHANGE_REFUSED"
      ? `${failure.message}: ${error.message}.`
      : failure.message;
  return new ChattyError(failure.code, message, { hint: failure.hint, where: { path }, cause: error });
}

function busy(): SqliteFailure {
  return {
    code: "CONFIGURATION_BUSY",
    message: "Another program is writing to the configuration database.",
    hint: "Close the program that has chatty.db open and try again.",
  };
}

function corrupt(): SqliteFailure {
  return {
    code: "CONFIGURATION_CORRUPT",
    message: "The configuration database is damaged.",
    hint: "Run `chatty repair`, or restore the newest backup.",
  };
}
