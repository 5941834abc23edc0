import { entry } from "./documented-code.ts";
import type { CodeGroup } from "./documented-code.ts";

export const importCodes: CodeGroup = {
  title: "Importing",
  about: "Why an export was refused as a whole. Nothing of it was kept.",
  codes: [
    entry("SOURCE_NOT_FOUND", "There is nothing at the path.", "Check the path; quote it if it has spaces."),
    entry(
      "SOURCE_UNREADABLE",
      "What was to be imported broke off while it was read.",
      "Nothing of it was kept. Send it again.",
    ),
    entry(
      "SOURCE_INSIDE_VAULT",
      "What is to be imported or attached lies in the vault, or the vault lies in it.",
      "What is in the vault is there already. Name an export outside of it.",
    ),
    entry("SOURCE_CHANGED", "The export changed while it was read.", "Wait until nothing writes to it."),
    entry("SOURCE_MISMATCH", "The export is another vendor's than `--source` says.", "Leave `--source` out."),
    entry("NOT_AN_EXPORT", "Nothing in it looks like conversations.", "Give the file as the vendor sent it."),
    entry(
      "UNSUPPORTED_EXPORT",
      "It is an export this version does not read.",
      "The message names what it seems to be.",
    ),
    entry("UNSUPPORTED_ENCODING", "The file is not UTF-8.", "Give it as it was downloaded."),
    entry("IMPORT_ABORTED", "The import was called off.", "Import it again whenever you like."),
    entry("READER_MISSING", "The vault was opened by a program without importers.", "Use the command line."),
    entry(
      "IMPORT_NOT_BALANCED",
      "Not every node of the export is accounted for, so nothing was imported.",
      "Please report it; the export is fine where it is.",
    ),
    entry(
      "RUNTIME_NOT_IMPORTED",
      "`--into` names a runtime that was not made by an import.",
      "Name an imported one, or use `--into new`.",
    ),
    entry(
      "RUNTIME_SOURCE_DIFFERS",
      "`--into` names a runtime of another vendor.",
      "Name one of the same vendor, or use `--into new`.",
    ),
    entry(
      "RECORD_DAMAGED",
      "The kept bytes of a conversation do not match their hash.",
      "Run `chatty verify`, then `chatty rebuild references`.",
    ),
    entry("ARCHIVE_TRUNCATED", "The ZIP is cut off.", "Download it again."),
    entry("ARCHIVE_CORRUPT", "The ZIP is damaged.", "Download it again."),
    entry(
      "ARCHIVE_UNSUPPORTED",
      "The ZIP uses a feature that exports do not use.",
      "Give it as it was downloaded.",
    ),
    entry("ARCHIVE_ENCRYPTED", "The ZIP is encrypted.", "Decrypt it first."),
    entry(
      "ARCHIVE_TOO_LARGE",
      "The ZIP would unpack to more than is allowed.",
      "Give the original; this protects from archive bombs.",
    ),
    entry("ARCHIVE_DUPLICATE_NAME", "Two members of the ZIP have the same name.", "Give the original."),
    entry(
      "ARCHIVE_OVERLAP",
      "Members of the ZIP share bytes.",
      "Give the original; honest archives never do that.",
    ),
    entry("ARCHIVE_UNSAFE_NAME", "A member's name would lead out of the archive.", "Give the original."),
    entry("ARCHIVE_UNSAFE_ENTRY", "A member is neither a file nor a folder.", "Give the original."),
    entry(
      "ARCHIVE_MISSING",
      "A kept archive is gone from the vault.",
      "Put it back from a backup; `chatty verify` lists what is affected.",
    ),
    entry("PACK_MISSING", "A pack of conversation bytes is gone.", "Run `chatty rebuild references`."),
    entry(
      "PACK_DAMAGED",
      "A pack of conversation bytes is damaged.",
      "Run `chatty rebuild references`: it is made again from the archive.",
    ),
    entry("MEMBER_NOT_FOUND", "The archive has no such member.", "Run `chatty verify`."),
    entry(
      "RECORD_UNRECOGNISED",
      "A record is not a conversation as this vendor writes them.",
      "It is kept as it is; please report it.",
    ),
  ],
};

