import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { isChattyError } from "@chatty/model";
import { nodeFiles } from "../../files/node-files.ts";
import { openByteSource } from "../archive-bytes.ts";
import { openImportSpace } from "../testing/import-space.ts";
import type { ImportSpace } from "../testing/import-space.ts";
import { lineExportBytes, lineExportReader } from "../testing/line-export.ts";
import type { LineConversation, LineExport } from "../testing/line-export.ts";
import { alex, filesOf, rain, rowsOf, streamOf, tea } from "../testing/sample-imports.ts";
import { openDigestsHere } from "./export-digests.ts";
import type { ExportDigests } from "./export-digests.ts";
import { ImportWorker, openDigestsInWorker } from "./import-worker.ts";

const thread = new URL("../testing/line-import-thread.ts", import.meta.url).href;
const dying = new URL("../testing/dying-import-thread.ts", import.meta.url).href;

/** Enough of them to be worth a thread and to come in several batches. */
function many(count: number, extra: (number: number) => Partial<LineConversation> = () => ({})): LineExport {
  const conversations = Array.from({ length: count }, (_, number): LineConversation => {
    const text = `${number} `.repeat(300);
    return {
      id: `conv-${number}`,
      title: `T${number} \ud800`,
      createdAt: 1_700_000_000 + number,
      files: [{ fileId: `file-${number}`, ...(number % 2 === 0 ? { member: "a.png" } : {}) }],
      nodes: [
        { id: "a", parent: null, structural: true },
        { id: "b", parent: "a", text, time: 1_700_000_000 + number },
        { id: "c", parent: "b", opaque: "canvas" },
      ],
      ...extra(number),
    };
  });
  return {
    identity: alex,
    conversations: [tea, rain, ...conversations],
    broken: ["{", "[x"],
    sidecars: [{ kind: "project", id: "p", name: "P" }],
  };
}

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "chatty-thread-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function openHere(path: string): Promise<ExportDigests> {
  const bytes = openByteSource(nodeFiles(), path, "export");
  return openDigestsHere(lineExportReader(), bytes, {}, () => bytes.close());
}

async function all<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const found: Value[] = [];
  for await (const value of values) found.push(value);
  return found;
}

async function everything(opened: ExportDigests): Promise<unknown> {
  const { source, description, identity, totalBytes, problems } = opened;
  const owners = (await all(opened.owners())).flat();
  const batches = await all(opened.batches());
  return {
    head: { source, description, identity, totalBytes, problems },
    owners,
    digests: batches
      .flatMap(({ digests }) => digests)
      .map((digest) =>
        "bytes" in digest && digest.bytes !== undefined
          ? { ...digest, bytes: { ...digest.bytes, compressed: [...digest.bytes.compressed] } }
          : digest,
      ),
    bytesDone: batches.at(-1)?.bytesDone,
  };
}

describe("a thread that reads an export", () => {
  test("tells what reading in the same thread tells, to the byte", async () => {
    const path = join(root, "export");
    writeFileSync(path, lineExportBytes(many(600)));
    const [here, there] = [
      await openHere(path),
      await openDigestsInWorker(new ImportWorker(thread), path, "export", {}),
    ];
    try {
      assert.deepEqual(await everything(there), await everything(here));
      const [older, newer] = [{ ...tea, nodes: tea.nodes.slice(0, 2) }, tea].map((each) =>
        Buffer.from(JSON.stringify({ kind: "conversation", ...each })),
      ) as [Buffer, Buffer];
      for (const isMergedLast of [false, true]) {
        const question = {
          source: "chatgpt" as const,
          arrived: newer,
          known: [{ raw: older, isOwn: false, isCounted: true }],
          isMergedLast,
        };
        const judgement = await there.judge(question);
        assert.deepEqual(judgement, await here.judge(question));
        assert.deepEqual([judgement.change, judgement.addsNodes, judgement.messages], ["grown", true, 3]);
      }
      for await (const owners of there.owners()) {
        // Left early, and begun anew after that.
        assert.equal(owners[0]?.sourceId, "conv-tea");
        break;
      }
      const again = (await all(there.owners())).flat();
      assert.equal(again.length, 602);
    } finally {
      await here.close();
      await there.close();
    }
  });

  test("refuses with the same error, and with its own end when it dies", async () => {
    const path = join(root, "export");
    writeFileSync(path, "hello\n");
    const reading = new ImportWorker(thread);
    try {
      await assert.rejects(openDigestsInWorker(reading, path, "upload.zip", {}), (error) => {
        assert.ok(isChattyError(error, "NOT_AN_EXPORT"));
        return error.message.includes("upload.zip");
      });
      const absent = openDigestsInWorker(reading, join(root, "absent"), "x", {});
      await assert.rejects(absent, { code: "ARCHIVE_MISSING" });
    } finally {
      await reading.close();
    }
    const worker = new ImportWorker(dying);
    await assert.rejects(worker.call("hash", { path }), /It died for a test/);
    await assert.rejects(worker.call("hash", { path }), /It died for a test/);
    await worker.close();
  });
});

