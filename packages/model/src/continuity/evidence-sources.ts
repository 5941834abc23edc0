import type { Evidence, EvidenceRule, EvidenceType } from "./timeline-event.ts";

/** What each rule is called as evidence, in the words of specification 003 where it has some. */
const sources: Readonly<Record<EvidenceRule, { type: EvidenceType; source: string }>> = {
  "own-time": { type: "metadata", source: "message timestamp" },
  "written-live": { type: "metadata", source: "message timestamp" },
  "selection-match": { type: "user_action", source: "runtime selection" },
  "conversation-time": { type: "metadata", source: "conversation timestamp" },
  "file-time": { type: "metadata", source: "file timestamp" },
  "relative-words": { type: "metadata", source: "relative words in the text" },
  "between-neighbours": { type: "metadata", source: "estimated between neighbouring messages" },
  "beside-neighbour": { type: "metadata", source: "estimated from a neighbouring message" },
  "order-only": { type: "metadata", source: "order of the messages" },
  "clock-went-back": { type: "metadata", source: "clock went back" },
  "rejected-epoch": { type: "metadata", source: "rejected timestamp: an empty clock" },
  "rejected-future": { type: "metadata", source: "rejected timestamp: in the future" },
  "rejected-before-provider": { type: "metadata", source: "rejected timestamp: before the provider existed" },
  "rejected-import-stamp": { type: "metadata", source: "rejected timestamp: the moment of the export" },
};

/** The evidence that a rule is. @param ms of the time that it speaks of, integer milliseconds UTC */
export function evidenceOf(rule: EvidenceRule, ms?: number): Evidence {
  const { type, source } = sources[rule];
  return { type, source, ...(ms === undefined ? {} : { timestamp: isoTime(ms) }), rule };
}

/** ISO 8601 in UTC, without milliseconds where there are none: as specification 003 writes times. */
export function isoTime(ms: number): string {
  const text = new Date(ms).toISOString();
  return text.endsWith(".000Z") ? `${text.slice(0, -5)}Z` : text;
}
