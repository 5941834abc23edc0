import { nodeFiles } from "../../../files/node-files.ts";
import { TimelineFile } from "../timeline-file.ts";

export { timelineRows } from "../timeline-rows.ts";
export type { TimelineMessage, TimelineSession } from "../timeline-rows.ts";
export type { TimelineFile } from "../timeline-file.ts";

/** A timeline without a vault, for measuring. Whoever opened it closes it. @param path absolute; its folder must exist */
export function openTimelineFile(path: string): TimelineFile {
  return new TimelineFile(nodeFiles(), path);
}
