import assert from "node:assert/strict";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { isChattyError } from "@chatty/model";
import { nodeFiles } from "./node-files.ts";
import type { FilePort } from "./port.ts";
import { isTemporaryName, replaceFile } from "./replace-file.ts";
import { systemError, watchFiles } from "../testing/watched-files.ts";
import type { FileCall } from "../testing/watched-files.ts";

const old = Buffer.from("the old content");
const fresh = Buffer.from("the new content, which is longer");

function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "chatty-replace-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

class PowerCut extends Error {}

/** Does everything up to the n-th call that changes something, and nothing from there on: as when the power goes. */
function cutAt(n: number): { files: FilePort; wasReached: () => boolean } {
  let count = 0;
  const changing = new Set(["open", "write", "sync", "rename", "remove", "sync-directory", "make-directory"]);
  const files = watchFiles(nodeFiles(), {
    before: ({ kind }) => {
      if (changing.has(kind) && (count += 1) >= n) throw new PowerCut();
    },
  });
  return { files, wasReached: () => count >= n };
}

describe("replaceFile", () => {
  test("puts new content in the place of the old, private to the user, and leaves nothing else", (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, "file.json");
    assert.equal(replaceFile(nodeFiles(), path, old), true);
    assert.equal(replaceFile(nodeFiles(), path, fresh), true);
    assert.deepEqual([readFileSync(path), readdirSync(folder)], [fresh, ["file.json"]]);
    if (process.platform !== "win32") assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  test("writes nothing when the content is there already", (t) => {
    const path = join(temporaryFolder(t), "file.json");
    replaceFile(nodeFiles(), path, old);
    const calls: FileCall[] = [];
    const files = watchFiles(nodeFiles(), { before: (call) => calls.push(call) });
    assert.equal(replaceFile(files, path, old), false);
    assert.ok(calls.every(({ kind }) => ["status", "open", "read", "close"].includes(kind)));
  });

  test("keeps what was there beside it when it is told to", (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, "file.json");
    replaceFile(nodeFiles(), path, old, { keepPrevious: true });
    assert.deepEqual(readdirSync(folder), ["file.json"]);
    replaceFile(nodeFiles(), path, fresh, { keepPrevious: true });
    assert.deepEqual(readFileSync(`${path}.bak`), old);
    replaceFile(nodeFiles(), path, Buffer.from("third"), { keepPrevious: true });
    assert.deepEqual(
      [readFileSync(`${path}.bak`), readdirSync(folder)],
      [fresh, ["file.json", "file.json.bak"]],
    );
  });

  test("syncs before it renames and the folder after", (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, "file.json");
    replaceFile(nodeFiles(), path, old);
    const calls: FileCall[] = [];
    const files = watchFiles(nodeFiles(), { before: (call) => calls.push(call) });
    replaceFile(files, path, fresh, { keepPrevious: true });
    const order = calls
      .filter(({ kind }) => ["write", "sync", "rename", "sync-directory"].includes(kind))
      .map(({ kind, to }) => (to === undefined ? kind : `rename to ${to.slice(folder.length + 1)}`));
    assert.deepEqual(order, [
      "write",
      "sync",
      "write",
      "sync",
      "rename to file.json.bak",
      "rename to file.json",
      "sync-directory",
    ]);
  });

  test("leaves the old or the new content whole, wherever the power goes", (t) => {
    for (const keepPrevious of [false, true]) {
      for (let n = 1; ; n += 1) {
        const folder = temporaryFolder(t);
        const path = join(folder, "file.json");
        writeFileSync(path, old);
        const { files, wasReached } = cutAt(n);
        let isDone = false;
        try {
          isDone = replaceFile(files, path, fresh, { keepPrevious });
        } catch (error) {
          assert.ok(isChattyError(error), String(error));
        }
        const content = readFileSync(path);
        assert.ok(content.equals(old) || content.equals(fresh), `call ${n}: ${content.toString()}`);
        if (isDone) assert.deepEqual(content, fresh);
        const others = readdirSync(folder).filter((name) => name !== "file.json");
        for (const name of others) {
          assert.ok(name === "file.json.bak" || isTemporaryName(name), name);
          if (name === "file.json.bak") assert.deepEqual(readFileSync(join(folder, name)), old);
        }
        if (!wasReached()) break;
      }
    }
  });

  test("leaves the old or the new content and no temporary file, whichever call fails", (t) => {
    for (const keepPrevious of [false, true]) {
      let hasSucceeded = false;
      for (let n = 1; !hasSucceeded; n += 1) {
        const folder = temporaryFolder(t);
        const path = join(folder, "file.json");
        writeFileSync(path, old);
        let count = 0;
        const files = watchFiles(nodeFiles(), {
          before: ({ kind }) => {
            if (!["status", "close"].includes(kind) && (count += 1) === n) throw systemError("ENOSPC");
          },
        });
        try {
          replaceFile(files, path, fresh, { keepPrevious });
          hasSucceeded = true;
          assert.ok(count < n, "a failure was passed over");
        } catch (error) {
          assert.ok(isChattyError(error, "DISK_FULL"), String(error));
        }
        const content = readFileSync(path);
        assert.ok(content.equals(hasSucceeded ? fresh : old) || content.equals(fresh), `call ${n}`);
        const others = readdirSync(folder).filter((name) => !["file.json", "file.json.bak"].includes(name));
        assert.deepEqual(others, [], `call ${n}`);
      }
    }
  });

  test("takes a short write and then an error for a full disk", (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, "file.json");
    writeFileSync(path, old);
    let isFirst = true;
    const files = watchFiles(nodeFiles(), {
      take: () => {
        if (!isFirst) throw systemError("ENOSPC");
        isFirst = false;
        return 5;
      },
    });
    assert.throws(
      () => replaceFile(files, path, fresh),
      (error) => isChattyError(error, "DISK_FULL"),
    );
    assert.deepEqual([readFileSync(path), readdirSync(folder)], [old, ["file.json"]]);
  });

  test("refuses a disk that does not give back what was written", (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, "file.json");
    writeFileSync(path, old);
    const inner = nodeFiles();
    const lying: FilePort = {
      ...inner,
      open: (name, mode) => {
        const file = inner.open(name, mode);
        return {
          ...file,
          writeAt: (bytes, position) => {
            const changed = Buffer.from(bytes);
            changed[0] = 0;
            return file.writeAt(changed, position);
          },
        };
      },
    };
    assert.throws(
      () => replaceFile(lying, path, fresh),
      (error) => isChattyError(error, "WRITE_NOT_VERIFIED"),
    );
    assert.deepEqual([readFileSync(path), readdirSync(folder)], [old, ["file.json"]]);
  });

  test(
    "follows no symbolic link",
    { skip: process.platform === "win32" && "links need a right there" },
    (t) => {
      const folder = temporaryFolder(t);
      const victim = join(folder, "victim");
      writeFileSync(victim, old);
      symlinkSync(victim, join(folder, "link"));
      assert.throws(
        () => replaceFile(nodeFiles(), join(folder, "link"), fresh),
        (error) => isChattyError(error, "SYMBOLIC_LINK"),
      );
      assert.deepEqual(readFileSync(victim), old);
    },
  );

  test("makes a folder that survives a power cut together with the file in it", (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, "quarantine", "deeper", "piece");
    const synced = new Set<string>();
    const files = watchFiles(nodeFiles(), {
      before: ({ kind, path: where }) => {
        if (kind === "sync-directory") synced.add(where);
      },
    });
    replaceFile(files, path, fresh);
    assert.ok(existsSync(path));
    for (let at = dirname(path); at !== folder; at = dirname(at)) {
      assert.ok(
        synced.has(dirname(at)),
        `the name of ${at.slice(folder.length + 1)} is not synced into its folder`,
      );
    }
  });
});

describe("isTemporaryName", () => {
  test("knows the names that a replacement gives to files under way, and no others", (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, "file.json"), old);
    const made: string[] = [];
    const files = watchFiles(nodeFiles(), {
      before: ({ kind, path }) => {
        if (kind === "open" && !path.endsWith("/file.json")) made.push(path.slice(folder.length + 1));
      },
    });
    replaceFile(files, join(folder, "file.json"), fresh, { keepPrevious: true });
    assert.equal(made.length, 2);
    assert.ok(made.every(isTemporaryName), made.join());
    const others = [
      "file.json",
      "file.json.bak",
      ".file.tmp",
      "a.0123456789abcdef.tmp",
      ".a.0123456789ABCDEF.tmp",
    ];
    assert.deepEqual(others.filter(isTemporaryName), []);
  });
});
