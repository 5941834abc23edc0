import assert from "node:assert/strict";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { exportReader, legacyReader } from "@chatty/importers";
import { backupVault, listBackups, openVault, restoreBackup } from "@chatty/store";
import type { OpenVaultOptions, Vault, VaultDrivers } from "@chatty/store";
import {
  createSeededRandom,
  factsOf,
  lineExportBytes,
  lineExportReader,
  materialise,
  persistenceModels,
  quickNodeFiles,
  recordVault,
  vaultStates,
  withFiles,
  withMethods,
} from "@chatty/store/testing/explorer";
import type { PersistenceModel, RecordedVault } from "@chatty/store/testing/explorer";
import { readFrozen, thaw } from "../frozen/frozen-vault.ts";

const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);
/** States of one scenario under one model; each is opened by the whole program, with real databases. */
const wanted = isFull ? 300 : 3;
/** States are many small files; where there is a disk in memory they belong there. */
const temporary = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

type Files = NonNullable<VaultDrivers["files"]>;

interface Scenario {
  name: string;
  /** Makes what is there before; not recorded. */
  prepare?: (base: string) => Promise<void>;
  run: (base: string, files: Files, acknowledged: (facts: string) => void) => Promise<void>;
  /** Looks further at what a crash left. @returns what is wrong */
  examine?: (folder: string, recorded: RecordedVault, acknowledged: number) => Promise<string[]>;
  /** Acts on the vault before it is compared: what was cut off is done again. */
  mend?: (vault: Vault, base: string) => Promise<void>;
  /** `test` when absent. */
  environment?: string;
  /** Sessions have other ids when they are made again: they are left out. */
  withoutIds?: boolean;
}

const reader = lineExportReader();

function options(base: string, home = "home", environment = "test"): OpenVaultOptions {
  return { home: join(base, home), environment, exports: environment === "test" ? reader : exportReader };
}

async function seenIn(vault: Vault, { withoutIds }: Pick<Scenario, "withoutIds">): Promise<string> {
  const facts = await factsOf(vault);
  if (withoutIds !== true) return facts;
  return facts
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "*")
    .split("\n")
    .sort()
    .join("\n");
}

function exportOf(titles: readonly string[]): Buffer {
  return lineExportBytes({
    identity: { accountId: "user-alex-1", email: "alex@example.com", name: "Alex" },
    conversations: titles.map((title, index) => ({
      id: `conv-${index}`,
      title,
      leaf: "m2",
      nodes: [
        { id: "m1", parent: null, text: `${title}?`, time: 1_700_000_000 + index },
        {
          id: "m2",
          parent: "m1",
          role: "assistant" as const,
          text: `${title}!`,
          time: 1_700_000_001 + index,
        },
      ],
    })),
  });
}

async function* streamOf(bytes: Buffer): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield bytes;
}

async function importTitles(vault: Vault, titles: readonly string[]): Promise<void> {
  await vault.user().import({ kind: "stream", name: "export.jsonl", bytes: streamOf(exportOf(titles)) });
}

/** Two sessions with messages, and the core's homes. */
async function prepareSessions(base: string): Promise<void> {
  const vault = await openVault(options(base), { files: quickNodeFiles() });
  const user = vault.user();
  for (const title of ["One", "Two"]) {
    const { sessionId } = await user.createSession({ title });
    for (const content of ["first", "second", "third"]) {
      await user.append(sessionId, [{ role: "user", content: `${title}: ${content}` }]);
    }
  }
  await vault.close();
}

function sessionNamed(vault: Vault, title: string): string {
  const found = vault
    .user()
    .sessions({ limit: 100 })
    .sessions.find((session) => session.title === title);
  assert.ok(found !== undefined, title);
  return found.sessionId;
}

