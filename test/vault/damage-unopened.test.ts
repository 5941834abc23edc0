import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { repairUnopened } from "@chatty/store";
import type { RepairReport } from "@chatty/store";
import { chattyIn } from "../fidelity/chatty-process.ts";
import { openHome } from "./full-vault.ts";
import { dieAfter, openTestVault } from "./open-test-vault.ts";
import type { TestVault } from "./open-test-vault.ts";

const messages = 8;

async function closedVault(t: TestContext): Promise<TestVault & { sessionId: string }> {
  const opened = await openTestVault(t);
  const { user } = opened;
  await user.createConstruct({ name: "Botanist", instructions: "Know every plant." });
  const { sessionId } = await user.createSession({ title: "Ferns" });
  for (let number = 0; number < messages; number += 1) {
    await user.append(sessionId, [{ role: "user", content: `fern ${number}` }]);
  }
  await user.setStarred(sessionId, true);
  await user.renameSession(sessionId, "Ferns and mosses");
  await user.selectRuntime("lin");
  await opened.vault.settle();
  await opened.vault.close();
  return Object.assign(opened, { sessionId });
}

/** The vault after it was repaired, opened again. */
async function repaired(opened: TestVault, code: string): Promise<RepairReport> {
  await assert.rejects(openHome(opened.home), { code });
  const first = repairUnopened(opened.home, "production", code);
  await opened.reopen();
  const second = await opened.vault.repair();
  const again = await opened.vault.repair();
  assert.deepEqual(again, { recovered: 0, lost: [], quarantined: [], remaining: [] });
  return {
    recovered: first.recovered + second.recovered,
    lost: [...first.lost, ...second.lost],
    quarantined: [...first.quarantined, ...second.quarantined],
    remaining: [...first.remaining, ...second.remaining],
  };
}

/** As {@link repaired}, by the program. */
async function repairedByProgram(opened: TestVault, code: string): Promise<RepairReport> {
  const chatty = chattyIn(opened.folder);
  const dry = await chatty.ask<RepairReport>(["repair", "--dry-run"]);
  assert.equal(dry.answer.remaining[0]?.code, code);
  assert.equal((await chatty.ask<{ error: { code: string } }>(["sessions"])).answer.error.code, code);
  const { answer, code: exit } = await chatty.ask<RepairReport>(["repair"]);
  assert.equal(exit, 3, JSON.stringify(answer));
  await opened.reopen();
  return answer;
}

describe("a vault whose configuration", () => {
  for (const [what, code] of [
    ["is gone", "CONFIGURATION_MISSING"],
    ["is no database", "CONFIGURATION_CORRUPT"],
  ] as const) {
    test(`${what} gets back what its files tell`, async (t) => {
      const opened = await closedVault(t);
      const path = join(opened.root, "chatty.db");
      if (what === "is gone")
        for (const end of ["", "-wal", "-shm"]) rmSync(`${path}${end}`, { force: true });
      else writeFileSync(path, Buffer.alloc(20_000, "not a database "));
      const report = await (what === "is gone" ? repairedByProgram : repaired)(opened, code);
      assert.equal(report.remaining[0]?.code, "CONFIGURATION_REBUILT");
      assert.equal(report.quarantined.length > 0, what !== "is gone");
      const { user } = opened;
      assert.equal(user.userId, opened.vault.users()[0]?.userId);
      const session = user.session(opened.sessionId);
      assert.deepEqual([session.title, session.starred], ["Ferns and mosses", true]);
      assert.equal((await user.show(opened.sessionId)).messages.length, messages);
      assert.equal(user.runtime("lin").active, true);
      assert.equal(user.construct("botanist-001").instructions, "Know every plant.");
      assert.deepEqual(
        user.runtimes().map(({ runtimeId }) => runtimeId),
        ["synth", "lin", "botanist"],
      );
      await user.append(opened.sessionId, [{ role: "user", content: "and on" }]);
      assert.deepEqual((await opened.vault.verify()).problems, []);
    });
  }
});

describe("a vault whose log", () => {
  test("is damaged where it was synced gets every whole group back", async (t) => {
    const opened = await closedVault(t);
    dieAfter(
      opened.home,
      `for (let n = 0; n < 12; n += 1) await user.append("${opened.sessionId}", [{ role: "user", content: "late " + n }]);
       await user.renameSession("synth_chat_with_synth", "x").catch(() => undefined);
       await user.setSettings({ colour: "green" });`,
    );
    const log = join(opened.root, "log");
    const [name] = readdirSync(log);
    assert.ok(name !== undefined);
    const bytes = readFileSync(join(log, name));
    const at = bytes.indexOf("late 3");
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(join(log, name), bytes);
    const report = await repaired(opened, "LOG_DAMAGED");
    assert.ok(report.quarantined.some((path) => readFileSync(join(opened.root, path)).equals(bytes)));
    assert.ok(report.lost.some(({ path }) => path.startsWith("log/")));
    const texts = (await opened.user.show(opened.sessionId)).messages.map(({ content }) => content);
    // The third late message stands in the journal, which the process had written already, or it is gone and is said to be.
    for (const kept of ["late 0", "late 1", "late 2", "late 4", "late 11"])
      assert.ok(texts.includes(kept), kept);
    assert.deepEqual((await opened.vault.verify()).problems, []);
  });

  test("is gone begins a new one", async (t) => {
    const opened = await closedVault(t);
    rmSync(join(opened.root, "log"), { recursive: true });
    await repaired(opened, "LOG_MISSING");
    assert.equal((await opened.user.show(opened.sessionId)).messages.length, messages);
    await opened.user.append(opened.sessionId, [{ role: "user", content: "and on" }]);
    assert.deepEqual((await opened.vault.verify()).problems, []);
  });
});

describe("a vault whose description", () => {
  test("is damaged gets it from its log", async (t) => {
    const opened = await closedVault(t);
    const path = join(opened.root, "vault.json");
    const { vaultId } = JSON.parse(readFileSync(path, "utf8")) as { vaultId: string };
    writeFileSync(path, "{");
    await repaired(opened, "VAULT_FILE_DAMAGED");
    assert.equal(opened.vault.vaultId, vaultId);
    assert.ok(existsSync(path));
    assert.equal((await opened.user.show(opened.sessionId)).messages.length, messages);
  });
});
