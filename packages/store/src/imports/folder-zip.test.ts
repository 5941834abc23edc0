import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { isChattyError } from "@chatty/model";
import { crc32 } from "node:zlib";
import { nodeFiles } from "../files/node-files.ts";
import { listFolder } from "./folder-listing.ts";
import { writeFolderZip } from "./folder-zip.ts";

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "chatty-folder-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function packed(t: TestContext, folder: string): Promise<Buffer> {
  const files = nodeFiles();
  const path = join(scratch(t), "out.zip");
  const target = files.open(path, "create");
  const size = await writeFolderZip(listFolder(files, folder), { files, target });
  target.close();
  const bytes = readFileSync(path);
  assert.equal(bytes.length, size);
  return bytes;
}

describe("listFolder", () => {
  test("sorts by name through all folders and leaves out what systems leave behind", (t) => {
    const folder = scratch(t);
    mkdirSync(join(folder, "b"));
    mkdirSync(join(folder, "__MACOSX"));
    for (const name of [
      "z.json",
      "b/2.txt",
      "b/10.txt",
      "b.txt",
      ".DS_Store",
      "b/Thumbs.db",
      "__MACOSX/x",
      "._z.json",
    ]) {
      writeFileSync(join(folder, name), name);
    }
    assert.deepEqual(
      listFolder(nodeFiles(), folder).map(({ name }) => name),
      ["b.txt", "b/10.txt", "b/2.txt", "z.json"],
    );
  });

  test("refuses symbolic links and says which", (t) => {
    const folder = scratch(t);
    symlinkSync("/etc/passwd", join(folder, "link"));
    assert.throws(
      () => listFolder(nodeFiles(), folder),
      (error) => isChattyError(error, "SYMBOLIC_LINK") && error.message.includes("link"),
    );
  });
});

describe("writeFolderZip", () => {
  test("gives the same bytes whenever and wherever the folder is", async (t) => {
    const hashes = new Set<string>();
    for (const time of [1_000_000_000, 1_700_000_000]) {
      const folder = scratch(t);
      mkdirSync(join(folder, "files"));
      for (const name of time > 1_500_000_000 ? ["files/é.png", "a.json"] : ["a.json", "files/é.png"]) {
        writeFileSync(join(folder, name), name.repeat(1000));
        utimesSync(join(folder, name), time, time);
      }
      hashes.add(
        createHash("sha256")
          .update(await packed(t, folder))
          .digest("hex"),
      );
    }
    assert.equal(hashes.size, 1);
  });

  test("writes headers, checksums and a directory that agree", async (t) => {
    const folder = scratch(t);
    writeFileSync(join(folder, "empty"), "");
    writeFileSync(join(folder, "é.txt"), "hello");
    const zip = await packed(t, folder);
    const end = zip.length - 22;
    assert.equal(zip.readUInt32LE(end), 0x06054b50);
    assert.equal(zip.readUInt16LE(end + 10), 2);
    let at = zip.readUInt32LE(end + 16);
    for (const [name, text] of [
      ["empty", ""],
      ["é.txt", "hello"],
    ] as const) {
      assert.equal(zip.readUInt32LE(at), 0x02014b50);
      assert.equal(zip.readUInt32LE(at + 16), crc32(Buffer.from(text)));
      const length = zip.readUInt16LE(at + 28);
      assert.equal(zip.toString("utf8", at + 46, at + 46 + length), name);
      const local = zip.readUInt32LE(at + 42);
      assert.equal(zip.readUInt32LE(local), 0x04034b50);
      assert.equal(zip.readUInt32LE(local + 14), crc32(Buffer.from(text)));
      const start = local + 30 + zip.readUInt16LE(local + 26);
      assert.equal(zip.toString("utf8", start, start + text.length), text);
      at += 46 + length;
    }
    assert.equal(at, end);
  });

  test("tells when a file changes while it is read", async (t) => {
    const folder = scratch(t);
    writeFileSync(join(folder, "a"), "longer than it will be");
    const files = nodeFiles();
    const entries = listFolder(files, folder);
    writeFileSync(join(folder, "a"), "short");
    const target = files.open(join(scratch(t), "out.zip"), "create");
    await assert.rejects(writeFolderZip(entries, { files, target }), (error) =>
      isChattyError(error, "SOURCE_CHANGED"),
    );
    target.close();
  });
});