const scenarios: readonly Scenario[] = [
  {
    name: "a new vault",
    run: async (base, files, acknowledged) => {
      const vault = await openVault(options(base), { files });
      acknowledged(await factsOf(vault));
      const { sessionId } = await vault.user().createSession({ title: "New" });
      acknowledged(await factsOf(vault));
      await vault.user().append(sessionId, [{ role: "user", content: "said" }]);
      acknowledged(await factsOf(vault));
      await vault.close();
    },
  },
  {
    name: "append, new session, rename, delete and purge",
    prepare: prepareSessions,
    run: async (base, files, acknowledged) => {
      const vault = await openVault(options(base), { files });
      const user = vault.user();
      const [one, two] = [sessionNamed(vault, "One"), sessionNamed(vault, "Two")];
      const acts: (() => Promise<unknown>)[] = [
        () =>
          user.append(one, [
            { role: "user", content: "a" },
            { role: "assistant", content: "b" },
          ]),
        () => user.createSession({ title: "Three" }),
        () => user.renameSession(two, "Zwei"),
        () => user.deleteSession(two),
        () => user.purgeSession(two),
        () => user.setStarred(one, true),
        () => user.append(one, [{ role: "user", content: "c" }]),
      ];
      for (const act of acts) {
        await act();
        acknowledged(await factsOf(vault));
      }
      await vault.settle();
      await vault.close();
    },
  },
  {
    name: "import, and import of a newer export",
    prepare: prepareSessions,
    run: async (base, files, acknowledged) => {
      const vault = await openVault(options(base), { files });
      for (const titles of [
        ["Tea", "Rain"],
        ["Tea", "Rain", "Snow"],
      ]) {
        await importTitles(vault, titles);
        acknowledged(await factsOf(vault));
      }
      await vault.close();
    },
  },
  {
    name: "backup, backup of what is new, and restore",
    prepare: prepareSessions,
    run: async (base, files, acknowledged) => {
      const vault = await openVault(options(base), { files });
      await backupVault(vault, join(base, "backups"), { test: false });
      await vault.user().append(sessionNamed(vault, "One"), [{ role: "user", content: "between" }]);
      acknowledged(await factsOf(vault));
      await backupVault(vault, join(base, "backups"), { test: false });
      await vault.close();
      await restoreBackup({ from: join(base, "backups"), home: join(base, "restored") }, reader, files);
    },
    examine: examineBackups,
  },
  {
    name: "repair of a damaged journal",
    prepare: async (base) => {
      await prepareSessions(base);
      const root = join(base, "home", "test");
      const journals = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) =>
        path.endsWith("messages.jsonl"),
      );
      for (const path of journals) {
        const bytes = readFileSync(join(root, path));
        const at = bytes.indexOf("Two: second");
        if (at === -1 || path.includes("continuity")) continue;
        bytes[at] = 0x74;
        writeFileSync(join(root, path), bytes);
      }
    },
    run: async (base, files, acknowledged) => {
      const vault = await openVault(options(base), { files });
      await vault.repair();
      acknowledged(await factsOf(vault));
      await vault.close();
    },
    mend: async (vault) => {
      await vault.repair();
    },
  },
  {
    name: "migration of an older store",
    withoutIds: true,
    prepare: async (base) => {
      await prepareSessions(base);
      const folder = join(base, "older", "instances", "aria-001", "chatty");
      mkdirSync(folder, { recursive: true });
      for (const [name, day] of [
        ["tea.md", 2],
        ["rain.md", 3],
      ] as const) {
        const head = `# ${name}\n\n-=-=-=-\n\n\n## March ${day}, 2025\n\n`;
        const said = "**03:05:09 PM UTC - You**: a question\n\n**03:06:09 PM UTC - Aria**: an answer\n\n";
        writeFileSync(join(folder, name), head + said);
      }
    },
    run: async (base, files, acknowledged) => {
      const vault = await openVault(options(base), { files });
      await migrateOlder(vault, base);
      acknowledged(await seenIn(vault, { withoutIds: true }));
      await vault.close();
    },
    mend: migrateOlder,
  },
  {
    name: "update of a vault of version 0.1.0",
    environment: "production",
    prepare: async (base) => {
      mkdirSync(join(base, "home"), { mode: 0o700 });
      await Promise.resolve();
      thaw(readFrozen(join(import.meta.dirname, "..", "frozen", "vault-0.1.0.json.gz")), join(base, "home"));
    },
    run: async (base, files, acknowledged) => {
      const vault = await openVault(options(base, "home", "production"), { files });
      acknowledged(await factsOf(vault));
      await vault.user().createSession({ title: "After the update" });
      acknowledged(await factsOf(vault));
      await vault.close();
    },
  },
];

