import type { LegacyReader } from "@chatty/model";
import { surveyLegacy } from "./legacy-survey.ts";
import { readUnit } from "./read-unit.ts";

/** Reads what older programs wrote. Keeps nothing between calls. */
export const legacyReader: LegacyReader = {
  survey: surveyLegacy,
  async read(folder, survey, unit) {
    const reading = await readUnit(folder, survey, unit);
    if (reading === undefined) return { conversations: [], spans: [], problems: [] };
    const { keySuffix } = unit;
    if (keySuffix !== undefined)
      for (const conversation of reading.conversations) conversation.key += keySuffix;
    return reading;
  },
};
