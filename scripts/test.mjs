import { handOver, installIfNeeded } from "./bootstrap.mjs";

try {
  installIfNeeded();
  handOver("scripts/run-tests.ts", process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  // Whoever reads the last line alone must see a failure too.
  console.log("0 passed, 1 failed");
  process.exitCode = 1;
}
