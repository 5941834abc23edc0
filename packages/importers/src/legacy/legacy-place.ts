import { monthNumber } from "./legacy-times.ts";

/** What the path of a file says about the conversation in it. */
export interface LegacyPlace {
  /** Callsign or name of the folder that it lies in. */
  construct?: string;
  /** It is named like a home. */
  isHome: boolean;
  /** It lies where imports were put: below a year and a month, or under `undated` or `unknown`. */
  isImport: boolean;
  /** File name without its ending. */
  stem: string;
  /** Segments below the folder of the construct, without the ending. */
  below: string;
}

const instanceFolders: ReadonlySet<string> = new Set(["instances", "constructs"]);

/** Reads a path of an older store, with forward slashes. */
export function readPlace(path: string): LegacyPlace {
  const segments = path.split("/");
  const file = segments.at(-1) ?? "";
  const folders = segments.slice(0, -1);
  const whole = file.replace(/(?:\.(?:md|txt|jsonl?|bak))+$/i, "");
  // A backup is named after its conversation and the time at which it was made.
  const stem = folders.some((folder) => /^backups$/i.test(folder))
    ? whole.replace(/_\d{8}_\d{6}$/, "")
    : whole;
  const home = /^chat_with_(.+)$/.exec(stem)?.[1];
  const core = /^(.+)_core_chat$/.exec(stem)?.[1];
  const at = constructFolder(folders);
  const named = at === undefined ? undefined : folders[at];
  const rest = at === undefined ? folders : folders.slice(at + 1);
  // `{callsign}-001` behind a home's callsign is a further conversation; doubled it is the same one.
  const callsign = home === undefined ? core : callsignOf(home);
  const construct = named ?? callsign;
  return {
    ...(construct === undefined ? {} : { construct }),
    isHome: core !== undefined || (home !== undefined && callsign === oneNumber(home)),
    isImport: isImportFolder(rest),
    stem,
    below: [...rest.filter((folder) => !/^(?:chatty|backups)$/i.test(folder)), stem].join("/"),
  };
}

/** `aria-001-001` is `aria-001` written twice. */
export function oneNumber(callsign: string): string {
  return callsign.replace(/(-\d{3})\1+$/, "$1");
}

function callsignOf(home: string): string {
  const single = oneNumber(home);
  return /^(.+-\d{3})-\d{3}$/.exec(single)?.[1] ?? single;
}

function constructFolder(folders: readonly string[]): number | undefined {
  const instances = folders.findIndex((folder) => instanceFolders.has(folder.toLowerCase()));
  if (instances !== -1 && instances + 1 < folders.length) return instances + 1;
  const conversations = folders.findIndex(
    (folder, index) => folder === "conversations" && folders[index - 1]?.toLowerCase() === "chatty",
  );
  if (conversations !== -1 && conversations + 1 < folders.length) return conversations + 1;
  const chatty = folders.findIndex((folder, index) => folder === "Chatty" && index > 0);
  return chatty > 0 ? chatty - 1 : undefined;
}

function isImportFolder(below: readonly string[]): boolean {
  return below.some((folder, index) => {
    if (folder === "undated" || folder === "unknown") return true;
    const month = below[index + 1];
    if (!/^(?:19|20|21)\d{2}$/.test(folder) || month === undefined) return false;
    return /^(?:0?[1-9]|1[0-2])$/.test(month) || monthNumber(month.replace(/^\d+[-_ ]/, "")) !== undefined;
  });
}
