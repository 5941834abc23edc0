import { handOver, installIfNeeded } from "./bootstrap.mjs";

try {
  installIfNeeded();
  handOver("scripts/start.ts", process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
