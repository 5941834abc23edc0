import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { checkoutRoot } from "./tree.ts";

const folder = mkdtempSync(join(tmpdir(), "chatty-npm-scripts-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const manifest = JSON.parse(readFileSync(join(checkoutRoot, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

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

for (const script of Object.keys(manifest.scripts)) {
  test(`npm run ${script} runs on Node 24`, () => {
    const noted = join(folder, `${script.replaceAll(":", "-")}.txt`);
    const environment: NodeJS.ProcessEnv = { ...process.env };
    delete environment["npm_lifecycle_event"];
    const done = spawnSync("npm", ["run", script], {
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
