import assert from "node:assert/strict";
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { repairUnopened } from "@chatty/store";
import { bytesOf } from "./full-vault.ts";
import { openTestVault } from "./open-test-vault.ts";
import { chatgptExportOf, hostileConversations } from "../fidelity/hostile-export.ts";
import { writeZip } from "../fidelity/zip-writer.ts";

describe("an archive", () => {
  for (const what of ["with a byte flipped", "that is gone"]) {
    test(`${what} is put right by importing the same file again`, async (t) => {
      const opened = await openTestVault(t);
      const file = writeZip(chatgptExportOf(hostileConversations(5, 6), { isWhole: true }).members);
      const send = () => opened.user.import({ kind: "stream", name: "export.zip", bytes: bytesOf(file) });
      await send();
      await opened.vault.settle();
      const folder = join(opened.root, "imports/users/shard_0000", opened.user.userId, "archives");
      const [name] = readdirSync(folder);
      assert.ok(name !== undefined);
      const path = join(folder, name);
      const sound = readFileSync(path);
      chmodSync(path, 0o600);
      if (what === "that is gone") rmSync(path);
      else {
        const bytes = Buffer.from(sound);
        bytes[100] = (bytes[100] ?? 0) ^ 1;
        writeFileSync(path, bytes);
      }
      const [problem] = (await opened.vault.verify()).problems;
      assert.match(problem?.code ?? "", /^ARCHIVE_(?:DAMAGED|MISSING)$/);
      assert.match(problem?.message ?? "", /[Ii]mport the .* again/);
      assert.equal((await opened.vault.repair()).remaining[0]?.code, problem?.code);
      await send();
      assert.deepEqual(readFileSync(path), sound);
      assert.deepEqual((await opened.vault.verify()).problems, []);
    });
  }
});

describe("an import whose configuration is gone", () => {
  test("comes back when the archive is imported again", async (t) => {
    const opened = await openTestVault(t);
    const file = writeZip(chatgptExportOf(hostileConversations(6, 6), { isWhole: true }).members);
    const send = () => opened.user.import({ kind: "stream", name: "export.zip", bytes: bytesOf(file) });
    const { runtimeId } = await send();
    await opened.vault.settle();
    const before = opened.user.sessions({ limit: 100 }).sessions.filter(({ imported }) => imported);
    assert.ok(before.length > 0);
    await opened.vault.close();
    for (const end of ["", "-wal", "-shm"]) rmSync(join(opened.root, `chatty.db${end}`), { force: true });
    repairUnopened(opened.home, "production", "CONFIGURATION_MISSING");
    await opened.reopen();
    await opened.vault.repair();
    const [left] = (await opened.vault.verify()).problems;
    assert.deepEqual([left?.code, left?.path.includes("/archives/")], ["FILE_ORPHANED", true]);
    assert.ok(opened.user.runtimes().some((runtime) => runtime.runtimeId === runtimeId));
    await send();
    const after = opened.user.sessions({ limit: 100 }).sessions.filter(({ imported }) => imported);
    assert.deepEqual(after.map(({ title }) => title).sort(), before.map(({ title }) => title).sort());
    assert.deepEqual((await opened.vault.verify()).problems, []);
  });
});
