// Every rule is shown a made-up tree that breaks it. A checker that finds nothing in the real tree proves something only
// because it finds these.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkFileCycles, checkImports, folderCycles } from "./check-imports.ts";
import { checkManifests } from "./check-manifests.ts";
import { checkNames } from "./check-names.ts";
import { checkSources, longFiles } from "./check-sources.ts";
import { linesOf, withFiles } from "./made-up-tree.ts";
import type { Files } from "./made-up-tree.ts";
import { plantedImports } from "./planted-imports.ts";
import { plantedSources } from "./planted-sources.ts";
import { formatViolations } from "./tree.ts";

const everyCheck = [checkImports, checkFileCycles, checkManifests, checkNames, checkSources];

test("nothing is found in a sound tree", () => {
  const violations = everyCheck.flatMap((check) => check(withFiles({})));
  assert.equal(formatViolations(violations), "");
});

for (const leak of [...plantedImports, ...plantedSources]) {
  test(`finds ${leak.name}`, () => {
    const violations = leak.check(withFiles(leak.files));
    const shown = violations.find(
      (found) =>
        found.rule === leak.rule &&
        leak.at === (found.line === 0 ? found.path : `${found.path}:${found.line}`),
    );
    assert.ok(shown !== undefined, `not found; instead:\n${formatViolations(violations)}`);
    assert.ok(shown.text !== "" && shown.remedy !== "", "it must show what is wrong and what to change");
  });
}

const allowed: { name: string; files: Files }[] = [
  {
    name: "files touched where files are touched",
    files: {
      "packages/store/src/files/append-file.ts":
        'import { open } from "node:fs/promises";\nexport const x = open;\n',
      "packages/cli/src/local-files.ts": 'import { open } from "node:fs/promises";\nexport const x = open;\n',
    },
  },
  {
    name: "a database in the store and git where it is asked",
    files: {
      "packages/store/src/workspace/database.ts": 'import "node:sqlite";\n',
      "packages/store/src/files/version-control.ts": 'import "node:child_process";\n',
    },
  },
  {
    name: "the environment and the console at the edge",
    files: {
      "packages/cli/src/main.ts": "export const words = process.argv;\n",
      "packages/cli/src/output.ts": 'console.log("x");\n',
    },
  },
  {
    name: "names that only look like globals",
    files: {
      "packages/model/src/names.ts":
        "export interface Place { console: string; process: number }\nexport const x = { console: 1, process: 2 }.console;\n",
    },
  },
  {
    name: "words that stand in texts and comments",
    files: {
      "packages/store/src/words.ts":
        '/** Reads node:fs and process.env, any enum. */\nexport const x = "console.log(1) as any";\n',
    },
  },
  {
    name: "the facades that the specifications name",
    files: { "packages/store/src/flat-file-session-manager.ts": "export {};\n" },
  },
  {
    name: "anything a test needs from Node",
    files: {
      "packages/store/src/log.test.ts":
        'import { open } from "node:fs/promises";\nopen(process.env["X"] ?? "");\n',
    },
  },
  {
    name: "the package's own manifest",
    files: {
      "packages/store/src/version.ts": 'import manifest from "../package.json" with { type: "json" };\n',
    },
  },
  {
    name: "circles made of types alone",
    files: {
      "packages/store/src/a.ts": 'import type { B } from "./b.ts";\nexport type A = B;\n',
      "packages/store/src/b.ts": 'import type { A } from "./a.ts";\nexport type B = A;\n',
    },
  },
];

for (const { name, files } of allowed) {
  test(`allows ${name}`, () => {
    const violations = everyCheck.flatMap((check) => check(withFiles(files)));
    assert.equal(formatViolations(violations), "");
  });
}

test("folder circles and long files are named in the report", () => {
  const tree = withFiles({
    "packages/store/src/log/a.ts": 'import type { B } from "../journal/b.ts";\nexport type A = B;\n',
    "packages/store/src/journal/b.ts": 'import type { A } from "../log/a.ts";\nexport type B = A;\n',
    "packages/store/src/long.ts": linesOf(301),
  });
  assert.deepEqual(longFiles(tree), ["packages/store/src/long.ts: 301 lines"]);
  assert.equal(folderCycles(tree).length, 1);
});