export const problemCodes: CodeGroup = {
  title: "Problems listed by an import",
  about: "The import went through; each of these cost at most the record it names. Exit code 3.",
  codes: [
    entry(
      "RECORD_UNREADABLE",
      "A record looks like a conversation and cannot be read.",
      "It is kept as it is and counted as failed.",
    ),
    entry("RECORD_TOO_LARGE", "A record is longer than any text can be.", "It stays in the archive only."),
    entry("RECORD_TOO_DEEP", "A record is nested deeper than is allowed.", "It stays in the archive only."),
    entry(
      "JSON_TRUNCATED",
      "A file ends inside a record or list; what came before was read.",
      "Download the export again.",
    ),
    entry("JSON_UNREADABLE", "A file is not JSON.", "Download the export again."),
    entry(
      "JSON_TRAILING_BYTES",
      "Bytes follow the end of a list and were not read.",
      "Download the export again.",
    ),
    entry("JSON_MISSING_COMMA", "Two records are not separated; both were read.", "Nothing to do."),
    entry(
      "TEXT_NOT_UTF8",
      "Bytes that are not UTF-8 are shown as replacement characters; the original is kept.",
      "`chatty show SESSION --raw` has the original.",
    ),
    entry(
      "CONVERSATION_ID_MISSING",
      "A conversation has no id; one was derived from its bytes.",
      "Nothing to do.",
    ),
    entry("TITLE_UNREADABLE", "A title is not text; it is kept in the metadata.", "Nothing to do."),
    entry(
      "NODE_UNREADABLE",
      "A node is not an object and was left out.",
      "`chatty show SESSION --raw` has it.",
    ),
    entry("NODE_ID_MISSING", "A message has no id; it is known by its position.", "Nothing to do."),
    entry("NODE_ID_DUPLICATE", "Two messages have one id; a position was added.", "Nothing to do."),
    entry(
      "CHILD_MISSING",
      "A node lists children that are not there.",
      "Nothing to do; everything that is there is kept.",
    ),
    entry(
      "SHARD_MISSING",
      "The manifest lists a part that the archive does not hold.",
      "Download the export again.",
    ),
    entry(
      "STALE_CONVERSATIONS_FILE",
      "A single conversations file lies beside shards and was not read.",
      "Nothing to do, if it is the older one.",
    ),
    entry(
      "DUPLICATE_CONVERSATION",
      "The export has a conversation more than once; all of it is kept as one.",
      "Nothing to do.",
    ),
    entry(
      "ACCOUNT_DIFFERS",
      "`--into` put the export of one account into the runtime of another.",
      "If that was not meant, delete the runtime and import its exports again with `--into new`.",
    ),
    entry(
      "EARLIER_VERSION_UNREADABLE",
      "An earlier version of a conversation cannot be read any more.",
      "Run `chatty verify`.",
    ),
    entry("SIDECAR_UNREADABLE", "Data beside the conversations cannot be read.", "It stays in the archive."),
  ],
};

