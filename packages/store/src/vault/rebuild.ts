import { createHash } from "node:crypto";
import { absolutePath, layout } from "../files/layout.ts";
import { readWholeFile } from "../files/write-all.ts";
import { renderPieces } from "../sessions/flatfile/transcript-writer.ts";
import type { RebuildReport, RebuildScope } from "../views.ts";
import { getTranscript } from "../workspace/transcripts.ts";
import { rebuildEventFiles } from "./event-files.ts";
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
    if (includes("catalog") && space.catalog.check().length > 0) {
      await space.rebuildCatalog();
      report.differences.push(layout.catalog(space.context.user));
    }
    await space.settle();
    await storage.checkpoint();
    if (includes("references")) {
      const made = await space.imports.rebuildReferences();
      count("references", made.references);
      count("packs", made.packs);
      report.differences.push(...made.differences);
      // Titles, times and ids of the lists come from the references.
      if (made.differences.length > 0 && !includes("catalog")) {
        await space.deriveAllImported();
        space.refreshFlags();
      }
    }
    if (includes("catalog")) {
      const before = catalogDigest(space);
      count("catalog", await space.rebuildCatalog());
      if (before.rows > 0 && before.digest !== catalogDigest(space).digest) {
        report.differences.push(layout.catalog(space.context.user));
      }
    }
    if (includes("catalog")) {
      const made = await space.context.search.rebuild();
      count("search", made.messages);
      if (!made.isSame) report.differences.push(layout.searchIndex(space.context.user));
    }
    if (scope === "all") {
      const made = await rebuildEventFiles(storage, space);
      count("events", made.events);
      report.differences.push(...made.differences);
    }
    if (includes("transcripts")) rebuildTranscripts(storage, space, count, report.differences);
    if (includes("views")) {
      const made = await space.views.rebuild();
      count("views", made.views);
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
