import assert from "node:assert/strict";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { isChattyError } from "@chatty/model";
import { absolutePath, layout } from "../files/layout.ts";
import { nodeFiles } from "../files/node-files.ts";
import { overlayChanges } from "../workspace/overlays.ts";
import { newestReference } from "../workspace/references.ts";
import type { ImportSpace, ImportSpaceOptions } from "./testing/import-space.ts";
import { openImportSpace } from "./testing/import-space.ts";
import { lineExportBytes } from "./testing/line-export.ts";
import { alex, filesOf, first, rain, rowsOf, runExport, sessionOf, tea } from "./testing/sample-imports.ts";

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "chatty-imports-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function openSpace(
  t: TestContext,
  root = scratch(t),
  options: ImportSpaceOptions = {},
): Promise<ImportSpace> {
  const space = await openImportSpace(root, options);
  t.after(() => space.close().catch(() => undefined));
  return space;
}

describe("recover", () => {
  test("removes what a killed import left and lets it be repeated", async (t) => {
    const root = scratch(t);
    const space = await openImportSpace(root);
    const kept = await runExport(space, first);
    const before = filesOf(root);
    // Everything up to the commit has happened, and then the process dies.
    const commit = space.sessions.commit.bind(space.sessions);
    let left: string[] = [];
    space.sessions.commit = (changes) => {
      left = filesOf(root);
      space.context.storage.log.stop(Object.assign(new Error("killed")) as never);
      return commit(changes);
    };
    const second = { identity: alex, conversations: [{ ...tea, title: "Second" }] };
    await assert.rejects(runExport(space, second));
    assert.ok(left.length > before.length);
    assert.equal(rowsOf(space), 3);
    await space.close().catch(() => undefined);

    const again = await openSpace(t, root);
    assert.deepEqual(filesOf(root), before);
    assert.equal(rowsOf(again), 2);
    assert.deepEqual(again.imports.receipts(), [kept]);
    assert.equal((await runExport(again, second)).conversations.edited, 1);
    assert.deepEqual((await again.imports.recover()).removedFiles, []);
    assert.equal(again.imports.receipts().length, 2);
  });
});

describe("recover after a process that died while it replaced a file", () => {
  test("removes the halves that it left in both trees, and nothing else", async (t) => {
    const root = scratch(t);
    const space = await openImportSpace(root);
    const receipt = await runExport(space, first);
    await space.imports.writeViews();
    space.context.catalog.viewsDone = false;
    await space.close();
    const before = filesOf(root);
    const views = join(root, layout.views(space.user), receipt.constructId, "undated");
    const sessions = join(root, layout.sessions(space.user, receipt.constructId));
    const left = [views, sessions].map((folder) => join(folder, ".Rain.md.0123456789abcdef.tmp"));
    for (const path of left) writeFileSync(path, "half");
    const kept = join(views, ".notes.tmp");
    writeFileSync(kept, "mine");
    await openSpace(t, root);
    assert.deepEqual(left.filter(existsSync), []);
    assert.ok(existsSync(kept));
    rmSync(kept);
    assert.deepEqual(filesOf(root), before);
  });
});

describe("run of something inside the vault", () => {
  test("refuses it before it is opened, also by another way to it", async (t) => {
    const root = scratch(t);
    const opened: string[] = [];
    const inner = nodeFiles();
    const space = await openSpace(t, root, {
      files: {
        ...inner,
        open: (path, mode) => {
          if (mode === "read") opened.push(path);
          return inner.open(path, mode);
        },
      },
    });
    writeFileSync(join(root, "lock.sqlite"), "held");
    const elsewhere = scratch(t);
    symlinkSync(root, join(elsewhere, "way"));
    opened.length = 0;
    for (const path of [
      join(root, "lock.sqlite"),
      join(elsewhere, "way", "lock.sqlite"),
      root,
      dirname(root),
      join(root, "catalog"),
    ]) {
      await assert.rejects(space.imports.run({ kind: "path", path }), (error) =>
        isChattyError(error, "SOURCE_INSIDE_VAULT"),
      );
    }
    assert.deepEqual(opened, []);
    const beside = `${root}-beside`;
    t.after(() => rmSync(beside, { force: true }));
    writeFileSync(beside, lineExportBytes(first));
    assert.equal((await space.imports.run({ kind: "path", path: beside })).balanced, true);
  });
});