export const recoveryCodes: CodeGroup = {
  title: "Found at start and by verify",
  about: "What a crash, a disk or a program left behind. Bytes that were set apart lie in `quarantine/`.",
  codes: [
    entry(
      "LOG_TAIL_CUT",
      "The log ended in an unfinished record that was never acknowledged.",
      "Nothing to do; the bytes are in quarantine.",
    ),
    entry(
      "LOG_TAIL_LOST",
      "The disk said that the end of the log was synced, and lost it all the same.",
      "Check the disk. Put the vault back from a backup if something is missing.",
    ),
    entry("LOG_FILE_UNFINISHED", "A new log file was begun and not finished.", "Nothing to do."),
    entry(
      "FILE_TAIL_CUT",
      "A file ended in bytes that the log does not know.",
      "Nothing to do; the bytes are in quarantine.",
    ),
    entry(
      "FILE_TRUNCATED",
      "Acknowledged bytes are gone from the end of a file.",
      "Check the disk. Put the file back from a backup, or run `chatty repair`, which keeps what is left.",
    ),
    entry(
      "CONFIGURATION_REBUILT",
      "A repair made `chatty.db` anew; what no file tells is gone from it.",
      "Import the files under `imports/…/archives/` again, and set again what was set.",
    ),
    entry(
      "FILE_REPLACED",
      "A file is sound, but not the one that was written: it was written anew or put there.",
      "Put the file back from a backup, or run `chatty repair`, which takes it as it is and says so in it.",
    ),
    entry(
      "FILE_SWAPPED",
      "A journal lies in the folder of another conversation.",
      "Run `chatty repair`, which puts every record back where it belongs.",
    ),
    entry(
      "FILE_ORPHANED",
      "A file in the vault belongs to nothing.",
      "Look at it and move it away; Chatty leaves it where it is. An archive is imported again to see what is in it.",
    ),
    entry(
      "LINE_REPEATED",
      "A line or a block stands in a journal twice, or in a wrong place.",
      "Run `chatty repair`; nothing is lost by that.",
    ),
    entry(
      "FILE_BYTES_REPLACED",
      "Bytes of a file differed from the log and were mended.",
      "Check the disk; the bytes are in quarantine.",
    ),
    entry(
      "LINE_DAMAGED",
      "A line of a journal does not match its hash.",
      "Run `chatty repair --dry-run`; every readable record is saved.",
    ),
    entry("HEADER_DAMAGED", "The first line of a journal cannot be read.", "Run `chatty repair --dry-run`."),
    entry(
      "CHAIN_BROKEN",
      "Records of a journal are missing, or are not in their order.",
      "Put the journal back from a backup, or run `chatty repair --dry-run`; every readable record is saved.",
    ),
    entry(
      "PARENT_MISSING",
      "A message follows one that is not there.",
      "Nothing is hidden; run `chatty repair --dry-run`.",
    ),
    entry("FILE_CHANGED", "An attached file does not match its hash.", "Put it back from a backup."),
    entry(
      "CATALOG_DAMAGED",
      "The file of the catalog is damaged.",
      "Run `chatty repair` or `chatty rebuild catalog`; nothing is lost.",
    ),
    entry(
      "CATALOG_STALE",
      "The catalog does not say what the journal says.",
      "Run `chatty rebuild catalog`.",
    ),
    entry("TRANSCRIPT_MISSING", "A transcript is gone.", "Run `chatty repair`, which makes it again."),
    entry(
      "TRANSCRIPT_CHANGED",
      "A transcript was edited by hand or damaged.",
      "Run `chatty repair`: the edited one is set aside and a fresh one written.",
    ),
    entry(
      "ARCHIVE_DAMAGED",
      "A kept archive does not match its hash.",
      "Put it back from a backup, or import the same export again.",
    ),
    entry(
      "ARCHIVE_UNREADABLE",
      "A kept archive cannot be read.",
      "Check the disk; put it back from a backup.",
    ),
    entry(
      "REFERENCES_MISSING",
      "Conversations of an archive have no reference.",
      "Run `chatty rebuild references`.",
    ),
    entry(
      "PACK_UNREADABLE",
      "A pack of conversation bytes cannot be read.",
      "Run `chatty rebuild references`.",
    ),
    entry(
      "MIRROR_MISSING",
      "A file that mirrors the configuration or a journal is gone.",
      "Run `chatty repair`.",
    ),
    entry(
      "MEMORY_UNREADABLE",
      "What was remembered over conversations, or a summary, cannot be read.",
      "Run `chatty repair`: it sets the file aside. No message is lost by it; summaries are made again when they are asked for.",
    ),
    entry(
      "MIRROR_CHANGED",
      "A file that mirrors the configuration or a journal was edited by hand or damaged.",
      "Run `chatty repair`, which makes it again.",
    ),
    entry(
      "EVENTS_MISSING",
      "A file of events that follow from the journals is gone.",
      "Run `chatty repair`.",
    ),
    entry(
      "EVENTS_CHANGED",
      "A file of events does not say what the journals say.",
      "Run `chatty repair`, which makes it again.",
    ),
    entry("VIEW_MISSING", "A readable view of an import is gone.", "Run `chatty rebuild views`."),
    entry(
      "VIEW_CHANGED",
      "A readable view of an import was edited by hand or damaged.",
      "Run `chatty rebuild views`.",
    ),
    entry(
      "REFERENCE_DAMAGED",
      "A reference does not lead to the bytes it names.",
      "Run `chatty rebuild references`.",
    ),
    entry(
      "SESSION_ORPHANED",
      "A session's folder is not in the catalog.",
      "Run `chatty rebuild catalog`, which finds it.",
    ),
  ],
};
