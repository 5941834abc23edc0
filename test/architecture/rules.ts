// The rules of the house as data. The checkers beside this file know how to look; only this file knows what is allowed.

/** Which packages a package may import. `typesOnlyFrom` names those of which it may import types and nothing else. */
export interface PackageRule {
  mayImport: readonly string[];
  typesOnlyFrom?: readonly string[];
  /** True for a package that must run anywhere: no Node module, no Node global, no dependency. */
  isPure?: boolean;
}

export const packageRules: Readonly<Record<string, PackageRule>> = {
  model: { mayImport: [], isPure: true },
  importers: { mayImport: ["model"] },
  store: { mayImport: ["model"] },
  runtimes: { mayImport: ["model"] },
  server: { mayImport: ["model", "importers", "store", "runtimes"] },
  cli: { mayImport: ["model", "importers", "store", "runtimes", "server"] },
  web: { mayImport: ["model"], typesOnlyFrom: ["server"] },
};

export interface PlaceRule {
  rule: string;
  /** Module names, or members of `process`, or global names; a trailing `*` matches any ending. */
  names: readonly string[];
  /** Path patterns inside `packages/` where it is allowed. Tests and scripts are always free. */
  allowedIn: readonly string[];
  remedy: string;
}

export const restrictedModules: readonly PlaceRule[] = [
  {
    rule: "file-system",
    names: ["node:fs", "node:fs/promises"],
    allowedIn: [
      "packages/store/src/files/**",
      "packages/cli/src/local-files.ts",
      // The built-in model lies beside the vaults and is nobody's data.
      "packages/cli/src/builtin-model/model-files.ts",
      // Reads the weights that came with the packages, as the program's code did.
      "packages/runtimes/src/embedding/model-files.ts",
    ],
    remedy:
      "Files are touched in packages/store/src/files/ only (and in packages/cli/src/local-files.ts for what a person names on the command line). Take what you need from there.",
  },
  {
    rule: "child-process",
    names: ["node:child_process", "node:cluster"],
    // npm, when a person asks for the built-in model, and the browser, when a person asks for it.
    allowedIn: [
      "packages/store/src/files/version-control.ts",
      "packages/cli/src/builtin-model/model-files.ts",
      "packages/cli/src/open-browser.ts",
    ],
    remedy:
      "Only packages/store/src/files/version-control.ts starts another program. Do it in this process or in a worker.",
  },
  {
    rule: "sqlite",
    names: ["node:sqlite"],
    allowedIn: ["packages/store/src/**"],
    remedy: "Databases belong to packages/store. Ask it through its public functions.",
  },
  {
    rule: "process-module",
    names: ["node:process"],
    allowedIn: [],
    remedy: "Use the global `process`, so that the rule about environment and arguments can see it.",
  },
  {
    rule: "module-loader",
    names: ["node:module"],
    // For `enableCompileCache` alone: with it the program starts in a third of the time.
    allowedIn: [
      "packages/cli/src/main.ts",
      "packages/cli/src/import-thread.ts",
      "packages/cli/src/search-thread.ts",
      "packages/cli/src/meaning-thread.ts",
    ],
    remedy: "Import statically. Code that loads or makes code cannot be checked.",
  },
  {
    rule: "module-loader",
    names: ["node:vm", "node:repl", "node:inspector"],
    allowedIn: [],
    remedy: "Import statically. Code that loads or makes code cannot be checked.",
  },
];

export const restrictedProcessMembers: readonly PlaceRule[] = [
  {
    rule: "environment",
    names: ["env", "argv", "argv0", "execArgv", "loadEnvFile"],
    allowedIn: ["packages/cli/src/**"],
    remedy:
      "Only the command line reads the environment and the arguments. Take the value as a parameter and let packages/cli hand it in.",
  },
  {
    rule: "standard-streams",
    names: ["stdin", "stdout", "stderr"],
    allowedIn: ["packages/cli/src/**"],
    remedy: "A library returns values and errors. Only packages/cli reads and writes the standard streams.",
  },
  {
    rule: "module-loader",
    names: ["getBuiltinModule", "binding", "dlopen", "mainModule"],
    allowedIn: [],
    remedy: "Import the module statically.",
  },
];

export const restrictedGlobals: readonly PlaceRule[] = [
  {
    rule: "console",
    names: ["console"],
    allowedIn: ["packages/cli/src/output.ts", "packages/cli/src/output/**"],
    remedy: "Return the value or the error. What a person sees is written by packages/cli/src/output.",
  },
  {
    rule: "module-loader",
    names: ["eval", "Function", "require"],
    allowedIn: [],
    remedy: "Import statically and write the code out.",
  },
];

/** The only files that import what they know by a path: something that was installed into a data home because a person asked for it. */
export const computedImportsAllowedIn = ["packages/cli/src/builtin-model/llama-module.ts"];

/** Globals of Node that a browser does not have; the pure packages must not name them. */
export const nodeGlobals = ["process", "Buffer", "require", "setImmediate", "clearImmediate", "global"];

export const bannedWords = [
  "utils",
  "util",
  "helpers",
  "helper",
  "common",
  "misc",
  "manager",
  "service",
  "impl",
];

/** File names whose words the specifications fix. */
export const namesFixedBySpecification = ["flat-file-session-manager", "flat-file-user-manager"];

/** The only default exports: a tool loads the file by its default export. */
export const defaultExportsAllowedIn = ["scripts/test-events.ts", "packages/web/vite.config.ts"];

export const lineLimits = { fail: 500, report: 300 } as const;

/** Development dependencies that are run or read by tools and therefore imported nowhere. */
export const toolDependencies = ["@types/node", "node", "oxfmt", "oxlint", "oxlint-tsgolint", "typescript"];
