import type { Role, SearchFeature, SearchField, SearchMark } from "@chatty/model";
import type { SearchAnswer, SearchMode, SearchSort } from "@chatty/server/api";
import { formatAmount, formatCount, formatDate } from "../../ui/format.ts";

/** The conditions of which every hit is counted. */
export type FacetKind = "runtime" | "role" | "model" | "has" | "in";

export const facetTitles: Record<FacetKind, string> = {
  runtime: "Runtimes",
  role: "Said by",
  model: "Models",
  has: "With",
  in: "Found in",
};

export const roleNames: Record<Role, string> = {
  user: "You",
  assistant: "Assistant",
  system: "System",
  tool: "Tool",
};

export const featureNames: Record<SearchFeature, string> = {
  image: "Images",
  audio: "Audio",
  video: "Video",
  file: "Files",
  code: "Code",
  link: "Links",
  citation: "Sources",
  thinking: "Thinking",
  tool: "Tools",
};

export const fieldNames: Record<SearchField, string> = {
  text: "Messages",
  title: "Titles",
  thinking: "Thinking",
  tool: "Tools",
  file: "Files",
};

export const markNames: Record<SearchMark, string> = {
  starred: "Starred",
  archived: "Archived",
  home: "Home",
  imported: "Imported",
  native: "Kept by Chatty",
  active: "Shown branch",
  hidden: "Hidden",
};

export const modeNames: Record<SearchMode, string> = {
  hybrid: "Words and meaning",
  text: "Words",
  semantic: "Meaning",
};

/** Where there is little room. */
export const shortModeNames: Record<SearchMode, string> = {
  hybrid: "Both",
  text: "Words",
  semantic: "Meaning",
};

export const shortSortNames: Record<SearchSort, string> = { best: "Best", newest: "Newest" };

export const sortNames: Record<SearchSort, string> = { best: "Best first", newest: "Newest first" };

/** What a value of a counted condition is called on the screen. Models are called what their source calls them. */
export function valueName(
  kind: FacetKind,
  value: string,
  runtimeName: (runtimeId: string) => string,
): string {
  switch (kind) {
    case "runtime":
      return runtimeName(value);
    case "role":
      return named(roleNames, value);
    case "has":
      return named(featureNames, value);
    case "in":
      return named(fieldNames, value);
    case "model":
      return value;
  }
}

export function named(names: Readonly<Record<string, string>>, value: string): string {
  return Object.hasOwn(names, value) ? (names[value] ?? value) : value;
}

/** Role of a hit for people; an answer goes by its model's name. */
export function speakerOf(role: Role, model: string | undefined): string {
  return role === "assistant" && model !== undefined && model !== "" ? model : roleNames[role];
}

/** How much was found, in one line. What has the words is counted; by meaning everything is more or less near. */
export function countLine(answer: SearchAnswer, loaded: number, hasMore: boolean): string {
  const { total, totalIsExact, mode } = answer;
  if (loaded === 0) return "Nothing found";
  if (mode === "semantic" || total === undefined)
    return hasMore ? `The nearest ${formatCount(loaded)}` : formatAmount(loaded, "message");
  if (total === 0) return "No message has these words; these are near in meaning";
  const counted = totalIsExact ? formatAmount(total, "message") : `More than ${formatCount(total)} messages`;
  return mode === "hybrid" && totalIsExact && total < loaded
    ? `${counted}, and some near in meaning`
    : counted;
}

/** What a person must know about an answer besides its hits; each a sentence. */
export function answerNotices(
  answer: SearchAnswer,
  asked: { sort: SearchSort; mode: SearchMode },
  isMeaningToCome: boolean,
): string[] {
  const lines: string[] = [];
  if (asked.sort === "best" && answer.sort === "newest" && answer.hits.length > 0)
    lines.push("Newest first, because these words are very common.");
  if (asked.mode !== "text" && answer.mode === "text") {
    if (isMeaningToCome) lines.push("Found by words alone so far: the meaning is still being read.");
    else if (asked.mode === "semantic") lines.push("Found by words: nothing is known by its meaning.");
  }
  if (answer.searchedBackTo !== undefined) lines.push(`Looked back to ${formatDate(answer.searchedBackTo)}.`);
  if (answer.pendingSessions > 0) {
    const are = answer.pendingSessions === 1 ? "is" : "are";
    lines.push(`${formatAmount(answer.pendingSessions, "conversation")} ${are} not in the index yet.`);
  }
  return [...lines, ...answer.notices];
}
