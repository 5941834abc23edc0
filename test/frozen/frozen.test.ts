// Vaults as every version left them, opened by this one: whatever was there is there, and says the same.
import assert from "node:assert/strict";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { askerOf, lookAt, readFrozen, thaw } from "./frozen-vault.ts";

const program = join(import.meta.dirname, "..", "..", "packages", "cli", "src", "main.ts");
const vaults = globSync("vault-*.json.gz", { cwd: import.meta.dirname }).sort();

/** Every value that the older answer has must be in the newer one; a newer one may say more. */
function missing(older: unknown, newer: unknown, path: string): string[] {
  if (Array.isArray(older)) {
    if (!Array.isArray(newer) || newer.length !== older.length) return [`${path}: another length`];
    return older.flatMap((value, index) => missing(value, newer[index], `${path}[${index}]`));
  }
  if (typeof older === "object" && older !== null) {
    if (typeof newer !== "object" || newer === null) return [`${path}: gone`];
    const there = newer as Record<string, unknown>;
    return Object.entries(older).flatMap(([key, value]) => missing(value, there[key], `${path}.${key}`));
  }
  return Object.is(older, newer)
    ? []
    : [`${path}: ${JSON.stringify(newer)} instead of ${JSON.stringify(older)}`];
}

/** Opaque marks of a state, which a version may make in its own way. */
function withoutMarks(answer: unknown): unknown {
  return JSON.parse(
    JSON.stringify(answer, (key, value: unknown) => (key === "revision" ? undefined : value)),
  );
}

describe("vaults of every version", () => {
  test("there is one at least", () => assert.ok(vaults.length > 0));

  for (const name of vaults) {
    test(`${name} opens, says what it said, and is sound`, (t) => {
      const home = mkdtempSync(join(tmpdir(), "chatty-thawed-"));
      t.after(() => rmSync(home, { recursive: true, force: true }));
      const frozen = readFrozen(join(import.meta.dirname, name));
      thaw(frozen, home);
      const ask = askerOf(program, home);
      const now = lookAt(ask);
      const wrong = missing(withoutMarks(frozen.answers), withoutMarks(now), frozen.version);
      assert.deepEqual(wrong, []);
      const { ok, problems } = ask(["verify"]) as { ok: boolean; problems: unknown[] };
      assert.ok(ok, JSON.stringify(problems));
      t.diagnostic(`${Object.keys(frozen.answers).length} answers of ${frozen.version}`);
    });
  }

  test("a value that is gone or another is noticed", () => {
    const older = { sessions: [{ title: "a", messages: [1, 2] }] };
    assert.deepEqual(missing(older, { sessions: [{ title: "a", messages: [1, 2], more: 1 }] }, ""), []);
    assert.equal(missing(older, { sessions: [{ title: "b", messages: [1, 2] }] }, "").length, 1);
    assert.equal(missing(older, { sessions: [{ title: "a", messages: [1] }] }, "").length, 1);
    assert.equal(missing(older, { sessions: [{ messages: [1, 2] }] }, "").length, 1);
  });
});
