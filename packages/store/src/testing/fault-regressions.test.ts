// Faults that were found by the matrix once, each put where it did harm.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { isChattyError } from "@chatty/model";
import { nodeFiles } from "../files/node-files.ts";
import type { FilePort } from "../files/port.ts";
import type { Vault } from "../user-vault.ts";
import { openVault } from "../vault/open-vault.ts";
import { faultyFiles } from "./fault-files.ts";
import { exportOf, picture, piecesOf, testReader } from "./fault-home.ts";
import { filesBelow, poweredFiles } from "./fault-power.ts";
import { systemError, watchFiles } from "./watched-files.ts";
import type { FileCall } from "./watched-files.ts";

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "chatty-fault-"));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

const open = (home: string, files?: FilePort): Promise<Vault> =>
  openVault({ home, environment: "test" }, files === undefined ? {} : { files });

describe("a disk that fails", () => {
  for (const kind of ["status", "list", "sync-directory", "rename"] as const) {
    test(`at the first ${kind} of a start and from then on is told in Chatty's words, and holds no lock`, async (t) => {
      const home = join(makeFolder(t), "home");
      let isBroken = false;
      const files = watchFiles(nodeFiles(), {
        before: (call) => {
          isBroken ||= call.kind === kind;
          if (isBroken) throw systemError("EIO");
        },
      });
      await assert.rejects(open(home, files), (error) => isChattyError(error, "STORAGE_FAULT"));
      const vault = await open(home);
      assert.deepEqual((await vault.verify()).problems, []);
      await vault.close();
    });
  }

  test("while lists are made again leaves every conversation to be found", async (t) => {
    const home = join(makeFolder(t), "home");
    let failing: ((call: FileCall) => boolean) | undefined;
    const files = watchFiles(nodeFiles(), {
      before: (call) => {
        if (failing?.(call) === true) throw systemError("EIO");
      },
    });
    const vault = await open(home, files);
    const user = vault.user();
    const { sessionId } = await user.createSession({ title: "Here" });
    await user.append(sessionId, [{ role: "user", content: "still here" }]);
    await vault.settle();
    failing = (call) => call.kind === "list" && call.path.endsWith("/sessions");
    await assert.rejects(vault.rebuild("catalog"), (error) => isChattyError(error, "STORAGE_FAULT"));
    // It does not say that there is no such conversation.
    assert.throws(
      () => user.session(sessionId),
      (error) => isChattyError(error, "CATALOG_DAMAGED"),
    );
    failing = undefined;
    await vault.settle();
    assert.equal((await user.show(sessionId)).messages[0]?.content, "still here");
    await vault.close();
  });

  test("while a file is kept leaves nothing under way behind the next start", async (t) => {
    const home = join(makeFolder(t), "home");
    let isBroken = false;
    const files = watchFiles(nodeFiles(), {
      before: ({ kind, path }) => {
        const isHit = isBroken && path.includes("attachment");
        if (isHit && (kind === "sync" || kind === "remove")) throw systemError("EIO");
      },
    });
    const vault = await open(home, files);
    isBroken = true;
    await assert.rejects(vault.user().stageFile({ name: "a.png", bytes: piecesOf(picture) }), (error) =>
      isChattyError(error, "STORAGE_FAULT"),
    );
    await vault.close();
    await (await open(home)).close();
    assert.deepEqual(
      filesBelow(home).filter((path) => path.endsWith(".tmp")),
      [],
    );
  });
});

describe("a disk that fails while an archive is placed", () => {
  test("leaves no file open", async (t) => {
    const home = join(makeFolder(t), "home");
    let open = 0;
    const files = watchFiles(nodeFiles(), {
      before: ({ kind, path }) => {
        if (!path.endsWith(".placing")) return;
        if (kind === "sync") throw systemError("EIO");
        open += Number(kind === "open") - Number(kind === "close");
      },
    });
    const vault = await openVault({ home, environment: "test", exports: testReader }, { files });
    const bytes = piecesOf(exportOf("sam", ["one", "two"]));
    await assert.rejects(vault.user().import({ kind: "stream", name: "export.jsonl", bytes }), (error) =>
      isChattyError(error, "STORAGE_FAULT"),
    );
    assert.equal(open, 0);
    await vault.close();
  });
});

