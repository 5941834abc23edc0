import type { LegacyFolder, LegacyReading, LegacySurvey, LegacyUnit } from "@chatty/model";
import { readDatabase } from "./read-database.ts";
import { readFlatSession } from "./read-flat-session.ts";
import { readLegacyFile } from "./read-legacy-file.ts";
import { readTextMessages } from "./read-text-messages.ts";

/** Reads one unit; undefined when its files hold no conversation. */
export async function readUnit(
  folder: LegacyFolder,
  { userNames }: Pick<LegacySurvey, "userNames">,
  unit: LegacyUnit,
): Promise<LegacyReading | undefined> {
  const [main = "", beside] = unit.paths;
  switch (unit.format) {
    case "flatfile":
      return readFlatSession(
        main,
        await folder.read(main),
        beside === undefined ? undefined : { path: beside, bytes: await folder.read(beside) },
      );
    case "text-messages": {
      const files: { path: string; bytes: Uint8Array }[] = [];
      for (const path of unit.paths) files.push({ path, bytes: await folder.read(path) });
      return readTextMessages(files);
    }
    case "chatty-database":
      return readDatabase(main, await folder.tables(main));
    default:
      return readLegacyFile(main, await folder.read(main), userNames);
  }
}
