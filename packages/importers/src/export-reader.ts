import type { ExportReader } from "@chatty/model";
import { convertRecord } from "./convert-record.ts";
import { openExport } from "./open-export.ts";

/** Reads the exports of ChatGPT and Claude. Keeps nothing between calls. */
export const exportReader: ExportReader = {
  version: "1",
  open: openExport,
  convert: (source, raw) => convertRecord(source, raw),
};
