import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { documentedCodes } from "./error-codes.ts";

const checkout = join(import.meta.dirname, "..", "..", "..", "..");
/** Codes look like nothing else in the sources, save for names of the system and of the environment. */
const foreign = /^(?:CHATTY_|ERR_|XDG_|NO_COLOR$|INIT_CWD$|BEGIN_|SQLITE_)/;

describe("documentedCodes", () => {
  test("holds every code that the sources tell", () => {
    const known = new Set(documentedCodes.flatMap((group) => group.codes.map(({ code }) => code)));
    const missing: string[] = [];
    for (const [code, place] of codesOfSources()) if (!known.has(code)) missing.push(`${code} (${place})`);
    assert.deepEqual(missing, [], "Add them to packages/cli/src/output/error-codes.ts.");
  });

  test("explains every code once, in sentences", () => {
    const codes = documentedCodes.flatMap((group) => group.codes);
    assert.deepEqual(
      codes.map(({ code }) => code).sort(),
      [...new Set(codes.map(({ code }) => code))].sort(),
    );
    for (const { code, meaning, remedy } of codes) {
      assert.match(meaning, /^[A-Z`].*\.$/, code);
      assert.match(remedy, /^[A-Z`].*\.$/, code);
    }
  });
});

function codesOfSources(): Map<string, string> {
  const found = new Map<string, string>();
  const files = globSync("packages/*/src/**/*.ts", { cwd: checkout }).filter(
    (file) => !/\.test\.ts$|[\\/]testing[\\/]|-codes\.ts$/.test(file),
  );
  assert.ok(files.length > 50, "The sources were not found.");
  for (const file of files) {
    const text = readFileSync(join(checkout, file), "utf8");
    const thrown = text.matchAll(/new ChattyError\(\s*"([A-Z0-9_]+)"/g);
    const told = text.matchAll(/(?<!\[)"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"/g);
    for (const [, code = ""] of [...thrown, ...told]) if (!foreign.test(code)) found.set(code, file);
  }
  return found;
}
