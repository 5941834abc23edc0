// Every stable code that Chatty tells, as data: `docs/guides/errors.md` is generated from it, and a test compares it with the sources.

import { backupCodes } from "./backup-codes.ts";
import { importCodes, problemCodes, recoveryCodes } from "./import-codes.ts";
import { legacyCodes, legacyProblemCodes } from "./legacy-codes.ts";
import { entry } from "./documented-code.ts";
import type { CodeGroup } from "./documented-code.ts";
import { searchCodes } from "./search-codes.ts";
import { timelineCodes } from "./timeline-codes.ts";
import { answerCodes, configurationCodes, modelCodes, serverCodes, uploadCodes } from "./server-codes.ts";

const commandCodes: CodeGroup = {
  title: "The command line",
  about: "Told before or around what a command does.",
  codes: [
    entry(
      "USAGE",
      "The words after `chatty` cannot be understood. Exit code 2.",
      "The hint says what was expected; `chatty COMMAND --help` has examples.",
    ),
    entry(
      "INTERRUPTED",
      "Ctrl-C, or the system asked the program to end. Exit code 130 (143).",
      "Nothing is lost. The same command again goes on where that is possible.",
    ),
    entry(
      "INTERNAL",
      "Something happened that nobody expected.",
      "Run it again with `CHATTY_DEBUG=1` and report what it prints.",
    ),
    entry(
      "BAD_LINE",
      "A line of `append --lines` is not a message.",
      "What came before it is durable and answered. Mend the line named in `where` and go on from there.",
    ),
    entry(
      "INVALID_UTF8",
      "Standard input is not UTF-8, so it cannot be kept byte for byte as text.",
      "Convert it, or attach it with `--file`.",
    ),
    entry("PATH_NOT_FOUND", "A file to attach is not there.", "Check the path."),
    entry(
      "NOT_A_FILE",
      "What was named is a folder, a device, a pipe or a socket where a file is needed.",
      "Attach files one by one; `chatty import -` reads what a pipe gives.",
    ),
    entry(
      "EMPTY_MESSAGE",
      "Standard input of `append` was empty and no file was attached.",
      "Pipe the text in, or attach a file with `--file`.",
    ),
  ],
};

const ownerCodes: CodeGroup = {
  title: "Owning and opening a vault",
  about: "One process owns a vault at a time; a command becomes the owner or asks the one there is.",
  codes: [
    entry(
      "VAULT_BUSY",
      "Another process owns the vault and did not answer for 15 seconds.",
      "End the other process; killing it loses nothing.",
    ),
    entry(
      "OWNER_LOST",
      "The owner ended in the middle of a command that is not repeated on its own.",
      "Look whether it was done, and ask again if not.",
    ),
    entry(
      "OWNER_VERSION",
      "The owner is another version of Chatty.",
      "End it, or use the same version for both.",
    ),
    entry(
      "ENVIRONMENT_MISMATCH",
      "The vault belongs to another environment than the one asked for.",
      "Use the right `--env`, or another data home.",
    ),
    entry(
      "ENVIRONMENT_UNKNOWN",
      "The environment is none of production, staging, development and test.",
      "Use one of them.",
    ),
    entry(
      "HOME_IN_VERSION_CONTROL",
      "The data home lies in a git work tree that does not ignore it.",
      "Choose a home outside of it, or let git ignore the folder.",
    ),
    entry("HOME_NOT_A_FOLDER", "The data home is not a folder, or is a symbolic link.", "Name another home."),
    entry(
      "HOME_NOT_PRIVATE",
      "Other people on this machine can read the data home.",
      "Close it as the hint says.",
    ),
    entry(
      "VAULT_NOT_FOUND",
      "There is no vault at this home for this environment.",
      "Import something, or name the right home and environment.",
    ),
    entry(
      "VAULT_FILE_MISSING",
      "There is a vault here whose `vault.json` is gone.",
      "Run `chatty repair`, which takes the id of the vault from its log.",
    ),
    entry(
      "VAULT_FILE_DAMAGED",
      "`vault.json` cannot be read.",
      "Run `chatty repair`, which takes the id of the vault from its log.",
    ),
    entry("VAULT_FORMAT_UNKNOWN", "The vault was written by a newer Chatty.", "Use that version."),
    entry(
      "VAULT_CLOSED",
      "The vault was closed while it was still used.",
      "Open it again; what was acknowledged is there.",
    ),
    entry(
      "VAULT_READ_ONLY",
      "The vault cannot be written to.",
      "Check the permissions of the data home, and `chatty doctor`.",
    ),
    entry("USER_NOT_FOUND", "No user has this id.", "Leave `--user` out when there is one user only."),
    entry("USER_REQUIRED", "The vault has several users and none was named.", "Name one with `--user`."),
  ],
};

