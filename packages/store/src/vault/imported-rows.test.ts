import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { DatabaseSync } from "node:sqlite";
import { Catalog } from "../catalog/catalog.ts";
import type { LineConversation } from "../imports/testing/line-export.ts";
import { lineExportBytes, lineExportReader } from "../imports/testing/line-export.ts";
import { alex, rain, streamOf, tea } from "../imports/testing/sample-imports.ts";
import type { UserVault, Vault } from "../user-vault.ts";
import type { ImportOptions, ImportReceipt } from "../views.ts";
import { openVault } from "./open-vault.ts";

interface Opened {
  vault: Vault;
  user: UserVault;
  reopen(): Promise<void>;
}

async function openTestVault(t: TestContext): Promise<Opened> {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "chatty-rows-")));
  const open = (): Promise<Vault> =>
    openVault({ home: join(home, "home"), environment: "production", exports: lineExportReader() });
  const vault = await open();
  const opened: Opened = {
    vault,
    user: vault.user(),
    reopen: async () => {
      await opened.vault.close();
      opened.vault = await open();
      opened.user = opened.vault.user();
    },
  };
  t.after(async () => {
    await opened.vault.close();
    rmSync(home, { recursive: true, force: true });
  });
  return opened;
}

function take(
  user: UserVault,
  conversations: LineConversation[],
  options: ImportOptions = {},
): Promise<ImportReceipt> {
  const bytes = lineExportBytes({ identity: alex, conversations });
  return user.import({ kind: "stream", name: "export.jsonl", bytes: streamOf(bytes) }, options);
}

function titles(user: UserVault): string[] {
  const { sessions } = user.sessions({ limit: 1000 });
  return sessions
    .filter(({ imported }) => imported)
    .map(({ title }) => title)
    .sort();
}

function viewsOf({ vault }: Opened): string[] {
  const folder = join(vault.root, "imports");
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".md"))
    .map((path) => join(folder, path))
    .sort();
}

describe("the lists after an import", () => {
  test("have nothing of what was replaced, in joined runtimes too", async (t) => {
    const opened = await openTestVault(t);
    const { user } = opened;
    const one = await take(user, [tea]);
    const two = await take(user, [rain], { into: "new" });
    await user.joinRuntime(two.runtimeId, one.runtimeId);
    assert.deepEqual(titles(user), ["Rain", "Tea"]);
    await take(user, [{ ...tea, title: "Only this" }], { replace: true, into: one.runtimeId });
    assert.deepEqual(titles(user), ["Only this"]);
    assert.deepEqual((await opened.vault.verify()).problems, []);
    await opened.reopen();
    assert.deepEqual(titles(opened.user), ["Only this"]);
  });

  test("follow rebuilt references without a rebuild of the catalog", async (t) => {
    const opened = await openTestVault(t);
    await take(opened.user, [tea, rain]);
    const before = opened.user.sessions({ limit: 1000 });
    await opened.vault.close();
    const database = new DatabaseSync(join(opened.vault.root, "chatty.db"));
    database.exec("UPDATE import_references SET title = 'Wrong'");
    database.close();
    await opened.reopen();
    await opened.vault.rebuild("catalog");
    assert.deepEqual(titles(opened.user), ["Wrong", "Wrong"]);
    assert.equal((await opened.vault.rebuild("references")).identical, false);
    assert.deepEqual(opened.user.sessions({ limit: 1000 }), before);
    assert.deepEqual((await opened.vault.verify()).problems, []);
  });
});

describe("readable views", () => {
  test("of a small import are there when the vault is closed, and verify tells what became of them", async (t) => {
    const opened = await openTestVault(t);
    await take(opened.user, [tea, rain]);
    assert.deepEqual((await opened.vault.verify()).problems, []);
    await opened.reopen();
    const [first = "", second = ""] = viewsOf(opened);
    assert.ok(existsSync(first) && existsSync(second));
    rmSync(first);
    appendFileSync(second, "More.");
    const codes = (await opened.vault.verify()).problems.map(({ code }) => code);
    assert.deepEqual(codes.sort(), ["VIEW_CHANGED", "VIEW_MISSING"]);
    await opened.vault.repair();
    assert.deepEqual((await opened.vault.verify()).problems, []);
    assert.ok(existsSync(first));
  });

  test("of a big import are written while the vault stays open, also after it was settled", async (t) => {
    const opened = await openTestVault(t);
    const many = Array.from({ length: 501 }, (_, at) => ({ ...rain, id: `c-${at}`, title: `Rain ${at}` }));
    await take(opened.user, many);
    await opened.vault.settle();
    assert.deepEqual((await opened.vault.verify()).problems, []);
    for (let turn = 0; turn < 1_200 && viewsOf(opened).length < many.length; turn += 1) await delay(50);
    assert.equal(viewsOf(opened).length, many.length);
  });

  test("of a deleted conversation do not outlive the process that deleted it", async (t) => {
    const opened = await openTestVault(t);
    await take(opened.user, [tea]);
    await opened.reopen();
    const before = viewsOf(opened);
    assert.equal(before.length, 1);
    const id =
      opened.user.sessions({ limit: 1000 }).sessions.find(({ imported }) => imported)?.sessionId ?? "";
    await opened.user.deleteSession(id);
    await opened.reopen();
    assert.deepEqual(viewsOf(opened), []);
    await opened.user.restoreSession(id);
    await opened.reopen();
    assert.deepEqual(viewsOf(opened), before);
  });

  test("follow a deleted conversation and its return", async (t) => {
    const opened = await openTestVault(t);
    await take(opened.user, [tea, { ...tea, id: "conv-tea-2" }]);
    await opened.reopen();
    const before = viewsOf(opened);
    assert.equal(before.length, 2);
    const id =
      opened.user.sessions({ limit: 1000 }).sessions.find(({ imported }) => imported)?.sessionId ?? "";
    await opened.user.deleteSession(id);
    for (let turn = 0; turn < 100 && viewsOf(opened).length > 1; turn += 1) await delay(50);
    assert.deepEqual(
      viewsOf(opened),
      before.filter((path) => path.endsWith("Tea.md")),
    );
    await opened.user.restoreSession(id);
    for (let turn = 0; turn < 100 && viewsOf(opened).length < 2; turn += 1) await delay(50);
    assert.deepEqual(viewsOf(opened), before);
  });
});

describe("closing a vault", () => {
  test("gives lock and configuration back when a catalog cannot be closed", async (t) => {
    const home = realpathSync(mkdtempSync(join(tmpdir(), "chatty-rows-")));
    t.after(() => rmSync(home, { recursive: true, force: true }));
    const options = { home: join(home, "home"), environment: "production" } as const;
    const vault = await openVault(options);
    const close = Catalog.prototype.close;
    const refused = t.mock.method(Catalog.prototype, "close", function (this: Catalog) {
      close.call(this);
      throw new Error("refused");
    });
    await assert.rejects(vault.close(), /refused/);
    refused.mock.restore();
    await (await openVault(options)).close();
  });
});
