#!/usr/bin/env node
import { readEnvironment } from "./environment.ts";
import { runProgram } from "./program.ts";

const environment = readEnvironment();
const code = await runProgram(environment, {
  // Loaded only when a vault is needed, so that help and mistakes answer at once.
  openVault: async (home, name) => (await import("./composition.ts")).openLocalVault(home, name),
  ownerPatienceMs: 15_000,
});
// Everything is written and closed; standard input may still be open and must not keep the process.
environment.exitNow(code);
