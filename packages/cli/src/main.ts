#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// Before anything else is loaded: from the second start on, the program is compiled already.
enableCompileCache();

const { readEnvironment, readFileLog } = await import("./environment.ts");
const { runProgram } = await import("./program.ts");
const { limitYoungGeneration } = await import("./young-generation.ts");
limitYoungGeneration();
const environment = readEnvironment();
const code = await runProgram(environment, {
  // Loaded only when a vault is needed, so that help and mistakes answer at once.
  openVault: async (home, name) =>
    (await import("./composition.ts")).openLocalVault(home, name, readFileLog()),
  ownerPatienceMs: 15_000,
});
// Everything is written and closed; standard input may still be open and must not keep the process.
environment.exitNow(code);
