import { createHash } from "node:crypto";
import { absolutePath, layout } from "../files/layout.ts";
import { replaceFile } from "../files/replace-file.ts";
import { readWholeFile } from "../files/write-all.ts";
import { rebuildEvents } from "../continuity/events.ts";
import type { EventJournal } from "../continuity/events.ts";
import { sealLine } from "../log/chained-line.ts";
import { readHeader, scanRecords } from "../journal/read.ts";
import type { JournalRecord } from "../journal/record.ts";
import { renderPieces } from "../sessions/flatfile/transcript-writer.ts";
import type { RebuildReport, RebuildScope } from "../views.ts";
import { getTranscript } from "../workspace/transcripts.ts";
import type { UserSpace } from "./user-space.ts";
import type { VaultStorage } from "./vault-storage.ts";

/** Makes derived data again from what is true, and says where it differs from what was there. */
export async function rebuildVault(
  storage: VaultStorage,
  spaces: readonly UserSpace[],
  scope: RebuildScope,
): Promise<RebuildReport> {
  const report: RebuildReport = { rebuilt: {}, identical: true, differences: [] };
  const includes = (part: RebuildScope): boolean => scope === "all" || scope === part;
  const count = (kind: string, by: number): void => {
    report.rebuilt[kind] = (report.rebuilt[kind] ?? 0) + by;
  };
  for (const space of spaces) {
    await space.settle();
    await storage.checkpoint();
    if (includes("references")) {
      const made = await space.imports.rebuildReferences();
      count("references", made.references);
      count("packs", made.packs);
      report.differences.push(...made.differences);
    }
    if (includes("catalog")) {
      const before = catalogDigest(space);
      count("catalog", await space.rebuildCatalog());
      if (before.rows > 0 && before.digest !== catalogDigest(space).digest) {
        report.differences.push(layout.catalog(space.context.user));
      }
    }
    if (scope === "all") await rebuildEventFiles(storage, space, count, report.differences);
    if (includes("transcripts")) rebuildTranscripts(storage, space, count, report.differences);
    if (includes("views")) {
      const made = await space.imports.rebuildViews();
      count("views", made.views);
      space.catalog.viewsDone = true;
      report.differences.push(...made.differences);
    }
    await space.settle();
  }
  report.identical = report.differences.length === 0;
  return report;
}

function rebuildTranscripts(
  storage: VaultStorage,
  space: UserSpace,
  count: (kind: string, by: number) => void,
  differences: string[],
): void {
  const { configuration, files, root } = storage;
  for (const row of [...space.catalog.natives()]) {
    if (space.sessions.row(row.sessionId) === undefined) continue;
    if (space.sessions.damage(row.sessionId) !== undefined) continue;
    const path = space.transcripts.pathOf(row);
    const known = getTranscript(configuration, space.context.userId, row.sessionId);
    const hash = createHash("sha256");
    let length = 0;
    for (const { bytes } of renderPieces(space.sessions.journalOf(row), 0)) {
      hash.update(bytes);
      length += bytes.length;
    }
    const sha256 = hash.digest("hex");
    const there = readWholeFile(files, absolutePath(root, path));
    const isThere = there?.length === length && createHash("sha256").update(there).digest("hex") === sha256;
    if (there !== undefined && !isThere) differences.push(path);
    if (there === undefined && known !== undefined && known.sha256 !== sha256) differences.push(path);
    if (!isThere) space.transcripts.update(row.sessionId);
    count("transcripts", 1);
    count("mirrors", 2);
    space.mirrors.writeSession(row);
  }
  space.mirrors.writeIndex(space.catalog.natives());
  space.mirrors.writeUser();
  count("mirrors", 2);
}

/** `conversations.jsonl` and `messages.jsonl` follow from the journals; `runtime_selections.jsonl` is true itself. */
async function rebuildEventFiles(
  storage: VaultStorage,
  space: UserSpace,
  count: (kind: string, by: number) => void,
  differences: string[],
): Promise<void> {
  if ([...space.catalog.natives()].some((row) => space.sessions.damage(row.sessionId) !== undefined)) {
    // Events of a damaged journal may be the only place where its messages still stand.
    return;
  }
  const events = rebuildEvents(journalsOf(space));
  for (const stream of ["conversations", "messages"] as const) {
    const path = layout.events(space.context.user, stream);
    const lines: Buffer[] = [];
    let prev = "";
    for (const [seq, body] of events[stream].entries()) {
      const sealed = sealLine({ seq, ...body }, prev);
      lines.push(sealed.bytes);
      prev = sealed.hash;
    }
    count("events", lines.length);
    const bytes = Buffer.concat(lines);
    const target = absolutePath(storage.root, path);
    const there = readWholeFile(storage.files, target);
    if (there?.equals(bytes) === true || (there === undefined && bytes.length === 0)) continue;
    if (there !== undefined) differences.push(path);
    // Nothing of the old file may be left in the log or in memory when another one takes its place.
    await storage.replaceAppended(path, () => {
      replaceFile(storage.files, target, bytes);
      return { path, length: bytes.length, seq: lines.length - 1, hash: prev };
    });
  }
}

function* journalsOf(space: UserSpace): Generator<EventJournal> {
  for (const row of [...space.catalog.natives()]) {
    const journal = space.sessions.journalOf(row);
    yield { header: readHeader(journal), records: recordsOf(journal) };
  }
}

function* recordsOf(journal: Parameters<typeof scanRecords>[0]): Generator<JournalRecord> {
  for (const { record } of scanRecords(journal, 0)) yield record;
}

/** What the lists say, as one hash: the file itself depends on the order in which it was written. */
function catalogDigest(space: UserSpace): { rows: number; digest: string } {
  const hash = createHash("sha256");
  let rows = 0;
  for (const row of space.catalog.all()) {
    hash.update(`${JSON.stringify(row)}\n`);
    rows += 1;
  }
  return { rows, digest: hash.digest("hex") };
}
