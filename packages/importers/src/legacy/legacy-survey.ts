import { createHash } from "node:crypto";
import type {
  LegacyFolder,
  LegacyFormat,
  LegacyReading,
  LegacySurvey,
  LegacyUnit,
  Problem,
} from "@chatty/model";
import { isChattyError, isJsonObject } from "@chatty/model";
import { flatSessionFiles } from "./read-flat-session.ts";
import { isTextMessage } from "./read-text-messages.ts";
import { readUnit } from "./read-unit.ts";

/** Files that may hold a conversation; everything else belongs to one at most. */
const textFile = /\.(?:md|txt|jsonl|json)(?:\.bak)*$|\.bak$/i;
const databaseFile = /\.(?:db|sqlite|sqlite3)$/i;
/** Files that describe something and hold no conversation. */
const companionFile =
  /(?:^|\/)(?:profile|session_index|session|session_meta|panel|situational_context|context_history|context_[^/]*|persona|metadata|folders|character_chats|summary|vector_index|capsule|package|package-lock|tsconfig)\.jsonl?$|(?:^|\/)(?:personas|personas_global|documents|context_history|insights|vectors|system)\/|(?:^|\/)(?:readme|license|changelog)[^/]*$/i;
/** What a vendor's export is called: taken in by an import, and not by a migration. */
const vendorExport = /(?:^|\/)conversations(?:-\d+)?\.json$|\.zip$/i;
/** A file bigger than this is kept and not read. */
const largestFile = 512 * 1024 * 1024;

/** A unit with what is needed to compare it. */
interface Candidate {
  unit: LegacyUnit;
  keys: string;
  digests: string[];
  isBackup: boolean;
  isDamaged: boolean;
}

/** Finds out what is in an older store: which files are read together, and which of several copies of a conversation is taken. */
export async function surveyLegacy(folder: LegacyFolder): Promise<LegacySurvey> {
  const survey: LegacySurvey = {
    units: [],
    companions: [],
    unrecognised: [],
    users: [],
    userNames: await userNamesIn(folder),
    problems: [],
  };
  const candidates: Candidate[] = [];
  for (const planned of plannedUnits(folder, survey)) {
    try {
      const reading = await readUnit(folder, survey, planned);
      if (reading === undefined) leave(survey, planned.paths);
      else candidates.push(candidateOf(planned, reading));
    } catch (error) {
      if (!isChattyError(error)) throw error;
      survey.unrecognised.push(...planned.paths);
      survey.problems.push({
        code: error.code,
        message: error.message,
        where: { member: planned.paths[0] ?? "" },
      });
    }
  }
  chooseCopies(candidates, survey);
  survey.users = usersOf(survey.units);
  survey.companions.sort(byCodeUnit);
  return survey;
}

/** What may be a unit: session folders, folders of single messages, and every other file that may be a conversation for itself. */
function plannedUnits(folder: LegacyFolder, survey: LegacySurvey): LegacyUnit[] {
  const paths = new Set(folder.files.map(({ path }) => path));
  const units = new Map<string, LegacyUnit>();
  const add = (key: string, format: LegacyFormat, path: string): void => {
    const unit = units.get(key) ?? {
      format,
      paths: [],
      duplicates: [],
      isImport: false,
      conversations: 0,
      messages: 0,
    };
    unit.paths.push(path);
    units.set(key, unit);
  };
  for (const { path, size } of folder.files) {
    const parent = path.split("/").slice(0, -1).join("/");
    const inParent = (name: string): string => (parent === "" ? name : `${parent}/${name}`);
    if (size > largestFile) {
      survey.unrecognised.push(path);
      const message = "The file is too large to be read as a conversation; it is kept as it is.";
      survey.problems.push({ code: "LEGACY_FILE_TOO_LARGE", message, where: { member: path } });
    } else if (/(?:^|\/)messages\.jsonl$/.test(path) && isFlatFolder(parent, paths, inParent)) {
      add(path, "flatfile", path);
      const described = flatSessionFiles.map(inParent).find((each) => paths.has(each));
      if (described !== undefined) add(path, "flatfile", described);
    } else if (isTextMessage(path)) add(`text:${parent}`, "text-messages", path);
    else if (databaseFile.test(path)) add(path, "chatty-database", path);
    else if (companionFile.test(path)) survey.companions.push(path);
    else if (textFile.test(path)) add(path, "chat-json", path);
    else if (vendorExport.test(path)) leaveExport(survey, path);
    else survey.companions.push(path);
  }
  for (const { format, paths: own } of units.values()) {
    if (format !== "flatfile") continue;
    survey.companions = survey.companions.filter((path) => !own.includes(path));
  }
  return [...units.values()];
}