describe("an import by a thread", () => {
  const content = lineExportBytes(many(600));
  const open = (reader: string): Promise<ImportSpace> =>
    openImportSpace(root, { reader: { ...lineExportReader(), thread: reader } });
  const input = (bytes: Buffer): { kind: "stream"; name: string; bytes: AsyncIterable<Uint8Array> } => ({
    kind: "stream",
    name: "export",
    bytes: streamOf(bytes),
  });

  test("writes the rows and packs that a rebuild without it makes again, for a first and for a later export", async () => {
    let space = await open(thread);
    await space.imports.run(input(content));
    const grown = many(600, (number) =>
      number % 7 !== 0
        ? {}
        : {
            nodes: [
              { id: "a", parent: null, structural: true },
              { id: "z", parent: "a", text: "new" },
            ],
          },
    );
    const later = lineExportBytes({ ...grown, conversations: [...(grown.conversations ?? []), rain] });
    const receipt = await space.imports.run(input(later));
    assert.deepEqual(
      [receipt.conversations.grown, receipt.conversations.unchanged, receipt.conversations.new],
      [86, 517, 0],
    );
    assert.deepEqual((await space.imports.verify()).problems, []);
    await space.close();
    space = await openImportSpace(root);
    const rebuilt = await space.imports.rebuildReferences();
    assert.deepEqual(rebuilt.differences, []);
    assert.equal(rebuilt.references, rowsOf(space));
    await space.close();
  });

  test("that is called off, or whose thread dies, leaves nothing; a complete upload outlives the thread", async () => {
    let space = await open(thread);
    const controller = new AbortController();
    const onProgress = ({ phase, conversations }: { phase: string; conversations: number }): void => {
      if (phase === "reading" && conversations > 0) controller.abort();
    };
    await assert.rejects(space.imports.run(input(content), { signal: controller.signal, onProgress }), {
      code: "IMPORT_ABORTED",
    });
    assert.equal(rowsOf(space), 0);
    assert.equal(existsSync(join(root, "imports")), false);
    await space.close();

    space = await open(dying);
    await assert.rejects(space.imports.run(input(content)), /It died for a test/);
    assert.equal(existsSync(join(root, "imports")), false);
    const { uploadId } = await space.imports.uploads.begin({ name: "export", size: content.length });
    await space.imports.uploads.append(uploadId, 0, streamOf(content));
    await assert.rejects(space.imports.run({ kind: "upload", uploadId }), /It died for a test/);
    assert.equal(space.imports.uploads.status(uploadId).failed?.code, "IMPORT_BROKE_OFF");
    await space.close();

    space = await open(thread);
    const receipt = await space.imports.run({ kind: "upload", uploadId });
    assert.equal(receipt.conversations.new, 602);
    assert.deepEqual(space.imports.uploads.list(), []);
    assert.equal(filesOf(root).length, 2);
    await space.close();
  });
});