const storageCodes: CodeGroup = {
  title: "Storage",
  about: "The disk or a file on it. What was acknowledged is never given up.",
  codes: [
    entry("DISK_FULL", "There is no room to write.", "Make room and repeat; nothing half-done was left."),
    entry("NOT_WRITABLE", "A file or folder may not be written to.", "Check the permissions."),
    entry(
      "TOO_MANY_FILES",
      "The system allows no more open files.",
      "Raise the limit (`ulimit -n`) or close programs.",
    ),
    entry(
      "SYMBOLIC_LINK",
      "A symbolic link lies where a file or folder is expected; links are never followed.",
      "Name or put the real thing there; `chatty import - < FILE` reads through a link.",
    ),
    entry(
      "STORAGE_FAULT",
      "The system could not read or write.",
      "Check the disk; `chatty doctor` and `chatty verify` say what is affected.",
    ),
    entry(
      "STORAGE_IN_DOUBT",
      "The disk failed while something was made durable, so it was not acknowledged.",
      "Check the disk, then repeat; recovery sorts it out at the next start.",
    ),
    entry(
      "WRITE_NOT_VERIFIED",
      "A file does not hold what was written to it.",
      "The disk or its driver is failing.",
    ),
    entry("FILE_EXISTS", "A file that was to be new is there already.", "Run `chatty verify`."),
    entry(
      "FILE_DAMAGED",
      "A file does not match its hash.",
      "Run `chatty verify`, then `chatty repair --dry-run`.",
    ),
    entry("FILE_NOT_FOUND", "The session has no such file.", "`chatty show SESSION --json` lists its files."),
    entry(
      "FILE_MISSING",
      "The export named the file and did not hold its bytes.",
      "Ask the vendor for a complete export.",
    ),
    entry(
      "LOG_DAMAGED",
      "The commit log cannot be read where it must be, so the vault is not opened.",
      "Restore a backup. Without one `chatty repair` applies every whole group of it and keeps the rest in quarantine.",
    ),
    entry(
      "LOG_MISSING",
      "A part of the commit log is gone, so the vault is not opened.",
      "Restore a backup. Without one `chatty repair` makes what is missing again as far as the files tell.",
    ),
    entry(
      "LOG_GAP",
      "The commit log and the configuration are of different times, and what lies between is gone.",
      "Nothing was changed. Put both back from the same backup.",
    ),
    entry(
      "LOCK_LOST",
      "Another process took the vault over while this one still wrote to it.",
      "End this process. What was answered is safe; the last request was not taken.",
    ),
    entry(
      "CHANGE_TOO_LARGE",
      "A single change is longer than the log takes.",
      "Give it in smaller pieces, or attach long text with `--file`.",
    ),
    entry("LOG_FORMAT_UNKNOWN", "The commit log was written by a newer Chatty.", "Use that version."),
    entry(
      "CONFIGURATION_MISSING",
      "`chatty.db` is gone, so the vault is not opened.",
      "Restore a backup. Without one `chatty repair` makes what is missing again as far as the files tell.",
    ),
    entry(
      "CONFIGURATION_CORRUPT",
      "`chatty.db` is damaged.",
      "Restore a backup. Without one `chatty repair` keeps it in quarantine and makes a new one of what the files tell; import the archives again.",
    ),
    entry("CONFIGURATION_UNREADABLE", "`chatty.db` cannot be opened.", "Check folder and permissions."),
    entry("CONFIGURATION_FOREIGN", "`chatty.db` belongs to another program.", "Move it away."),
    entry("CONFIGURATION_TOO_NEW", "`chatty.db` was written by a newer Chatty.", "Use that version."),
    entry(
      "CONFIGURATION_TOO_OLD",
      "`chatty.db` is older than this version can read.",
      "Use a version in between first.",
    ),
    entry("CONFIGURATION_BUSY", "Another program writes to `chatty.db`.", "Close it."),
    entry(
      "CONFIGURATION_CHANGE_INVALID",
      "A change does not fit the tables.",
      "Nothing was changed; please report it.",
    ),
    entry(
      "CONFIGURATION_CHANGE_REFUSED",
      "A change would contradict what is there.",
      "Nothing was changed; the message names the row.",
    ),
  ],
};

