import { entry } from "./documented-code.ts";
import type { CodeGroup } from "./documented-code.ts";

export const backupCodes: CodeGroup = {
  title: "Backups",
  about: "Why a backup was not taken, restored or merged. The backups that are there stay as they are.",
  codes: [
    entry(
      "BACKUP_NOT_FOUND",
      "There is no such backup in the folder.",
      "`chatty backups DIR` lists what is there.",
    ),
    entry(
      "BACKUP_DAMAGED",
      "The backup does not hold the bytes that it says.",
      "Restore another one, check the disk it lies on, and take a new backup: it copies anew what is damaged.",
    ),
    entry("BACKUP_FORMAT_UNKNOWN", "A newer Chatty wrote the backup.", "Use that version."),
    entry(
      "BACKUP_PLACE_FOREIGN",
      "The folder holds something else than backups.",
      "Name an empty or new folder, or one that `chatty backup` made.",
    ),
    entry(
      "BACKUP_OF_OTHER_VAULT",
      "The folder holds backups of another vault.",
      "Give every vault a folder of its own.",
    ),
    entry("BACKUP_INSIDE_VAULT", "The folder lies in the vault.", "Name one outside, best on another disk."),
    entry(
      "BACKUP_BUSY",
      "Another process writes to the folder of backups.",
      "Let it finish, then try again.",
    ),
    entry(
      "BACKUP_DISTURBED",
      "Files were replaced again and again while they were copied.",
      "Let repairs and purges finish, then try again.",
    ),
    entry(
      "RESTORE_TARGET_NOT_EMPTY",
      "There is something where the vault is to be restored.",
      "Name a new home with `--to`, or add what is missing with `--merge`.",
    ),
    entry(
      "VAULT_WOULD_SHRINK",
      "The act would leave less than half of the vault.",
      "If that is what you want, confirm it with `--yes`.",
    ),
    entry(
      "MERGE_RECORD_DIFFERS",
      "The backup has another record under the id of one of the vault.",
      "The vault's own stays. Restore the backup into a home of its own to see the other one.",
    ),
    entry(
      "MERGE_ROW_REFUSED",
      "A row of the backup's configuration contradicts one of the vault's.",
      "The vault's own stays; the message names the row.",
    ),
    entry(
      "MERGE_RUNTIME_DIFFERS",
      "The backup has an import of a runtime that is another one in the vault.",
      "Its archive was added. Import that file again to see its conversations.",
    ),
    entry(
      "MERGE_SESSION_UNREADABLE",
      "A journal of the backup or the vault is damaged, so nothing of it was merged.",
      "Run `chatty repair` where it is damaged, and merge again.",
    ),
  ],
};
