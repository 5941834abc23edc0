import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { checkoutRoot } from "./tree.ts";

const folder = mkdtempSync(join(tmpdir(), "chatty-npm-scripts-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Every script of the root and of the packages, with the words that make npm run it. */
function allScripts(): { label: string; script: string; words: string[] }[] {
  const manifests = ["package.json", ...globSync("packages/*/package.json", { cwd: checkoutRoot }).sort()];
  return manifests.flatMap((path) => {
    const manifest = JSON.parse(readFileSync(join(checkoutRoot, path), "utf8")) as {
      scripts?: Record<string, string>;
    };
    const workspace = path === "package.json" ? [] : ["--workspace", dirname(path)];
    return Object.keys(manifest.scripts ?? {}).map((script) => ({
      label: [script, ...workspace].join(" "),
      script,
      words: ["run", script, ...workspace],
    }));
  });
}

// Loaded first into every Node that npm starts. In the script's own process it notes the version and ends; npm's own
// process has no npm_lifecycle_event and goes on.
const probe = join(folder, "probe.cjs");
writeFileSync(
  probe,
  `if (process.env.npm_lifecycle_event === process.env.PROBED_SCRIPT) {
     require("node:fs").appendFileSync(process.env.PROBE_FILE, process.version + "\\n");
     process.exit(0);
   }`,
);

for (const { label, script, words } of allScripts()) {
  test(`npm run ${label} runs on Node 24`, () => {
    const noted = join(folder, `${label.replace(/[^a-z]+/g, "-")}.txt`);
    const environment: NodeJS.ProcessEnv = { ...process.env };
    delete environment["npm_lifecycle_event"];
    const done = spawnSync("npm", words, {
      cwd: checkoutRoot,
      encoding: "utf8",
      timeout: 60_000,
      shell: process.platform === "win32",
      env: {
        ...environment,
        NODE_OPTIONS: `--require ${JSON.stringify(probe)}`,
        PROBED_SCRIPT: script,
        PROBE_FILE: noted,
        PATH: pathWithoutCheckout(),
      },
    });
    assert.equal(done.status, 0, `${done.stdout}${done.stderr}`);
    assert.match(readFileSync(noted, "utf8"), /^v24\./, "the first Node that the script starts");
  });
}

/** What npm was started with, so that only npm itself decides which Node a script gets. */
function pathWithoutCheckout(): string {
  const separator = process.platform === "win32" ? ";" : ":";
  const parts = (process.env["PATH"] ?? "").split(separator);
  return parts.filter((part) => !part.startsWith(join(checkoutRoot, "node_modules"))).join(separator);
}
