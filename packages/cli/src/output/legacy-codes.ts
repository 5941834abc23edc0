import { entry } from "./documented-code.ts";
import type { CodeGroup } from "./documented-code.ts";

export const legacyCodes: CodeGroup = {
  title: "Migrating an older store",
  about: "Why `migrate legacy` stopped. Nothing of the older store is ever changed.",
  codes: [
    entry(
      "LEGACY_NOTHING_FOUND",
      "The folder holds no conversations of an older program.",
      "Name the folder of the older store; a vendor's export is taken in by `chatty import`.",
    ),
    entry(
      "LEGACY_SEVERAL_USERS",
      "The older store has conversations of more than one user.",
      "Migrate one user's folder at a time, each for its own user; of a database, a copy with the rows of one.",
    ),
    entry(
      "LEGACY_SOURCE_IS_VAULT",
      "The folder is a vault of this program, not an older store.",
      "Open it with `--home`, or restore it from a backup.",
    ),
    entry(
      "LEGACY_ABORTED",
      "The migration was called off.",
      "What was migrated stays; running it again takes it up where it stopped.",
    ),
    entry(
      "LEGACY_NOT_VERIFIED",
      "A migrated message does not read back as it was written.",
      "Run `chatty verify`, check the disk, and migrate again; the originals are untouched.",
    ),
    entry(
      "LEGACY_ORIGINAL_DAMAGED",
      "The kept copy of an original is not what was copied.",
      "Check the disk, then migrate again, which copies the file anew.",
    ),
  ],
};

export const legacyProblemCodes: CodeGroup = {
  title: "Problems listed by a migration",
  about:
    "The migration went through; each of these is about one file. Exit code 3. Every original is kept, whatever is listed.",
  codes: [
    entry(
      "LEGACY_SPAN_KEPT",
      "Bytes of a file are no message and were kept as they are.",
      "Look at them in the original; `keptSpans` has the places.",
    ),
    entry(
      "LEGACY_QUOTED_MESSAGE",
      "Lines inside a block of code look like beginnings of messages and stayed text.",
      "Nothing to do, if they are quotations.",
    ),
    entry(
      "LEGACY_BACKUP_TAKEN",
      "A file is damaged, and its older program's own backup has more of it: that one was taken.",
      "The damaged one is kept as well.",
    ),
    entry(
      "LEGACY_BACKUP_ALONE",
      "A backup belongs to a conversation that is not there any more.",
      "It is kept; copy it to the place of the conversation and migrate again to have it back.",
    ),
    entry(
      "LEGACY_COPY_DIFFERS",
      "A second copy of a conversation has messages that the one taken does not have.",
      "It is kept; compare the two files.",
    ),
    entry(
      "LEGACY_FILE_NOT_RECOGNISED",
      "A file looks like text of a conversation and has no form that is known.",
      "It is kept as it is.",
    ),
    entry(
      "LEGACY_FILE_TOO_LARGE",
      "A file is too large to be read as a conversation.",
      "It is kept as it is.",
    ),
    entry(
      "LEGACY_JSON_UNREADABLE",
      "A file of JSON is not valid: it may have been cut off while it was written.",
      "It is kept; where it has a backup, that one was taken.",
    ),
    entry(
      "LEGACY_VENDOR_EXPORT",
      "A file in the folder looks like the export of a vendor.",
      "It is kept; take it in with `chatty import`.",
    ),
    entry(
      "LEGACY_DATABASE_UNREADABLE",
      "A database cannot be read.",
      "It is kept. If the older program still runs, end it and migrate again.",
    ),
    entry(
      "LEGACY_LINK_LEFT_OUT",
      "Something in the folder is neither a file nor a folder; links are never followed.",
      "Migrate what it points at by its own path.",
    ),
    entry(
      "LEGACY_MESSAGE_DIFFERS",
      "A message that was migrated before says something else in the file now.",
      "The earlier one stands, and both originals are kept.",
    ),
    entry(
      "LEGACY_HOME_TAKEN",
      "A runtime has a home with messages already, so a migrated home became a conversation beside it.",
      "`chatty sessions home ID` makes it the home.",
    ),
    entry(
      "LEGACY_RUNTIME_DELETED",
      "Conversations belong to a runtime that was deleted in this vault.",
      "Bring it back with `chatty runtimes restore` and migrate again.",
    ),
    entry(
      "LEGACY_CONSTRUCT_REFUSED",
      "The settings of a construct in an older database cannot be taken over.",
      "They are in the kept file; make the construct by hand.",
    ),
    entry(
      "LEGACY_COUNT_DIFFERS",
      "An import counted other messages than its files have.",
      "Please report it; the originals are kept.",
    ),
  ],
};