async function migrateOlder(vault: Vault, base: string): Promise<void> {
  const report = await vault.user().migrateLegacy(join(base, "older"), legacyReader);
  assert.equal(report.messages.seen, 4);
}

/** Every backup restores to what was there at some time, and a restored home is whole or not there. */
async function examineBackups(folder: string, recorded: RecordedVault): Promise<string[]> {
  const wrong: string[] = [];
  const check = async (what: string, home: string): Promise<void> => {
    const vault = await openVault({ ...options(folder, home), create: false }, { files: quickNodeFiles() });
    const facts = await factsOf(vault);
    await vault.close();
    if (!recorded.facts.includes(facts)) wrong.push(`${what} is nothing that was ever there`);
  };
  const { backups, unreadable } = listBackups(join(folder, "backups"));
  for (const { backupId, message } of unreadable) wrong.push(`backup ${backupId}: ${message}`);
  for (const { backupId } of backups) {
    const home = `again-${backupId}`;
    try {
      await restoreBackup(
        { from: join(folder, "backups"), backupId, home: join(folder, home) },
        reader,
        quickNodeFiles(),
      );
      await check(`backup ${backupId}`, home);
    } catch (error) {
      wrong.push(`backup ${backupId}: ${String(error)}`);
    }
  }
  const restored = join(folder, "restored", "test");
  const isThere =
    readdirSync(folder).includes("restored") && readdirSync(join(folder, "restored")).includes("test");
  if (isThere && readdirSync(restored).length > 0) await check("the restored home", "restored");
  return wrong;
}