function isFlatFolder(
  parent: string,
  paths: ReadonlySet<string>,
  inParent: (name: string) => string,
): boolean {
  const name = parent.split("/").at(-1) ?? "";
  return (
    flatSessionFiles.some((file) => paths.has(inParent(file))) || /^(?:chat_)?(?:session|panel)_/.test(name)
  );
}

function candidateOf(unit: LegacyUnit, reading: LegacyReading): Candidate {
  const { conversations, spans } = reading;
  const messages = conversations.flatMap((conversation) => conversation.messages);
  const [main = ""] = unit.paths;
  return {
    unit: {
      ...unit,
      format: conversations[0]?.format ?? unit.format,
      isImport: conversations.some(({ imported }) => imported !== undefined),
      conversations: conversations.length,
      messages: messages.length,
    },
    keys: conversations.map(({ key }) => key).join("\n") || main,
    digests: messages.map(({ role, content }) =>
      createHash("sha256").update(`${role}\n${content}`).digest("base64").slice(0, 22),
    ),
    isBackup: isBackupPath(main),
    isDamaged:
      spans.some(({ kind, reason }) => kind === "kept" && reason?.startsWith("a line") === true) ||
      (messages.length === 0 && conversations.length > 0),
  };
}

/** True for what an older program put aside: its name, or the folder of a deleted session, says so. */
function isBackupPath(path: string): boolean {
  const segments = path.split("/");
  return (
    /\.bak$/i.test(path) ||
    segments
      .slice(0, -1)
      .some(
        (folder) =>
          /^(?:backups?|deleted|trash|\.trash)$/i.test(folder) ||
          /[._-](?:deleted|backup|bak)(?:[._-]|$)/i.test(folder) ||
          /^(?:deleted|backup)[._-]/i.test(folder),
      )
  );
}

/**
 * Of several copies of one conversation one is migrated: the main file when it is whole; when it is damaged, whichever copy has the
 * most messages, a later one before an earlier one. Files that are no backups and say different things are different conversations.
 */
function chooseCopies(candidates: readonly Candidate[], survey: LegacySurvey): void {
  const groups = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const group = groups.get(candidate.keys) ?? [];
    group.push(candidate);
    groups.set(candidate.keys, group);
  }
  for (const group of groups.values()) {
    const mains = group.filter(({ isBackup }) => !isBackup);
    const [main] = mains.toSorted((left, right) => right.digests.length - left.digests.length);
    if (main === undefined) {
      if (!takeForUnreadable(group, survey)) leaveDeleted(group, survey);
      continue;
    }
    const best = main.isDamaged ? bestOf(main, group) : main;
    const unit = best.unit;
    if (best !== main) {
      unit.restoredFor = main.unit.paths[0] ?? "";
      const message = `The file is damaged, and ${unit.paths[0]} has more of the conversation; that one was taken.`;
      survey.problems.push({ code: "LEGACY_BACKUP_TAKEN", message, where: { member: unit.restoredFor } });
    }
    survey.units.push(unit);
    for (const other of group) {
      if (other === best) continue;
      const extraMessages = countExtra(other.digests, best.digests);
      const [path = ""] = other.unit.paths;
      if (extraMessages > 0 && !other.isBackup && other !== main) {
        survey.units.push({ ...other.unit, keySuffix: `@${path}` });
        continue;
      }
      unit.duplicates.push({ path, extraMessages });
      if (extraMessages > 0) survey.problems.push(differs(path, unit, extraMessages));
    }
  }
}

function bestOf(main: Candidate, group: readonly Candidate[]): Candidate {
  let best = main;
  for (const other of group) {
    if (other.digests.length > best.digests.length) best = other;
    else if (best !== main && other.digests.length === best.digests.length && !other.isDamaged) best = other;
  }
  return best;
}

/** Backups whose conversation is gone: it was deleted, and does not come back by itself. */
function leaveDeleted(group: readonly Candidate[], survey: LegacySurvey): void {
  for (const { unit, digests } of group) {
    survey.companions.push(...unit.paths);
    const message = `It is a backup of a conversation that is not there any more (${digests.length} messages); it was kept and not migrated.`;
    survey.problems.push({ code: "LEGACY_BACKUP_ALONE", message, where: { member: unit.paths[0] ?? "" } });
  }
}

