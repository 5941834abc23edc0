import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { checkDocuments, checkedExamples, formatFaults } from "./check-docs.ts";
import type { DocumentTree } from "./check-docs.ts";

const root = dirname(dirname(import.meta.dirname));

function readDocuments(): DocumentTree {
  const texts = new Map<string, string>();
  for (const path of trackedFiles()) {
    if (path === "package-lock.json" || !existsSync(join(root, path))) continue;
    const bytes = readFileSync(join(root, path));
    if (!bytes.includes(0)) texts.set(path, bytes.toString("utf8"));
  }
  const npmScripts = new Map<string, string[]>();
  for (const [path, text] of texts) {
    if (!/^(?:packages\/[^/]+\/)?package\.json$/.test(path)) continue;
    const manifest = JSON.parse(text) as { name: string; scripts?: Record<string, string> };
    npmScripts.set(path === "package.json" ? "" : manifest.name, Object.keys(manifest.scripts ?? {}));
  }
  return { texts, npmScripts, exists: (path) => existsSync(join(root, path)) };
}

/** What version control holds; outside of it (an unpacked archive, say) everything that no tool made. */
function trackedFiles(): string[] {
  const listed = spawnSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" });
  if (listed.status === 0) return listed.stdout.split("\0").filter((path) => path !== "");
  return globSync("**/*.{ts,mjs,json,md}", { cwd: root, exclude: ["**/node_modules/**", "**/dist/**"] });
}

const documents = readDocuments();

test("links, paths and commands in the documents lead somewhere", () => {
  const faults = checkDocuments(documents);
  assert.equal(faults.length, 0, `\n${formatFaults(faults)}`);
});

test("the documents that every reader starts from are there", () => {
  for (const path of ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE"]) {
    assert.ok(documents.texts.has(path), `${path} is not in version control`);
  }
});

test("every decision is listed on the page of decisions", () => {
  const list = documents.texts.get("docs/decisions/README.md") ?? "";
  const pages = [...documents.texts.keys()].filter((path) => /^docs\/decisions\/\d.*\.md$/.test(path));
  assert.ok(pages.length > 0, "there are no decision pages");
  const missing = pages
    .map((path) => path.replace("docs/decisions/", ""))
    .filter((name) => !list.includes(`(${name})`));
  assert.deepEqual(missing, []);
});

test("examples in the documents that ask for it compile", () => {
  const folder = join(root, "node_modules", ".cache", "checked-examples");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  let count = 0;
  for (const [path, text] of documents.texts) {
    if (!path.endsWith(".md")) continue;
    for (const example of checkedExamples(text)) {
      count += 1;
      const name = `${path.replace(/[^a-z0-9]+/gi, "-").toLowerCase()}-${count}.ts`;
      writeFileSync(join(folder, name), `${example}\nexport {};\n`);
    }
  }
  if (count === 0) return;
  const options = { composite: false, noEmit: true, allowImportingTsExtensions: true, declaration: false };
  const config = {
    extends: "../../../tsconfig.base.json",
    compilerOptions: { ...options, declarationMap: false, rewriteRelativeImportExtensions: false },
    include: ["."],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const done = spawnSync(process.execPath, [compiler, "-p", folder], { encoding: "utf8", timeout: 120_000 });
  assert.equal(done.status, 0, `${done.stdout}${done.stderr}`);
});

const made: DocumentTree = {
  texts: new Map([["docs/other.md", "# Other page\n## What it `does`\n"]]),
  npmScripts: new Map([
    ["", ["start", "test", "lint"]],
    ["@chatty/cli", ["guides"]],
  ]),
  exists: (path) =>
    ["docs", "docs/other.md", "docs/page.md", "packages/store", "packages/store/src"].includes(path),
};

function faultsIn(text: string, path = "docs/page.md"): string[] {
  const tree = { ...made, texts: new Map([...made.texts, [path, text]]) };
  return checkDocuments(tree).map((fault) => fault.remedy);
}

const planted: [string, string][] = [
  ["a link to a file that is gone", "[x](gone.md)"],
  ["a link to a heading that is gone", "[x](other.md#nothing)"],
  ["a link out of the checkout", "[x](../../elsewhere.md)"],
  ["a path that is gone", "see `packages/store/src/gone.ts`"],
  ["a pattern whose folder is gone", "see `packages/gone/*.ts`"],
  ["a command that does not exist", "    npm run --silent deploy -- x"],
  ["a command that another package has", "`npm run guides` or `npm run lint -w @chatty/cli` "],
  ["a path of one machine", `it lies in ${["", "work", "main"].join("/")}`],
  ["a person's folder", `it lies in ${["", "home", "somebody"].join("/")}`],
  ["a package host", `from https://${["registry", "npmjs", "org"].join(".")}/`],
  ["work left undone", "To be written: TODO"],
];

for (const [name, text] of planted) {
  test(`finds ${name}`, () => assert.ok(faultsIn(text).length > 0, "nothing was found"));
}

test("finds a path of one machine in a source file", () => {
  assert.equal(
    faultsIn(`const x = "${["", "work", "main"].join("/")}";`, "packages/store/src/x.ts").length,
    1,
  );
});

test("allows what leads somewhere", () => {
  const text = [
    "[x](other.md#what-it-does), [y](https://example.org/a), [z](#page)",
    "`packages/store/src/*.ts` and `packages/store/`, `npm start`, npm run lint, `npm run guides -w @chatty/cli`",
    "# Page",
  ].join("\n");
  assert.deepEqual(faultsIn(text), []);
});

test("takes the examples that ask to be checked", () => {
  const text = "<!-- check -->\n```ts\nconst a = 1;\n```\n\n```ts\nnot checked\n```\n";
  assert.deepEqual(checkedExamples(text), ["const a = 1;\n"]);
});
