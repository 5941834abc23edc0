import { createHash } from "node:crypto";
import { join } from "node:path";
import type {
  LegacyConstruct,
  LegacyConversation,
  LegacyFolder,
  LegacyReader,
  LegacyReading,
  LegacySurvey,
  LegacyUnit,
  Problem,
} from "@chatty/model";
import { ChattyError, isChattyError } from "@chatty/model";
import { replaceFile } from "../files/replace-file.ts";
import { assertNotAborted } from "../imports/import-errors.ts";
import { Turn } from "../imports/turn.ts";
import type { UserContext } from "../user/user-context.ts";
import { uncoveredRanges } from "./account-bytes.ts";
import {
  ensureConstructTarget,
  findConstructTarget,
  nameImportedConstruct,
  takeConstruct,
  takeHome,
} from "./construct-target.ts";
import { readDatabaseTables } from "./database-tables.ts";
import { importLegacyFiles } from "./imported-files.ts";
import { KeptOriginals, readFile } from "./kept-originals.ts";
import type { KeptOriginal } from "./kept-originals.ts";
import type { LegacyMigrationOptions, LegacyMigrationReport, MigratedConversation } from "./legacy-report.ts";
import { legacySessionId, migrateNative, nativeOutcome } from "./native-conversation.ts";
import { listLegacySource } from "./source-folder.ts";
import type { SourceFile } from "./source-folder.ts";

/** Changes of configuration are made one after the other; this waits for its turn. */
type InTurn = <Value>(work: () => Promise<Value>) => Promise<Value>;

/** Conversations of one construct that go to the imports. */
interface ImportGroup {
  construct: string;
  files: KeptOriginal[];
  messages: number;
  entries: MigratedConversation[];
}

/**
 * Takes over an older store: copies every file of it under its hash, makes native sessions of its own conversations and imports of those
 * that came from vendors, reads everything back, and lists what is no message. Nothing of the store is changed. Done twice it changes
 * nothing; cut off, it is taken up by doing it again.
 * @throws {ChattyError} SOURCE_NOT_FOUND, SOURCE_INSIDE_VAULT, SOURCE_CHANGED, SYMBOLIC_LINK, LEGACY_SOURCE_IS_VAULT, LEGACY_NOTHING_FOUND,
 * LEGACY_SEVERAL_USERS, LEGACY_NOT_VERIFIED, LEGACY_ABORTED, DISK_FULL, STORAGE_IN_DOUBT
 */
export async function migrateLegacy(
  context: UserContext,
  path: string,
  reader: LegacyReader,
  options: LegacyMigrationOptions,
  inTurn: InTurn,
): Promise<LegacyMigrationReport> {
  try {
    return await new Migration(context, reader, options, inTurn).run(path);
  } catch (error) {
    if (!isChattyError(error, "IMPORT_ABORTED")) throw error;
    throw new ChattyError("LEGACY_ABORTED", "The migration was called off.", {
      hint: "What was migrated stays; running it again takes it up where it stopped.",
      cause: error,
    });
  }
}

class Migration {
  readonly #context: UserContext;
  readonly #reader: LegacyReader;
  readonly #options: LegacyMigrationOptions;
  readonly #inTurn: InTurn;
  readonly #originals: KeptOriginals;
  readonly #imports = new Map<string, ImportGroup>();
  readonly #turn = new Turn();
  readonly #taken = new Set<string>();
  #kept = new Map<string, KeptOriginal>();

  constructor(context: UserContext, reader: LegacyReader, options: LegacyMigrationOptions, inTurn: InTurn) {
    this.#context = context;
    this.#reader = reader;
    this.#options = options;
    this.#inTurn = inTurn;
    this.#originals = new KeptOriginals(context);
  }

