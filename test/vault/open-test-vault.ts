import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { exportReader } from "@chatty/importers";
import { openVault } from "@chatty/store";
import type { OpenVaultOptions, UserVault, Vault } from "@chatty/store";

/** An open vault in a folder of its own, closed and removed when the test ends. */
export interface TestVault {
  folder: string;
  home: string;
  root: string;
  vault: Vault;
  user: UserVault;
  /** Closes the vault and opens it again. */
  reopen(): Promise<void>;
  /** Folder of the only user in the tree of native sessions. */
  native: string;
}

/** @param options.searchThread as in `OpenVaultOptions`. */
export async function openTestVault(
  test: TestContext,
  now: () => number = Date.now,
  options: Pick<OpenVaultOptions, "searchThread"> = {},
): Promise<TestVault> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "chatty-vault-")));
  const home = join(folder, "home");
  const open = (): Promise<Vault> =>
    openVault({ home, environment: "production", exports: exportReader, ...options }, { now });
  const vault = await open();
  const opened: TestVault = {
    folder,
    home,
    root: vault.root,
    vault,
    user: vault.user(),
    native: join(vault.root, "vvault", "users", "shard_0000", vault.user().userId),
    reopen: async () => {
      await opened.vault.close();
      opened.vault = await open();
      opened.user = opened.vault.user(opened.user.userId);
    },
  };
  test.after(async () => {
    await opened.vault.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });
  return opened;
}

/** Runs `work` on the vault of a home, in a process that is gone right afterwards without closing anything. */
export function dieAfter(home: string, work: string): string {
  const script = `
    import { openVault } from "@chatty/store";
    const vault = await openVault({ home: ${JSON.stringify(home)}, environment: "production" });
    const user = vault.user();
    ${work}
    process.kill(process.pid, "SIGKILL");
    await new Promise(() => setTimeout(() => undefined, 10_000));`;
  const died = spawnSync(process.execPath, ["--input-type=module-typescript", "--eval", script], {
    cwd: import.meta.dirname,
    encoding: "utf8",
  });
  if (died.signal !== "SIGKILL") throw new Error(`The process was not killed: ${died.stderr}`);
  return died.stdout;
}

/** Events of one file, in order, after everything acknowledged was handed to it. */
export async function eventsOf(opened: TestVault, stream: string): Promise<Record<string, unknown>[]> {
  await opened.vault.settle();
  const path = join(opened.root, "continuity/users/shard_0000", opened.user.userId, `events/${stream}.jsonl`);
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Names of a construct's transcripts. */
export function transcripts(opened: TestVault, constructId: string): string[] {
  const folder = join(opened.native, "instances", constructId, "chatty");
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}