const sessionCodes: CodeGroup = {
  title: "Runtimes, sessions and messages",
  about: "What was named is not there, or may not be changed like this.",
  codes: [
    entry("INVALID_ID", "The text is not an id of the wanted kind.", "The hint tells the form."),
    entry("AMBIGUOUS_ID", "Several sessions or runtimes answer to this text.", "Give the full id."),
    entry(
      "SESSION_NOT_FOUND",
      "No session has this id or alias.",
      "`chatty sessions` lists them; `--archived` the others.",
    ),
    entry(
      "SESSION_READ_ONLY",
      "The session was imported, and what was imported is never changed.",
      "Continue it with `chatty sessions fork`.",
    ),
    entry("SESSION_DELETED", "The session is deleted.", "`chatty sessions restore` brings it back."),
    entry("SESSION_NOT_DELETED", "Only a deleted session can be purged.", "Delete it first."),
    entry(
      "MESSAGE_NOT_FOUND",
      "The session has no message with this id.",
      "`chatty show SESSION --json` lists the ids.",
    ),
    entry(
      "MESSAGE_ID_TAKEN",
      "The session has another message under the same id.",
      "Nothing was written. Give this message an id of its own; only the same words may be sent again.",
    ),
    entry("MESSAGE_INVALID", "A message lacks its role or its text.", "Give both as strings."),
    entry("SESSION_EXISTS", "A session with this id is there already.", "Give another id, or none."),
    entry("MESSAGE_TOO_LARGE", "The message is longer than one may be.", "Attach the text with `--file`."),
    entry("NOTHING_TO_UNDO", "No change is left to take back.", "Nothing to do."),
    entry("RUNTIME_NOT_DELETED", "Only a deleted runtime can be purged.", "Delete it first."),
    entry(
      "NOTHING_TO_REDO",
      "Nothing was undone, or something else was changed since.",
      "Make the change once more.",
    ),
    entry(
      "UNDO_CONFLICT",
      "What is to be taken back was changed by something else meanwhile.",
      "Look at it again, and undo what was done last.",
    ),
    entry("TITLE_INVALID", "The title is blank or too long.", "Give another one."),
    entry("NAME_EMPTY", "The name is blank.", "Give one."),
    entry(
      "CURSOR_INVALID",
      "`--after` is not a cursor of this list.",
      "Pass `next` of the page before, unchanged.",
    ),
    entry("LIMIT_INVALID", "A page cannot be this long.", "Ask for 1 to 1000."),
    entry("RUNTIME_NOT_FOUND", "No runtime has this id or alias.", "`chatty runtimes` lists them."),
    entry("RUNTIME_DELETED", "The runtime is deleted.", "`chatty runtimes restore` brings it back."),
    entry("RUNTIME_IS_CORE", "Chatty and Lin cannot be deleted or joined.", "Nothing to do."),
    entry("RUNTIME_EXISTS", "A runtime with this id is there already.", "Choose another name."),
    entry(
      "RUNTIMES_DIFFER",
      "Only imported runtimes of one provider can be joined.",
      "Name two of the same provider.",
    ),
    entry("CONSTRUCT_EXISTS", "A construct with this id is there already.", "Choose another name."),
    entry("CALLSIGNS_USED_UP", "All 999 callsigns of a name are taken.", "Choose another name."),
    entry(
      "CONSTRUCT_NOT_FOUND",
      "No construct has this id.",
      "`chatty runtimes --json` lists the constructs of all runtimes.",
    ),
    entry("HOME_MISSING", "A runtime lost its home conversation.", "Run `chatty repair`."),
  ],
};

export const documentedCodes: readonly CodeGroup[] = [
  commandCodes,
  ownerCodes,
  storageCodes,
  sessionCodes,
  importCodes,
  problemCodes,
  legacyCodes,
  legacyProblemCodes,
  recoveryCodes,
  backupCodes,
  configurationCodes,
  searchCodes,
  timelineCodes,
  serverCodes,
  uploadCodes,
  answerCodes,
  modelCodes,
];