  async run(path: string): Promise<LegacyMigrationReport> {
    const started = performance.now();
    const { storage } = this.#context;
    const isDryRun = this.#options.dryRun === true;
    const source = listLegacySource(storage.files, path, storage.root);
    const survey = await this.#reader.survey(this.#folder(source.files));
    assertOneStore(path, survey);
    // From here on the copies are read: what a program is still writing would be another thing the second time.
    if (!isDryRun) {
      const kept = await this.#originals.keepAll(source.files, this.#options.signal, (done) =>
        this.#options.onProgress?.({ phase: "copying", done, total: source.files.length }),
      );
      this.#kept = new Map(kept.map((file) => [file.path, file]));
    }
    const folder = this.#folder(source.files);
    const report = emptyReport(path, isDryRun, source.files, survey, source.problems);
    // Imports first: a home and conversations that were held with an imported construct belong to the runtime that its imports make.
    const imports = survey.units.filter(({ isImport }) => isImport);
    const natives = survey.units.filter(({ isImport }) => !isImport);
    await this.#migrateUnits(folder, survey, imports, report);
    await this.#importGroups(report);
    await this.#migrateUnits(folder, survey, natives, report);
    report.unchanged =
      !isDryRun &&
      this.#originals.copied === 0 &&
      report.constructs.new === 0 &&
      report.migrated.every(isDone);
    if (!isDryRun) report.manifest = this.#writeManifest(report);
    report.durationMs = Math.round(performance.now() - started);
    return report;
  }

  #folder(files: readonly SourceFile[]): LegacyFolder {
    const bytesOf = (path: string): Buffer => {
      const kept = this.#kept.get(path);
      if (kept !== undefined) return this.#originals.read(kept);
      const file = files.find((each) => each.path === path);
      if (file === undefined) throw new TypeError(`The older store has no file ${path}.`);
      return readFile(this.#context.storage.files, file.absolute);
    };
    return {
      files: files.map(({ path, size }) => ({ path, size })),
      read: (path) => Promise.resolve(bytesOf(path)),
      tables: async (path) => {
        const wal = files.some((file) => file.path === `${path}-wal`) ? bytesOf(`${path}-wal`) : undefined;
        const bytes = { main: bytesOf(path), ...(wal === undefined ? {} : { wal }) };
        return await Promise.resolve(readDatabaseTables(this.#context, path, bytes));
      },
    };
  }

  async #migrateUnits(
    folder: LegacyFolder,
    survey: LegacySurvey,
    units: readonly LegacyUnit[],
    report: LegacyMigrationReport,
  ): Promise<void> {
    for (const [index, unit] of units.entries()) {
      assertNotAborted(this.#options.signal);
      if (this.#turn.isOver()) await this.#turn.next();
      this.#options.onProgress?.({ phase: "migrating", done: index, total: units.length });
      await this.#migrateUnit(folder, survey, unit, report);
    }
  }

  async #migrateUnit(
    folder: LegacyFolder,
    survey: LegacySurvey,
    unit: LegacyUnit,
    report: LegacyMigrationReport,
  ): Promise<void> {
    const reading = await this.#reader.read(folder, survey, unit);
    account(folder, unit, reading, report);
    for (const construct of reading.constructs ?? []) await this.#takeConstruct(construct, unit, report);
    for (const conversation of reading.conversations) {
      const entry = entryOf(unit, conversation);
      report.migrated.push(entry);
      report.messages.seen += entry.messages;
      if (conversation.imported === undefined) await this.#migrateNative(conversation, entry, report);
      else this.#planImport(unit, conversation, entry);
    }
  }

  async #takeConstruct(
    construct: LegacyConstruct,
    unit: LegacyUnit,
    report: LegacyMigrationReport,
  ): Promise<void> {
    const isDryRun = this.#options.dryRun === true;
    try {
      const state = await this.#inTurn(() => takeConstruct(this.#context, construct, isDryRun));
      // Another copy of the database may have it as well.
      const name = construct.callsign ?? construct.name;
      report.constructs[this.#taken.has(name) ? "unchanged" : state] += 1;
      this.#taken.add(name);
    } catch (error) {
      if (!isChattyError(error, "CONSTRUCT_INVALID")) throw error;
      const message = `The construct ${JSON.stringify(construct.name.slice(0, 120))} was not taken over: ${error.message}`;
      report.problems.push({
        code: "LEGACY_CONSTRUCT_REFUSED",
        message,
        where: { member: unit.paths[0] ?? "" },
      });
    }
  }

  async #migrateNative(
    conversation: LegacyConversation,
    entry: MigratedConversation,
    report: LegacyMigrationReport,
  ): Promise<void> {
    const { userId, sessions } = this.#context;
    const isDryRun = this.#options.dryRun === true;
    const target = isDryRun
      ? findConstructTarget(this.#context, conversation.construct)
      : await this.#inTurn(() => ensureConstructTarget(this.#context, conversation.construct));
    entry.constructId = target.constructId;
    if (target.kind === "deleted") {
      entry.state = "refused";
      report.conversations.refused += 1;
      report.messages.refused += entry.messages;
      const message = `It belongs to the runtime ${target.runtimeId}, which was deleted here; restore that runtime and migrate again.`;
      report.problems.push({ code: "LEGACY_RUNTIME_DELETED", message, where: { member: entry.path } });
      return;
    }
    if (target.kind === "known") entry.runtimeId = target.runtimeId;
    if (entry.messages === 0 && conversation.home) {
      entry.state = "empty";
      report.conversations.empty += 1;
      return;
    }
    const sessionId = legacySessionId(userId, conversation.key);
    entry.sessionId = sessionId;
    report.conversations.native += 1;
    report.messages.native += entry.messages;
    const title = (conversation.title ?? conversation.key.split("/").at(-1) ?? entry.path)
      .toWellFormed()
      .slice(0, 2000);
    const outcome =
      target.kind === "new" || isDryRun
        ? nativeOutcome(sessions, userId, sessionId, conversation)
        : await migrateNative(
            sessions,
            userId,
            { sessionId, runtimeId: target.runtimeId, constructId: target.constructId, title },
            conversation,
          );
    entry.state = outcome.state;
    for (const key of outcome.differing) {
      const message = `Message ${key} was migrated before and says something else now; the earlier one stands, and both originals are kept.`;
      report.problems.push({
        code: "LEGACY_MESSAGE_DIFFERS",
        message,
        where: { member: entry.path, node: key },
      });
    }
    if (!conversation.home || isDryRun || target.kind === "new" || outcome.state === "unchanged") return;
    if (await this.#inTurn(() => takeHome(this.#context, sessionId))) return;
    const message = `The runtime ${target.runtimeId} has a home with messages already; this one became a conversation beside it.`;
    report.problems.push({ code: "LEGACY_HOME_TAKEN", message, where: { member: entry.path } });
  }

  #planImport(unit: LegacyUnit, conversation: LegacyConversation, entry: MigratedConversation): void {
    const construct = conversation.construct ?? conversation.imported?.from ?? "import";
    const group = this.#imports.get(construct) ?? { construct, files: [], messages: 0, entries: [] };
    const kept = this.#kept.get(unit.paths[0] ?? "");
    if (kept !== undefined) group.files.push(kept);
    group.messages += entry.messages;
    group.entries.push(entry);
    this.#imports.set(construct, group);
  }

  async #importGroups(report: LegacyMigrationReport): Promise<void> {
    const groups = [...this.#imports.values()];
    for (const [index, { construct, files, messages, entries }] of groups.entries()) {
      report.conversations.imported += entries.length;
      report.messages.imported += messages;
      if (this.#options.dryRun === true) continue;
      this.#options.onProgress?.({ phase: "importing", done: index, total: groups.length });
      try {
        const receipt = await importLegacyFiles(
          this.#context,
          this.#originals,
          construct,
          files,
          this.#options.signal,
        );
        await this.#inTurn(() => nameImportedConstruct(this.#context, construct, receipt.constructId));
        const isSame =
          receipt.alreadyImported ||
          receipt.conversations.new + receipt.conversations.grown + receipt.conversations.edited === 0;
        for (const entry of entries) {
          entry.state = isSame ? "unchanged" : "new";
          entry.runtimeId = receipt.runtimeId;
          entry.constructId = receipt.constructId;
        }
        report.problems.push(...receipt.problems.filter(({ code }) => code !== "LEGACY_SPAN_KEPT"));
        if (receipt.messages !== undefined && receipt.messages !== messages) {
          const message = `The import of ${construct} counted ${receipt.messages} messages where its files have ${messages}.`;
          report.problems.push({ code: "LEGACY_COUNT_DIFFERS", message });
        }
      } catch (error) {
        if (!isChattyError(error, "RUNTIME_DELETED")) throw error;
        for (const entry of entries) entry.state = "refused";
        report.conversations.imported -= entries.length;
        report.conversations.refused += entries.length;
        report.messages.imported -= messages;
        report.messages.refused += messages;
        report.problems.push({ code: "LEGACY_RUNTIME_DELETED", message: error.message });
      }
    }
  }

  /** Lists every original and what became of it, written last: it says that everything before it is durable. */
  #writeManifest(report: LegacyMigrationReport): string {
    const manifest = {
      format: "chatty-legacy-manifest",
      version: 1,
      files: [...this.#kept.values()].map(({ path, size, sha256 }) => ({ path, size, sha256 })),
      conversations: report.migrated.map((entry) => ({ ...entry, state: undefined })),
      keptSpans: report.keptSpans,
      duplicates: report.duplicates,
      restored: report.restored,
    };
    const bytes = Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    replaceFile(this.#context.storage.files, join(this.#originals.directory, `${sha256}.json`), bytes);
    return `sha256:${sha256}`;
  }
}

function entryOf(unit: LegacyUnit, conversation: LegacyConversation): MigratedConversation {
  const { title, construct, home, format, messages, imported } = conversation;
  return {
    path: unit.paths[0] ?? "",
    format,
    ...(title === undefined ? {} : { title }),
    ...(construct === undefined ? {} : { construct }),
    messages: messages.length,
    goes: imported === undefined ? "native" : "imported",
    home,
    state: "new",
  };
}

/** Adds what is no message to the report. Bytes that nothing covers are a fault of the reader, and are told as kept. */
function account(
  folder: LegacyFolder,
  unit: LegacyUnit,
  reading: LegacyReading,
  report: LegacyMigrationReport,
): void {
  const files = folder.files.filter(({ path }) => unit.paths.includes(path));
  const kept = reading.spans.filter(({ kind }) => kind === "kept");
  const uncovered = unit.format === "chatty-database" ? [] : uncoveredRanges(files, reading);
  const spans = [
    ...kept.map(({ path, from, to, reason = "not understood" }) => ({ path, from, to, reason })),
    ...uncovered.map((range) => ({ ...range, reason: "not accounted for by its reader" })),
  ];
  for (const span of spans) {
    report.keptSpans.push(span);
    const message = `Bytes ${span.from} to ${span.to} are no message and were kept as they are: ${span.reason}.`;
    report.problems.push({
      code: "LEGACY_SPAN_KEPT",
      message,
      where: { member: span.path, offset: span.from },
    });
  }
  report.problems.push(...reading.problems);
}

function isDone({ state }: MigratedConversation): boolean {
  return state === "unchanged" || state === "empty" || state === "refused";
}

/** @throws {ChattyError} LEGACY_NOTHING_FOUND, LEGACY_SEVERAL_USERS */
function assertOneStore(path: string, { units, users }: LegacySurvey): void {
  if (units.length === 0) {
    throw new ChattyError("LEGACY_NOTHING_FOUND", `${path} holds no conversations of an older program.`, {
      hint: "Name the folder of the older store. The export of a vendor is taken in by `chatty import`.",
      where: { path },
    });
  }
  if (users.length < 2) return;
  throw new ChattyError("LEGACY_SEVERAL_USERS", `${path} has conversations of ${users.length} users.`, {
    hint: `Migrate one user's folder at a time, each for its own user: ${users.slice(0, 5).join(", ")}.`,
    where: { path },
  });
}

function emptyReport(
  path: string,
  dryRun: boolean,
  files: readonly SourceFile[],
  survey: LegacySurvey,
  problems: readonly Problem[],
): LegacyMigrationReport {
  const byFormat: LegacyMigrationReport["files"]["byFormat"] = {};
  for (const { format, paths } of survey.units) byFormat[format] = (byFormat[format] ?? 0) + paths.length;
  const duplicates = survey.units.flatMap((unit) =>
    unit.duplicates.map((duplicate) => ({ ...duplicate, of: unit.paths[0] ?? "" })),
  );
  return {
    path,
    dryRun,
    unchanged: false,
    files: {
      total: files.length,
      bytes: files.reduce((sum, { size }) => sum + size, 0),
      byFormat,
      companions: survey.companions.length,
      unrecognised: survey.unrecognised.length,
      duplicates: duplicates.length,
    },
    conversations: { native: 0, imported: 0, empty: 0, refused: 0 },
    constructs: { new: 0, unchanged: 0 },
    messages: { seen: 0, native: 0, imported: 0, refused: 0 },
    migrated: [],
    keptSpans: [],
    duplicates,
    restored: survey.units.flatMap(({ restoredFor, paths }) =>
      restoredFor === undefined ? [] : [{ path: restoredFor, from: paths[0] ?? "" }],
    ),
    problems: [...problems, ...survey.problems],
    durationMs: 0,
  };
}