/** Of backups whose main file is there and cannot be read at all, the best is taken. @returns false when there is no such file. */
function takeForUnreadable(group: readonly Candidate[], survey: LegacySurvey): boolean {
  const unreadable = new Set(survey.unrecognised);
  const [first] = group;
  const lost = group.map(({ unit }) => mainPathOf(unit.paths[0] ?? "")).find((path) => unreadable.has(path));
  if (first === undefined || lost === undefined) return false;
  const best = bestOf(first, group);
  best.unit.restoredFor = lost;
  survey.units.push(best.unit);
  const message = `The file cannot be read, and ${best.unit.paths[0]} is a backup of it; that one was taken.`;
  survey.problems.push({ code: "LEGACY_BACKUP_TAKEN", message, where: { member: lost } });
  for (const other of group) {
    if (other === best) continue;
    const [path = ""] = other.unit.paths;
    const extraMessages = countExtra(other.digests, best.digests);
    best.unit.duplicates.push({ path, extraMessages });
    if (extraMessages > 0) survey.problems.push(differs(path, best.unit, extraMessages));
  }
  return true;
}

/** The file that a backup was made of: beside it, or in the folder above with the time taken from its name. */
function mainPathOf(path: string): string {
  const plain = path.replace(/(?:\.bak)+$/i, "");
  return plain.replace(/(^|\/)backups\/([^/]+?)(?:_\d{8}_\d{6})?(\.[^./]+)$/, "$1$2$3");
}

function countExtra(digests: readonly string[], known: readonly string[]): number {
  const left = new Map<string, number>();
  for (const digest of known) left.set(digest, (left.get(digest) ?? 0) + 1);
  let extra = 0;
  for (const digest of digests) {
    const count = left.get(digest) ?? 0;
    if (count === 0) extra += 1;
    else left.set(digest, count - 1);
  }
  return extra;
}

function differs(path: string, unit: LegacyUnit, extra: number): Problem {
  const message = `This copy of ${unit.paths[0]} has ${extra} ${extra === 1 ? "message" : "messages"} that the one taken does not have; it was kept as it is.`;
  return { code: "LEGACY_COPY_DIFFERS", message, where: { member: path } };
}

function leave(survey: LegacySurvey, paths: readonly string[]): void {
  for (const path of paths) {
    if (vendorExport.test(path)) {
      leaveExport(survey, path);
      continue;
    }
    if (databaseFile.test(path) || /\.json$/i.test(path)) {
      survey.companions.push(path);
      continue;
    }
    survey.unrecognised.push(path);
    const message = "No older form of conversation was found in it; it was kept as it is.";
    survey.problems.push({ code: "LEGACY_FILE_NOT_RECOGNISED", message, where: { member: path } });
  }
}

function leaveExport(survey: LegacySurvey, path: string): void {
  survey.companions.push(path);
  const message = "It looks like the export of a vendor; it was kept as it is. `chatty import` takes it in.";
  survey.problems.push({ code: "LEGACY_VENDOR_EXPORT", message, where: { member: path } });
}

/** Names that profiles give the person. */
async function userNamesIn(folder: LegacyFolder): Promise<string[]> {
  const names = new Set<string>();
  for (const { path, size } of folder.files) {
    if (!/(?:^|\/)profile\.json$/.test(path) || size > 1024 * 1024) continue;
    const profile = parsed(await folder.read(path));
    for (const key of ["username", "name", "displayName"]) {
      const name = isJsonObject(profile) ? profile[key] : undefined;
      if (typeof name === "string" && name.trim() !== "") names.add(name.trim());
    }
  }
  return [...names];
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    // A profile only helps to tell speakers apart; the file is kept like every other.
    return undefined;
  }
}

/** Folders of users that hold conversations. */
function usersOf(units: readonly LegacyUnit[]): string[] {
  const users = new Set<string>();
  for (const { paths } of units) {
    const segments = (paths[0] ?? "").split("/");
    const at = segments.indexOf("users");
    if (at === -1) continue;
    const isSharded = /^shard_\d+$/.test(segments[at + 1] ?? "");
    const end = at + (isSharded ? 3 : 2);
    if (segments.length > end) users.add(segments.slice(0, end).join("/"));
  }
  return [...users].sort(byCodeUnit);
}

function byCodeUnit(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
