import type { ConstructId } from "@chatty/model";
import { truncateBytes } from "../journal/transcript-name.ts";

/** A conversation that gets a readable view. */
export interface ViewSubject {
  constructId: ConstructId;
  /** The source's own id; orders conversations of one instant. */
  sourceId: string;
  title?: string;
  /** Integer milliseconds UTC; absent where the source has no date. */
  createdAt?: number;
}

/** Bytes of a file name's part before ` (2)` and `.md`; with both a name stays within 180 bytes. */
const stemLimitBytes = 165;

/** Instants that a four-digit year can name. */
export const earliestNamedMs = -62_167_219_200_000;
export const latestNamedMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Names that Windows keeps for devices, whatever their ending. */
const reservedName = /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9¹²³])\s*(?:\.|$)/iu;

/**
 * Paths of readable views, `{constructId}/{year}/{month}/{title}.md` (`undated` for year and month where there is no date), in
 * the order of `subjects`. The same set of conversations gives the same paths in whatever order it comes. No two paths
 * are equal, also where a file system ignores case or the form of Unicode: the first by time and id has the plain name, the
 * next ones ` (2)`, ` (3)` and so on.
 */
export function viewPaths(subjects: readonly ViewSubject[]): string[] {
  const order = subjects.map((_, index) => index);
  order.sort((left, right) => compareSubjects(subjects[left], subjects[right]) || left - right);
  const taken = new Set<string>();
  const nextCount = new Map<string, number>();
  const paths: string[] = [];
  for (const index of order) {
    const subject = subjects[index];
    if (subject === undefined) continue;
    const folder = viewFolder(subject);
    const stem = viewStem(subject.title ?? "");
    const group = foldPath(`${folder}/${stem}`);
    let count = nextCount.get(group) ?? 1;
    let path = "";
    do {
      path = `${folder}/${stem}${count === 1 ? "" : ` (${count})`}.md`;
      count += 1;
    } while (taken.has(foldPath(path)));
    taken.add(foldPath(path));
    nextCount.set(group, count);
    paths[index] = path;
  }
  return paths;
}

/** Folder of a view: construct, year and month in UTC. */
export function viewFolder({ constructId, createdAt }: ViewSubject): string {
  const isDated = createdAt !== undefined && createdAt >= earliestNamedMs && createdAt <= latestNamedMs;
  if (!isDated) return `${constructId}/undated`;
  const [year, month] = new Date(createdAt).toISOString().split("-");
  return `${constructId}/${year}/${month}`;
}

/**
 * A title as a file name that is safe everywhere: no separators, control, format or reserved characters, no leading or
 * trailing dots, hyphens or spaces, no device names, never empty, no code point cut.
 */
export function viewStem(title: string): string {
  const plain = title
    .toWellFormed()
    .normalize("NFC")
    // Joiners and variation selectors stay: without them many emoji fall apart.
    .replace(/[^\P{Cf}\u200c\u200d]/gu, "")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .replace(/[/\\:*?"<>|\ufffd\p{Noncharacter_Code_Point}\p{Co}]+/gu, "-");
  const trimmed = trimEdges(truncateBytes(trimEdges(plain), stemLimitBytes));
  if (trimmed === "") return "untitled";
  return reservedName.test(trimmed) ? `_${trimmed}` : trimmed;
}

function trimEdges(text: string): string {
  return text.replace(/^(?:[-.\s\ufe0f]|\u200c|\u200d)+|(?:[-.\s]|\u200c|\u200d)+$/gu, "");
}

/** One spelling for all that some file system takes for the same name. */
function foldPath(path: string): string {
  return path
    .normalize("NFKD")
    .toUpperCase()
    .toLowerCase()
    .normalize("NFKD")
    .replace(/\p{Default_Ignorable_Code_Point}/gu, "");
}

function compareSubjects(left: ViewSubject | undefined, right: ViewSubject | undefined): number {
  if (left === undefined || right === undefined) return 0;
  const leftAt = left.createdAt ?? Number.POSITIVE_INFINITY;
  const rightAt = right.createdAt ?? Number.POSITIVE_INFINITY;
  if (leftAt !== rightAt) return leftAt < rightAt ? -1 : 1;
  if (left.sourceId !== right.sourceId) return left.sourceId < right.sourceId ? -1 : 1;
  return 0;
}
