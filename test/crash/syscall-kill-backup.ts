// `backup` and `restore`, killed: a backup with a manifest is whole, one without is none, and a restored home is whole or absent.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { writeBenchExport } from "../bench/import-bench-export.ts";
import type { SeededRandom } from "../fidelity/seeded-random.ts";
import { makeLines } from "./killed-process.ts";
import type { KilledRun } from "./killed-process.ts";
import { chatty, copyFolder } from "./syscall-kill-run.ts";
import type { KillScenario } from "./syscall-kill-run.ts";
import { ask, beginSession, filesBelow, templateIn } from "./syscall-kill-scenarios.ts";
import { compareSights, readSight } from "./syscall-kill-sight.ts";
import type { Sight } from "./syscall-kill-sight.ts";

interface BackupList {
  backups: { backupId: string }[];
  unreadable: unknown[];
}

/** A vault with an earlier backup of it, and messages since. @returns what each of the two moments looks like */
async function prepare(
  template: string,
  archive: string,
  random: SeededRandom,
): Promise<{ earlier: Sight; now: Sight; earlierId: string }> {
  const home = join(template, "home");
  await beginSession(template, makeLines(random, 12));
  await ask(template, "import", archive);
  await ask(template, "backup", join(template, "backups"), "--untested");
  const earlier = await readSight(home);
  await beginSession(template, makeLines(random, 8));
  const now = await readSight(home);
  assert.deepEqual([earlier.problems, now.problems], [[], []]);
  const { backups } = await ask<BackupList>(template, "backups", join(template, "backups"));
  const [first] = backups;
  assert.ok(first !== undefined && backups.length === 1);
  return { earlier, now, earlierId: first.backupId };
}

/** `backup`: the vault stays as it is, and whatever is listed as a backup restores to a moment that there was. */
export async function backupScenario(folder: string, random: SeededRandom): Promise<KillScenario> {
  const template = templateIn(folder, "backup");
  const archive = join(folder, "backup-export.zip");
  await writeBenchExport(archive, 0.2, 1);
  const { earlier, now, earlierId } = await prepare(template, archive, random);
  return {
    name: "backup",
    template,
    words: (copy) => chatty("backup", join(copy, "backups")),
    roots: (copy) => [join(copy, "home"), join(copy, "backups")],
    witness: () => {
      let acknowledged = 0;
      let restored = 0;
      return {
        heard: (run) => {
          if (run.code === 0) acknowledged += 1;
        },
        async examine(copy) {
          const violations = compareSights(await readSight(join(copy, "home")), now);
          const list = await ask<BackupList>(copy, "backups", join(copy, "backups"));
          if (list.unreadable.length > 0) {
            violations.push(
              `half: a backup is listed and cannot be read: ${JSON.stringify(list.unreadable)}`,
            );
          }
          const ids = list.backups.map(({ backupId }) => backupId);
          if (!ids.includes(earlierId)) violations.push("lost: the earlier backup");
          if (ids.length < 1 + acknowledged) violations.push("lost: an acknowledged backup");
          for (const backupId of ids) {
            restored += 1;
            const home = join(copy, `restored-${restored}`);
            await ask(copy, "restore", join(copy, "backups"), "--to", home, "--backup", backupId);
            const differences = compareSights(await readSight(home), backupId === earlierId ? earlier : now);
            violations.push(...differences.map((difference) => `backup ${backupId}: ${difference}`));
          }
          return violations;
        },
      };
    },
  };
}

/** `restore`: the new home is whole or there is none, and the backup stays as it is. */
export async function restoreScenario(folder: string, random: SeededRandom): Promise<KillScenario> {
  const source = templateIn(folder, "restore-source");
  const template = templateIn(folder, "restore");
  const archive = join(folder, "restore-export.zip");
  await writeBenchExport(archive, 0.2, 1);
  const { now } = await prepare(source, archive, random);
  await ask(source, "backup", join(source, "backups"), "--untested");
  copyFolder(join(source, "backups"), join(templateIn(template, "backups")));
  const kept = hashesOf(join(template, "backups"));
  const home = (copy: string): string => join(copy, "restored");
  const isThere = (copy: string): boolean => existsSync(join(home(copy), "production", "vault.json"));
  return {
    name: "restore",
    template,
    words: (copy) => chatty("restore", join(copy, "backups"), "--to", home(copy)),
    roots: (copy) => [home(copy), join(copy, "backups")],
    // Any command would begin a new vault where there is none.
    homes: (copy) => (isThere(copy) ? [home(copy)] : []),
    // What was restored before the kill is in its place, and is never restored over.
    isGoodRepeat: (run: KilledRun, copy: string) =>
      run.code === 0 ||
      (run.code === 1 && run.lines.join("").includes("RESTORE_TARGET_NOT_EMPTY") && isThere(copy)),
    witness: () => ({
      heard: () => undefined,
      async examine(copy, when) {
        const violations: string[] = [];
        const found = hashesOf(join(copy, "backups"));
        for (const [path, hash] of kept) {
          if (found.get(path) !== hash) violations.push(`changed: ${path} of the backup`);
        }
        if (isThere(copy)) violations.push(...compareSights(await readSight(home(copy)), now));
        else if (when === "repeated") violations.push("lost: nothing was restored");
        return violations;
      },
    }),
  };
}

function hashesOf(folder: string): Map<string, string> {
  return new Map(
    filesBelow(folder).map((path) => [
      relative(folder, path),
      createHash("sha256").update(readFileSync(path)).digest("hex"),
    ]),
  );
}
