import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isChattyError } from "@chatty/model";
import { createDirectory } from "../testing/simulated-disk.ts";
import { simulatedFiles } from "../testing/simulated-files.ts";
import { BackupPlace } from "./backup-place.ts";
import { listBackups } from "./vault-backups.ts";

describe("listBackups", () => {
  test("finds no backups, and nothing strange, where a first backup was cut short", () => {
    const files = simulatedFiles(createDirectory());
    files.makeDirectory("/backups");
    for (const name of ["lock.sqlite", ".chatty-backups.json.0123456789abcdef.tmp"]) {
      files.open(`/backups/${name}`, "create").close();
      assert.deepEqual(listBackups("/backups", files).backups, [], name);
      assert.throws(
        () => BackupPlace.forReading(files, "/backups"),
        (error) => isChattyError(error, "BACKUP_NOT_FOUND"),
      );
    }
  });

  test("says so of a folder that holds anything else", () => {
    const files = simulatedFiles(createDirectory());
    files.makeDirectory("/backups");
    files.open("/backups/holiday.jpg", "create").close();
    assert.throws(
      () => listBackups("/backups", files),
      (error) => isChattyError(error, "BACKUP_PLACE_FOREIGN"),
    );
  });
});
