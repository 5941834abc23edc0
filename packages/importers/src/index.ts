export { exportReader } from "./export-reader.ts";
export { legacyReader } from "./legacy/legacy-reader.ts";
