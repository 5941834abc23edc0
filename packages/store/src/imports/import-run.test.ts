import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import type { RuntimeId } from "@chatty/model";
import { isChattyError } from "@chatty/model";
import { getConstruct } from "../workspace/constructs.ts";
import { homeOfRuntime } from "../workspace/homes.ts";
import { overlayChanges } from "../workspace/overlays.ts";
import { getRuntime, runtimeEditChanges } from "../workspace/runtimes.ts";
import { activeRuntimeId } from "../workspace/settings.ts";
import { importedMessageId } from "./name-uuid.ts";
import type { ImportSpace, ImportSpaceOptions } from "./testing/import-space.ts";
import { openImportSpace } from "./testing/import-space.ts";
import type { LineExport } from "./testing/line-export.ts";
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

describe("run", () => {
  test("makes a runtime with its home, selects it and gives every conversation out again", async (t) => {
    const space = await openSpace(t);
    const receipt = await runExport(space, first);
    assert.equal(receipt.runtimeId, "chatgpt-alex");
    assert.equal(receipt.constructId, "chatgpt-alex-001");
    assert.deepEqual(receipt.conversations, {
      seen: 2,
      new: 2,
      grown: 0,
      edited: 0,
      unchanged: 0,
      gone: 0,
      failed: 0,
    });
    assert.deepEqual(receipt.nodes, { seen: 5, stored: 4, flagged: 1, skipped: 0 });
    assert.equal(receipt.balanced, true);
    const { configuration } = space.context.storage;
    const { userId } = space.user;
    assert.equal(activeRuntimeId(configuration, userId), "chatgpt-alex");
    assert.equal(homeOfRuntime(configuration, userId, receipt.runtimeId)?.sessionId, receipt.homeSessionId);
    assert.equal(space.sessions.summary(receipt.homeSessionId)?.runtimeId, "chatgpt-alex");
    assert.equal(getConstruct(configuration, userId, receipt.constructId)?.name, "ChatGPT");
    assert.deepEqual(space.imports.receipts(), [receipt]);

    const sessionId = sessionOf(space, receipt.runtimeId, "conv-tea");
    const shown = await space.imports.conversation(sessionId);
    assert.deepEqual(
      shown.messages.map(({ content, role }) => [role, content]),
      [
        ["user", "Green or black?"],
        ["assistant", "Green."],
        ["assistant", "Black."],
      ],
    );
    const [question, green, black] = shown.messages;
    assert.equal(question?.parentId, null);
    assert.equal(green?.parentId, question?.id);
    assert.equal(black?.parentId, question?.id);
    assert.deepEqual(shown.activePath, [question?.id, green?.id]);
    assert.equal(question?.timestamp, 1_700_000_001_000);
    assert.equal(black?.timestampSource, "none");
    assert.equal(black?.timestamp, undefined);
  });

  test("keeps the archive under its hash, read-only, and the raw bytes as they came", async (t) => {
    const root = scratch(t);
    const space = await openSpace(t, root);
    const bytes = lineExportBytes(first);
    const receipt = await runExport(space, first);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    assert.equal(receipt.archive, `sha256:${sha256}`);
    const path = join(root, "imports/users/shard_0000", space.user.userId, "archives", sha256);
    assert.deepEqual(readFileSync(path), bytes);
    assert.equal(statSync(path).mode & 0o777, 0o400);
    const pieces: Uint8Array[] = [];
    for await (const piece of space.imports.raw(sessionOf(space, receipt.runtimeId, "conv-rain")))
      pieces.push(piece);
    const line = bytes.toString("utf8").split("\n")[2];
    assert.equal(Buffer.concat(pieces).toString("utf8"), line);
    assert.deepEqual(readdirSync(join(root, "imports/users/shard_0000", space.user.userId, "staging")), []);
  });

  test("answers the same archive from the earlier receipt and writes nothing", async (t) => {
    const root = scratch(t);
    const space = await openSpace(t, root);
    const receipt = await runExport(space, first);
    const before = filesOf(root);
    const again = await runExport(space, first);
    assert.equal(again.alreadyImported, true);
    assert.equal(again.runtimeId, receipt.runtimeId);
    assert.deepEqual(again.conversations, {
      seen: 2,
      new: 0,
      grown: 0,
      edited: 0,
      unchanged: 2,
      gone: 0,
      failed: 0,
    });
    assert.deepEqual(filesOf(root), before);
    assert.equal(space.imports.receipts().length, 1);
  });

  test("says what became of each conversation in a later export and loses nothing", async (t) => {
    const space = await openSpace(t);
    const base: LineExport = {
      identity: alex,
      conversations: ["grown", "edited", "titled", "pointer", "lost", "same"].map((id) => ({ ...tea, id })),
    };
    const before = await runExport(space, base);
    const later: LineExport = {
      identity: alex,
      conversations: [
        { ...tea, id: "grown", leaf: "q2", nodes: [...tea.nodes, { id: "q2", parent: "a1", text: "Why?" }] },
        {
          ...tea,
          id: "edited",
          nodes: tea.nodes.map((node) => (node.id === "a1" ? { ...node, text: "White." } : node)),
        },
        { ...tea, id: "titled", title: "Tea time" },
        { ...tea, id: "pointer", leaf: "a2", extra: { current_node: "a2", note: "new" } },
        { ...tea, id: "same" },
        { ...tea, id: "brandnew", nodes: tea.nodes.slice(0, 2) },
      ],
    };
    const receipt = await runExport(space, later);
    assert.equal(receipt.runtimeId, before.runtimeId);
    assert.equal(receipt.homeSessionId, before.homeSessionId);
    assert.deepEqual(receipt.conversations, {
      seen: 6,
      new: 1,
      grown: 1,
      edited: 2,
      unchanged: 2,
      gone: 1,
      failed: 0,
    });
    const grown = await space.imports.conversation(sessionOf(space, receipt.runtimeId, "grown"));
    assert.equal(grown.messages.length, 4);
    const lost = await space.imports.conversation(sessionOf(space, receipt.runtimeId, "lost"));
    assert.equal(lost.messages.length, 3);
    const rows = [...space.imports.catalogRows(receipt.runtimeId)];
    assert.equal(rows.length, 7);
    assert.equal(rows.find(({ sessionId }) => sessionId === grown.sessionId)?.messageCount, 4);
  });

  test("keeps nodes that a later export leaves out and shows the past as it was", async (t) => {
    const space = await openSpace(t);
    const before = await runExport(space, first);
    const sessionId = sessionOf(space, before.runtimeId, "conv-tea");
    const then = space.context.now();
    const cut = { ...tea, nodes: [...tea.nodes.slice(0, 3), { id: "q9", parent: "a1", text: "And now?" }] };
    await runExport(space, { identity: alex, conversations: [cut, rain] });
    const now = await space.imports.conversation(sessionId);
    assert.deepEqual(
      now.messages.map(({ sourceId }) => sourceId),
      ["q1", "a1", "q9", "a2"],
    );
    assert.equal(space.imports.catalogRow(sessionId)?.messageCount, 4);
    const past = await space.imports.conversation(sessionId, { at: then });
    assert.deepEqual(
      past.messages.map(({ sourceId }) => sourceId),
      ["q1", "a1", "a2"],
    );
  });

  test("gives the same ids whatever export a conversation comes in", async (t) => {
    const space = await openSpace(t);
    const receipt = await runExport(space, first);
    const sessionId = sessionOf(space, receipt.runtimeId, "conv-tea");
    const ids = (await space.imports.conversation(sessionId)).messages.map(({ id }) => id);
    const runtime = getRuntime(space.context.storage.configuration, space.user.userId, receipt.runtimeId);
    assert.equal(ids[0], importedMessageId(runtime?.namespace ?? "", "conv-tea", "q1"));
    await runExport(space, { identity: alex, conversations: [{ ...tea, title: "Other" }] });
    const later = await space.imports.conversation(sessionId);
    assert.deepEqual(
      later.messages.map(({ id }) => id),
      ids,
    );
    assert.deepEqual(space.imports.resolveSourceId("conv-tea"), [sessionId]);
    assert.deepEqual(space.imports.resolveSourceId("conv-none"), []);
  });

  test("merges an id that occurs twice and accounts for both", async (t) => {
    const space = await openSpace(t);
    const more = { ...tea, nodes: [...tea.nodes, { id: "q2", parent: "a2", text: "Really?" }] };
    const receipt = await runExport(space, { identity: alex, conversations: [more, tea] });
    assert.equal(receipt.conversations.seen, 2);
    assert.equal(receipt.conversations.new, 1);
    assert.equal(receipt.nodes.seen, 9);
    assert.deepEqual(
      receipt.problems.map(({ code }) => code),
      ["DUPLICATE_CONVERSATION"],
    );
    const shown = await space.imports.conversation(sessionOf(space, receipt.runtimeId, "conv-tea"));
    assert.equal(shown.messages.length, 4);
    const rows = [...space.imports.catalogRows(receipt.runtimeId)];
    assert.deepEqual(
      rows.map(({ messageCount }) => messageCount),
      [4],
    );
  });

  test("keeps broken records and sidecars by reference and tells what it cannot show", async (t) => {
    const space = await openSpace(t);
    const receipt = await runExport(space, {
      identity: alex,
      conversations: [
        {
          ...rain,
          customGpt: { sourceId: "g-1", name: "Weather" },
          nodes: [{ id: "o", parent: null, opaque: "canvas" }],
        },
      ],
      broken: ["x"],
      sidecars: [{ kind: "project", id: "p-1", name: "Garden" }],
    });
    assert.equal(receipt.conversations.failed, 1);
    assert.equal(receipt.conversations.seen, 2);
    assert.deepEqual(receipt.constructsToRegister, [{ sourceId: "g-1", name: "Weather", conversations: 1 }]);
    assert.deepEqual(receipt.unknownKinds, { canvas: 1 });
    assert.deepEqual(receipt.sidecars, { project: 1 });
    assert.ok((receipt.problems[0]?.where?.offset ?? 0) > 0);
    assert.equal(rowsOf(space), 3);
  });

  test("leaves nothing behind when the nodes do not add up", async (t) => {
    const root = scratch(t);
    const space = await openSpace(t, root);
    await assert.rejects(
      runExport(space, { identity: alex, conversations: [tea, { ...rain, lost: 1 }] }),
      (error) => isChattyError(error, "IMPORT_NOT_BALANCED"),
    );
    assert.deepEqual(filesOf(root), []);
    assert.equal(rowsOf(space), 0);
    assert.deepEqual(space.imports.receipts(), []);
    assert.equal((await runExport(space, first)).balanced, true);
  });

  test("stops when it is told to, without a trace", async (t) => {
    const root = scratch(t);
    const space = await openSpace(t, root);
    const stop = new AbortController();
    const onProgress = ({ phase }: { phase: string }): void => {
      if (phase === "reading") stop.abort();
    };
    await assert.rejects(runExport(space, first, { signal: stop.signal, onProgress }), (error) =>
      isChattyError(error, "IMPORT_ABORTED"),
    );
    assert.deepEqual(filesOf(root), []);
    assert.equal(rowsOf(space), 0);
  });

  test("tells in a dry run what would happen and changes nothing", async (t) => {
    const root = scratch(t);
    const space = await openSpace(t, root);
    const seq = space.context.storage.log.seq;
    const dry = await runExport(space, first, { dryRun: true });
    assert.equal(dry.runtimeId, "chatgpt-alex");
    assert.equal(dry.conversations.new, 2);
    assert.deepEqual(filesOf(root), []);
    assert.equal(existsSync(join(root, "imports")), false);
    assert.equal(space.context.storage.log.seq, seq);
    assert.equal(rowsOf(space), 0);
    const real = await runExport(space, first);
    assert.deepEqual(real.conversations, dry.conversations);
    const grown = { identity: alex, conversations: [{ ...tea, nodes: tea.nodes.slice(0, 3) }] };
    const before = filesOf(root);
    assert.equal((await runExport(space, grown, { dryRun: true })).conversations.gone, 1);
    assert.deepEqual(filesOf(root), before);
  });

  test("packs a folder into the same archive every time", async (t) => {
    const folder = scratch(t);
    mkdirSync(join(folder, "files"));
    writeFileSync(join(folder, "files", "leaf.png"), "PNG");
    writeFileSync(join(folder, ".DS_Store"), "junk");
    const withFile = {
      ...rain,
      nodes: [
        ...rain.nodes,
        { id: "pic", parent: "r1", file: "file-1" },
        { id: "pic2", parent: "r1", file: "file-2" },
      ],
      files: [{ fileId: "file-1", member: "files/leaf.png" }, { fileId: "file-2" }],
    };
    writeFileSync(
      join(folder, "export.jsonl"),
      lineExportBytes({ identity: alex, conversations: [withFile] }),
    );
    const space = await openSpace(t);
    const receipt = await space.imports.run({ kind: "path", path: folder });
    assert.deepEqual(receipt.attachments, { referenced: 2, found: 1, missing: 1 });
    writeFileSync(join(folder, "Thumbs.db"), "junk");
    const again = await space.imports.run({ kind: "path", path: folder });
    assert.equal(again.alreadyImported, true);
    assert.equal(again.archive, receipt.archive);
    const sessionId = sessionOf(space, receipt.runtimeId, "conv-rain");
    const pieces: Uint8Array[] = [];
    for await (const piece of space.imports.readFile(sessionId, "file-1")) pieces.push(piece);
    assert.equal(Buffer.concat(pieces).toString(), "PNG");
    const shown = await space.imports.conversation(sessionId);
    assert.deepEqual(
      shown.messages.flatMap(({ parts }) => parts).filter(({ kind }) => kind === "image"),
      [
        { kind: "image", fileId: "file-1" },
        { kind: "image", fileId: "file-2", missing: true },
      ],
    );
    await assert.rejects(space.imports.readFile(sessionId, "file-2").next(), (error) =>
      isChattyError(error, "FILE_MISSING"),
    );
    await assert.rejects(space.imports.readFile(sessionId, "nope").next(), (error) =>
      isChattyError(error, "FILE_NOT_FOUND"),
    );
  });

  test("finds the runtime by account, by overlap, and makes another one when told to", async (t) => {
    const space = await openSpace(t);
    const bare = await runExport(space, { conversations: [tea] });
    assert.equal(bare.runtimeId, "chatgpt-export");
    // The same conversations with a name now: they belong to what is there.
    const named = await runExport(space, { identity: alex, conversations: [{ ...tea, title: "Tea 2" }] });
    assert.equal(named.runtimeId, bare.runtimeId);
    const byMail = await runExport(space, { identity: { email: "Alex@example.com" }, conversations: [rain] });
    assert.equal(byMail.runtimeId, bare.runtimeId);
    const other = await runExport(space, {
      identity: { accountId: "user-bo", email: "bo@example.com" },
      conversations: [tea],
    });
    assert.equal(other.runtimeId, "chatgpt-bo");
    const separate = await runExport(space, { identity: alex, conversations: [rain] }, { into: "new" });
    assert.equal(separate.runtimeId, "chatgpt-alex");
    const claude = await runExport(space, { source: "claude", identity: alex, conversations: [tea] });
    assert.equal(claude.runtimeId, "claude-alex");
    await assert.rejects(runExport(space, first, { into: "claude-alex" as RuntimeId }), (error) =>
      isChattyError(error, "RUNTIME_SOURCE_DIFFERS"),
    );
    await assert.rejects(runExport(space, first, { into: "synth" as RuntimeId }), (error) =>
      isChattyError(error, "RUNTIME_NOT_IMPORTED"),
    );
  });

  test("refuses to import into what was deleted and leaves deleted conversations deleted", async (t) => {
    const space = await openSpace(t);
    const receipt = await runExport(space, first);
    const { configuration } = space.context.storage;
    const { userId } = space.user;
    const sessionId = sessionOf(space, receipt.runtimeId, "conv-tea");
    configuration.applyAlone(
      overlayChanges(configuration, userId, sessionId, { deletedAt: 5, title: "Mine" }, 5),
    );
    await runExport(space, { identity: alex, conversations: [{ ...tea, title: "Tea again" }, rain] });
    assert.equal(space.imports.catalogRow(sessionId)?.deleted, true);
    assert.equal(space.imports.catalogRow(sessionId)?.title, "Mine");
    configuration.applyAlone(
      runtimeEditChanges(configuration, userId, receipt.runtimeId, { deletedAt: 9 }, 9),
    );
    await assert.rejects(runExport(space, first), (error) => isChattyError(error, "RUNTIME_DELETED"));
    const fresh = await runExport(space, first, { into: "new" });
    assert.equal(fresh.runtimeId, "chatgpt-alex-2");
    assert.notEqual(sessionOf(space, fresh.runtimeId, "conv-tea"), sessionId);
  });

  test("keeps the session of a conversation that came to be in a runtime joined since", async (t) => {
    const space = await openSpace(t);
    const one = await runExport(space, { identity: alex, conversations: [tea] });
    const two = await runExport(space, { identity: alex, conversations: [rain] }, { into: "new" });
    const { configuration } = space.context.storage;
    const join2 = { joinedInto: one.runtimeId };
    configuration.applyAlone(runtimeEditChanges(configuration, space.user.userId, two.runtimeId, join2, 9));
    const rainSession = sessionOf(space, two.runtimeId, "conv-rain");
    const both = await runExport(space, {
      identity: alex,
      conversations: [tea, { ...rain, title: "Rain!" }],
    });
    assert.equal(both.runtimeId, one.runtimeId);
    assert.deepEqual(both.conversations, {
      seen: 2,
      new: 0,
      grown: 0,
      edited: 1,
      unchanged: 1,
      gone: 0,
      failed: 0,
    });
    assert.equal(space.imports.catalogRow(rainSession)?.title, "Rain!");
    assert.equal((await space.imports.conversation(rainSession)).messages.length, 1);
    assert.deepEqual((await space.imports.rebuildReferences()).differences, []);
  });

  test("does not call gone what two joined runtimes both had", async (t) => {
    const space = await openSpace(t);
    const one = await runExport(space, { identity: alex, conversations: [tea] });
    const two = await runExport(space, { identity: alex, conversations: [tea, rain] }, { into: "new" });
    const { configuration } = space.context.storage;
    const edit = { joinedInto: one.runtimeId };
    configuration.applyAlone(runtimeEditChanges(configuration, space.user.userId, two.runtimeId, edit, 9));
    const both = await runExport(space, { identity: alex, conversations: [{ ...tea, title: "Tea 2" }] });
    assert.deepEqual([both.conversations.edited, both.conversations.gone], [1, 1]);
  });

  test("replaces everything shown when told to and keeps the archives", async (t) => {
    const root = scratch(t);
    const space = await openSpace(t, root);
    const before = await runExport(space, first);
    const replaced = await runExport(
      space,
      { identity: alex, conversations: [{ ...tea, nodes: tea.nodes.slice(0, 2) }] },
      { replace: true },
    );
    assert.equal(replaced.runtimeId, before.runtimeId);
    const rows = [...space.imports.catalogRows(before.runtimeId)];
    assert.deepEqual(
      rows.map(({ messageCount, title }) => [title, messageCount]),
      [["Tea", 1]],
    );
    assert.equal(filesOf(root).filter((line) => line.includes("/archives/")).length, 2);
    assert.deepEqual((await space.imports.rebuildReferences()).differences, []);
    // What was replaced is no repeat: it comes back as a new version.
    assert.equal((await runExport(space, first)).alreadyImported, false);
  });

  test("keeps ids and rows in a rebuild after joined runtimes were replaced", async (t) => {
    const space = await openSpace(t);
    const one = await runExport(space, { identity: alex, conversations: [tea] });
    const two = await runExport(space, { identity: alex, conversations: [rain] }, { into: "new" });
    const { configuration } = space.context.storage;
    const edit = { joinedInto: one.runtimeId };
    configuration.applyAlone(runtimeEditChanges(configuration, space.user.userId, two.runtimeId, edit, 9));
    const rainSession = sessionOf(space, two.runtimeId, "conv-rain");
    const more = { ...rain, nodes: [...rain.nodes, { id: "r2", parent: "r1", text: "Very." }] };
    await runExport(space, { identity: alex, conversations: [more] }, { replace: true });
    const shown = space.imports.catalogRow(rainSession);
    assert.equal(shown?.messageCount, 2);
    assert.deepEqual((await space.imports.rebuildReferences()).differences, []);
    assert.deepEqual(space.imports.catalogRow(rainSession), shown);
    configuration.transaction((writer) => writer.run("DELETE FROM import_references"));
    await space.imports.rebuildReferences();
    assert.deepEqual(space.imports.catalogRow(rainSession), shown);
  });

  test("keeps two people apart", async (t) => {
    const space = await openSpace(t);
    const mine = await runExport(space, first);
    const other = space.forUser("00000000-0000-4000-8000-000000000002");
    assert.deepEqual(other.imports.receipts(), []);
    const theirs = await runExport(other, first);
    assert.equal(theirs.alreadyImported, false);
    assert.equal(theirs.runtimeId, mine.runtimeId);
    const sessionId = sessionOf(space, mine.runtimeId, "conv-tea");
    await assert.rejects(other.imports.conversation(sessionId), (error) =>
      isChattyError(error, "SESSION_NOT_FOUND"),
    );
    assert.equal(other.imports.catalogRow(sessionId), undefined);
  });
});