function makeFolder(context: TestContext): string {
  const folder = mkdtempSync(join(temporary, "chatty-explorer-vault-"));
  context.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** Opens what a crash left, as the next process does. @returns what is wrong with it */
async function examineFolder(
  scenario: Scenario,
  folder: string,
  recorded: RecordedVault,
  acknowledged: number,
  tally: (code: string) => void,
): Promise<string[]> {
  const drivers = { files: quickNodeFiles() };
  const wrong: string[] = [];
  let first = "";
  for (const time of ["first", "second"]) {
    const vault = await openVault(options(folder, "home", scenario.environment), drivers);
    try {
      await scenario.mend?.(vault, folder);
      const facts = await seenIn(vault, scenario);
      // Before anything was promised of it, a vault may be begun again.
      const isBegun = acknowledged > 0 || scenario.prepare !== undefined;
      if (isBegun && recorded.facts.indexOf(facts, acknowledged) === -1) {
        wrong.push(`the ${time} time it shows what was never there: ${facts}`);
      }
      if (time === "second" && facts !== first) wrong.push("the second time it shows something else");
      first = facts;
      await vault.settle();
      const { problems } = await vault.verify();
      for (const { code, path, message } of problems) {
        // A start makes again what a crash took of transcripts and mirrors; nobody should have to ask for it.
        if (/^(?:TRANSCRIPT|MIRROR)_/.test(code)) wrong.push(`the ${time} time: ${code} ${path}: ${message}`);
      }
      if (problems.length > 0) {
        // Other derived files may lag behind after a crash; what a repair does not make again was no derived file.
        for (const { code, path, message } of (await vault.repair()).remaining) {
          wrong.push(`the ${time} time, after a repair: ${code} ${path}: ${message}`);
        }
        for (const { code } of problems) tally(code);
      }
    } finally {
      await vault.close();
    }
    if (wrong.length > 0) break;
  }
  if (scenario.examine !== undefined) wrong.push(...(await scenario.examine(folder, recorded, acknowledged)));
  return wrong;
}

interface Explored {
  diagnostic: string;
  violations: string[];
}

/** Records a scenario, and opens what crashes of it leave. */
async function explore(
  context: TestContext,
  scenario: Scenario,
  statesWanted: number,
  faulty: (files: Files) => Files = (files) => files,
): Promise<Explored> {
  const folder = makeFolder(context);
  const base = join(folder, "base");
  mkdirSync(base, { mode: 0o700 });
  await scenario.prepare?.(base);
  const before = scenario.prepare === undefined ? "" : await factsBefore(base, scenario);
  const recorded = await recordVault(base, before, (files, acknowledged) =>
    scenario.run(base, faulty(files), acknowledged),
  );
  const random = createSeededRandom(seed);
  const counts: Record<PersistenceModel, number> = { posix: 0, ext4: 0, prefix: 0 };
  const seen = new Set<string>();
  const startedMs = performance.now();
  const violations: string[] = [];
  const behind: Record<string, number> = {};
  for (const model of persistenceModels) {
    for (const state of vaultStates(recorded, { model, random, wanted: statesWanted })) {
      if (seen.has(state.key) || violations.length > 0) continue;
      seen.add(state.key);
      const left = join(folder, `state-${seen.size}`);
      mkdirSync(left, { mode: 0o700 });
      materialise(state, base, left);
      const wrong = await examineFolder(scenario, left, recorded, state.acknowledged, (code) => {
        const key = `${code} under ${model}`;
        behind[key] = (behind[key] ?? 0) + 1;
      }).catch((error: unknown) => [String(error instanceof Error ? (error.stack ?? error) : error)]);
      counts[model] += 1;
      if (wrong.length > 0) violations.push([model, ...wrong, ...state.trace()].join("\n"));
      rmSync(left, { recursive: true, force: true, maxRetries: 3 });
    }
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const diagnostic =
    `${seen.size} states of ${recorded.steps.length} steps (${JSON.stringify(counts)}), ` +
    `${violations.length} violations, derived files behind: ${JSON.stringify(behind)}, ` +
    `${(seen.size / seconds).toFixed(1)} a second; seed ${seed}`;
  return { diagnostic, violations };
}

describe("the whole program, crashed", () => {
  for (const scenario of scenarios) {
    test(`keeps what it promised: ${scenario.name}`, async (t) => {
      const { diagnostic, violations } = await explore(t, scenario, wanted);
      t.diagnostic(diagnostic);
      assert.deepEqual(violations.length, 0, `seed ${seed}\n${violations.join("\n\n")}`);
    });
  }

  const unsynced: Record<string, RegExp> = {
    "its log": /[\\/]test[\\/]log[\\/]/,
    "its transcripts": /[\\/]chatty[\\/][^\\/]+\.md$/,
  };
  for (const [what, path] of Object.entries(unsynced)) {
    test(`is found out when it does not sync ${what}`, async (t) => {
      const [, sessions] = scenarios;
      assert.ok(sessions !== undefined);
      const { diagnostic, violations } = await explore(t, sessions, 100, (files) =>
        withFiles(files, (file) =>
          path.test(file.path)
            ? withMethods(file, { sync: () => Promise.resolve(), syncNow: () => undefined })
            : file,
        ),
      );
      t.diagnostic(diagnostic);
      assert.ok(violations.length > 0);
    });
  }
});

/** What is there before the run, seen in a copy; of a vault that has to be mended first, nothing is said. */
async function factsBefore(base: string, scenario: Scenario): Promise<string> {
  if (scenario.mend !== undefined) return "";
  const copy = `${base}-copy`;
  cpSync(base, copy, { recursive: true });
  // Copying leaves folders open to other people.
  chmodSync(join(copy, "home", scenario.environment ?? "test"), 0o700);
  const vault = await openVault(options(copy, "home", scenario.environment), { files: quickNodeFiles() });
  try {
    return await seenIn(vault, scenario);
  } finally {
    await vault.close();
  }
}