describe("a disk that fails for good while references are made again", () => {
  test("leaves no file open", async (t) => {
    const home = join(makeFolder(t), "home");
    let open = 0;
    let isArmed = false;
    let isBroken = false;
    const files = watchFiles(nodeFiles(), {
      before: ({ kind, path }) => {
        const isPack = path.endsWith(".pack") && path.includes("staging");
        if (isPack) open += Number(kind === "open") - Number(kind === "close");
        isBroken ||= isArmed && isPack && kind === "sync";
        if (isBroken) throw systemError("EIO");
      },
    });
    const vault = await openVault({ home, environment: "test", exports: testReader }, { files });
    const bytes = piecesOf(exportOf("sam", ["one", "two"]));
    await vault.user().import({ kind: "stream", name: "export.jsonl", bytes });
    isArmed = true;
    // An archive that cannot be read again is told of, or ends the rebuilding.
    await vault.rebuild("references").catch(() => undefined);
    assert.deepEqual([isBroken, open], [true, 0]);
    isArmed = false;
    isBroken = false;
    await vault.close();
  });
});

describe("the power cut of the matrix", () => {
  test("brings a removed folder back as long as its name is not synced, and then nothing that was in it", (t) => {
    const folder = makeFolder(t);
    const { files, cutInto } = poweredFiles();
    const inner = join(folder, "home", "sessions", "one", "files");
    files.makeDirectory(inner);
    files.open(join(inner, "a.png"), "create").close();
    for (const path of [inner, dirname(inner), dirname(dirname(inner)), join(folder, "home")]) {
      files.syncDirectory(path);
    }
    files.remove(join(inner, "a.png"));
    files.removeDirectory(inner);
    files.removeDirectory(dirname(inner));
    cutInto(join(folder, "home"), join(folder, "before"));
    assert.deepEqual(filesBelow(join(folder, "before")), ["sessions/one/files/a.png"]);
    files.syncDirectory(dirname(dirname(inner)));
    // One that has the name again is another one.
    files.makeDirectory(dirname(inner));
    files.syncDirectory(dirname(dirname(inner)));
    files.open(join(dirname(inner), "b.png"), "create").close();
    cutInto(join(folder, "home"), join(folder, "after"));
    assert.deepEqual(filesBelow(join(folder, "after")), []);
    files.syncDirectory(dirname(inner));
    cutInto(join(folder, "home"), join(folder, "later"));
    assert.deepEqual(filesBelow(join(folder, "later")), ["sessions/one/b.png"]);
  });
});

describe("a power cut", () => {
  test("takes no attached file with the folder of its session", async (t) => {
    const folder = makeFolder(t);
    const powered = poweredFiles();
    const vault = await open(join(folder, "home"), powered.files);
    const user = vault.user();
    const { sessionId } = await user.createSession({ title: "With a picture" });
    // The journal's folder is made behind the answer, and its name is synced by the next checkpoint only.
    await vault.settle();
    const [said] = await user.append(
      sessionId,
      [{ role: "user", content: "Look." }],
      [{ name: "a.png", bytes: piecesOf(picture) }],
    );
    powered.cutInto(join(folder, "home"), join(folder, "cut"));
    await vault.close();
    const opened = await open(join(folder, "cut"));
    const message = (await opened.user().show(sessionId)).messages.find(({ id }) => id === said?.messageId);
    const [fileId] = (message?.parts ?? []).flatMap((part) => ("fileId" in part ? [part.fileId] : []));
    const chunks: Uint8Array[] = [];
    for await (const chunk of opened.user().readFile(sessionId, String(fileId))) chunks.push(chunk);
    assert.ok(Buffer.concat(chunks).equals(picture));
    await opened.close();
  });

  test("behind a lying sync is reported, and no number of a lost change is given again", async (t) => {
    const folder = makeFolder(t);
    const cut = join(folder, "cut");
    const powered = poweredFiles();
    const lying = faultyFiles(powered.files, { fault: "lie", at: 1, isLasting: true });
    const vault = await open(join(folder, "home"), lying.files);
    const user = vault.user();
    const { sessionId } = await user.createSession({ title: "Starred" });
    lying.isArmed = true;
    await user.setStarred(sessionId, true);
    // A setting syncs the configuration, and with it the star; the log's line is gone.
    await user.setSettings({ theme: "dark" });
    powered.cutInto(join(folder, "home"), cut);
    await vault.close();
    let opened = await open(cut);
    const codes = (await opened.verify()).problems.map(({ code }) => code);
    assert.ok(codes.includes("LOG_TAIL_LOST"), codes.join(", "));
    assert.equal((await opened.doctor()).ok, false);
    await opened.user().setStarred(sessionId, false);
    await opened.close();
    opened = await open(cut);
    assert.equal(opened.user().session(sessionId).starred, false);
    await opened.close();
  });
});
