import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { buildWeb } from "./build-web.ts";

const root = dirname(import.meta.dirname);
const program = join(root, "packages", "cli", "src", "main.ts");

/** Builds the page if it has to be built and serves it; words given to `npm start --` go to `chatty serve`. */
function main(words: readonly string[]): void {
  const startedMs = performance.now();
  if (buildWeb()) console.log(`Built the page in ${((performance.now() - startedMs) / 1000).toFixed(1)} s.`);
  // As `npm run chatty` does it, so that the program prints hints that can be typed in a checkout.
  const child = spawn(process.execPath, [program, "serve", ...words], {
    env: { ...process.env, npm_lifecycle_event: "chatty" },
    stdio: "inherit",
  });
  // The terminal sends Ctrl-C to both: the server decides how to end, and this process waits for it. A second one would cut it short.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("error", (error) => {
    console.error(`The server could not be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.on("close", (code, signal) => {
    process.exitCode = code ?? (signal === "SIGINT" ? 130 : 1);
  });
}

try {
  main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
