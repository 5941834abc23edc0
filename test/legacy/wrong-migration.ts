// A migration with a fault: its ids are others in every process, so that what is run again is there twice.
import { join } from "node:path";
import { exportReader, legacyReader } from "@chatty/importers";
import type { LegacyReader } from "@chatty/model";
import { openVault } from "@chatty/store";

const [source = ""] = process.argv.slice(2);
const reader: LegacyReader = {
  survey: (folder) => legacyReader.survey(folder),
  async read(folder, survey, unit) {
    const reading = await legacyReader.read(folder, survey, unit);
    for (const conversation of reading.conversations) conversation.key += `#${process.pid}`;
    return reading;
  },
};
const vault = await openVault({
  home: join(process.cwd(), "home"),
  environment: "production",
  exports: exportReader,
});
await vault.user().migrateLegacy(source, reader);
await vault.close();
