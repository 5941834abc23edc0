import assert from "node:assert/strict";
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { socketAddresses } from "./socket-address.ts";

let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "chatty-s-")));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("socketAddresses", () => {
  const runtimeName = `chatty-${userInfo().uid}`;

  test("stays inside the vault while the path is short enough", async () => {
    const addresses = await socketAddresses({ root: folder, runtimeFolders: [], platform: "linux" });
    assert.deepEqual(addresses, [join(folder, "owner.sock")]);
  });

  test("moves to a private folder when the path is too long, and counts bytes", async () => {
    const root = join(folder, "ü".repeat(60));
    mkdirSync(root);
    const runtime = join(folder, "run");
    mkdirSync(runtime);
    const [address = ""] = await socketAddresses({ root, runtimeFolders: [runtime], platform: "linux" });
    assert.ok(address.startsWith(join(runtime, runtimeName)));
    assert.ok(Buffer.byteLength(address) <= 100);
    assert.equal(lstatSync(join(runtime, runtimeName)).mode & 0o777, 0o700);
  });

  test("gives every spelling of a vault the same address", async () => {
    const root = join(folder, "x".repeat(100));
    mkdirSync(root);
    symlinkSync(root, join(folder, "link"));
    const places = { runtimeFolders: [folder], platform: "linux" } as const;
    assert.deepEqual(
      await socketAddresses({ ...places, root: join(folder, "link") }),
      await socketAddresses({ ...places, root }),
    );
  });

  test("refuses a private folder that is a link or open to others", async () => {
    const root = join(folder, "x".repeat(100));
    const elsewhere = join(folder, "elsewhere");
    const [linked, open] = [join(folder, "linked"), join(folder, "open")];
    for (const path of [root, elsewhere, linked, open]) mkdirSync(path, { mode: 0o700 });
    symlinkSync(elsewhere, join(linked, runtimeName));
    mkdirSync(join(open, runtimeName));
    chmodSync(join(open, runtimeName), 0o755);
    assert.deepEqual(await socketAddresses({ root, runtimeFolders: [linked, open], platform: "linux" }), []);
  });

  test("uses a named pipe on Windows", async () => {
    const [address = ""] = await socketAddresses({ root: folder, runtimeFolders: [], platform: "win32" });
    assert.match(address, /^\\\\\.\\pipe\\chatty-[0-9a-f]{32}$/);
  });
});