describe("rebuildReferences", () => {
  test("makes identical rows and packs from the archives alone", async (t) => {
    const root = scratch(t);
    const space = await openSpace(t, root);
    const receipt = await runExport(space, first);
    await runExport(space, {
      identity: alex,
      conversations: [
        { ...tea, nodes: [...tea.nodes, { id: "q2", parent: "a1", text: "More?" }] },
        rain,
        rain,
      ],
    });
    const before = filesOf(root);
    const same = await space.imports.rebuildReferences();
    assert.deepEqual(same.differences, []);
    assert.deepEqual([same.imports, same.references, same.packs], [2, 5, 2]);
    const { configuration, files } = space.context.storage;
    const rows = JSON.stringify(
      configuration.all("SELECT * FROM import_references ORDER BY import_id, ordinal"),
    );
    configuration.transaction((writer) => {
      writer.run("DELETE FROM import_references");
    });
    const packs = absolutePath(root, layout.packs(space.user));
    for (const { name } of files.list(packs)) files.remove(join(packs, name));
    const made = await space.imports.rebuildReferences();
    // What is only missing differs from nothing: the rows are told, the packs are made.
    assert.equal(made.differences.length, 2);
    assert.deepEqual(filesOf(root), before);
    const after = configuration.all("SELECT * FROM import_references ORDER BY import_id, ordinal");
    assert.equal(JSON.stringify(after), rows);
    assert.equal(
      (await space.imports.conversation(sessionOf(space, receipt.runtimeId, "conv-tea"))).messages.length,
      4,
    );
  });
});

describe("verify", () => {
  test("finds damage in archives and packs, and what is whole is still read", async (t) => {
    const root = scratch(t);
    const space = await openSpace(t, root);
    const receipt = await runExport(space, first);
    const whole = await space.imports.verify();
    assert.deepEqual(whole, { archives: 1, references: 2, problems: [] });
    const folder = join(root, "imports/users/shard_0000", space.user.userId);
    const pack = join(folder, "packs", readdirSync(join(folder, "packs"))[0] ?? "");
    const bytes = readFileSync(pack);
    bytes[60] = (bytes[60] ?? 0) ^ 0xff;
    writeFileSync(pack, bytes);
    const found = await space.imports.verify();
    assert.deepEqual(
      found.problems.map(({ code }) => code),
      ["PACK_DAMAGED"],
    );
    // The archive has the same bytes.
    const sessionId = sessionOf(space, receipt.runtimeId, "conv-tea");
    assert.equal((await space.imports.conversation(sessionId)).messages.length, 3);
    const archive = join(folder, "archives", receipt.archive.slice("sha256:".length));
    rmSync(archive);
    assert.deepEqual(
      (await space.imports.verify(sessionId)).problems.map(({ code }) => code),
      ["ARCHIVE_MISSING", "PACK_DAMAGED"],
    );
  });
});

describe("run of an archive that the vault has lost", () => {
  test("puts it back, also in the place of a damaged one", async (t) => {
    const root = scratch(t);
    const space = await openSpace(t, root);
    const receipt = await runExport(space, first);
    const folder = join(root, "imports/users/shard_0000", space.user.userId);
    const archive = join(folder, "archives", receipt.archive.slice("sha256:".length));
    const bytes = readFileSync(archive);
    rmSync(archive);
    assert.equal((await runExport(space, first)).alreadyImported, true);
    assert.ok(readFileSync(archive).equals(bytes));
    rmSync(archive);
    writeFileSync(archive, Buffer.alloc(bytes.length));
    assert.equal((await runExport(space, first, { dryRun: true })).alreadyImported, true);
    assert.ok(!readFileSync(archive).equals(bytes));
    assert.equal((await runExport(space, first)).alreadyImported, true);
    assert.ok(readFileSync(archive).equals(bytes));
    assert.equal(readdirSync(join(root, "quarantine")).length, 2);
    assert.deepEqual(readdirSync(join(folder, "staging")), []);
    assert.deepEqual((await space.imports.verify()).problems, []);
  });
});

describe("writeViews", () => {
  test("writes the readable tree in slices, follows changes and loses no edit of a person", async (t) => {
    const root = scratch(t);
    const space = await openSpace(t, root);
    const receipt = await runExport(space, first);
    assert.equal(await space.imports.viewsPending(), 2);
    assert.equal((await space.imports.writeViews({ budget: 1 })).pending, 1);
    assert.equal((await space.imports.writeViews()).pending, 0);
    const views = join(root, "imports/users/shard_0000", space.user.userId, "instances/chatgpt-alex-001");
    const path = join(views, "2023/11/Tea.md");
    assert.match(readFileSync(path, "utf8"), /Green or black\?/);
    assert.ok(existsSync(join(views, "undated/Rain.md")));
    assert.deepEqual(await space.imports.rebuildViews(), { views: 2, differences: [] });

    writeFileSync(path, "my notes");
    await runExport(space, {
      identity: alex,
      conversations: [
        { ...tea, title: "Tea", nodes: [...tea.nodes, { id: "z", parent: "a1", text: "Zzz" }] },
      ],
    });
    assert.equal((await space.imports.writeViews()).written, 1);
    assert.match(readFileSync(path, "utf8"), /Zzz/);
    assert.equal(readFileSync(join(views, "2023/11/Tea (edited).md"), "utf8"), "my notes");

    const { configuration } = space.context.storage;
    const rainSession = sessionOf(space, receipt.runtimeId, "conv-rain");
    configuration.applyAlone(
      overlayChanges(configuration, space.user.userId, rainSession, { deletedAt: 5 }, 5),
    );
    space.imports.invalidateViews();
    assert.equal((await space.imports.writeViews()).removed, 1);
    assert.equal(existsSync(join(views, "undated")), false);
    assert.ok(newestReference(configuration, space.user.userId, rainSession) !== undefined);
  });
});
