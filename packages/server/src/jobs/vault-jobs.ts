import { ChattyError } from "@chatty/model";
import type { ImportReceipt, UserVault, Vault } from "@chatty/store";
import type { Job, RebuildScope } from "../api/imports.ts";
import { importOptions, outcomeOf, selectAfter } from "./import-jobs.ts";
import type { JobBoard } from "./job-board.ts";

/** An archive of made-up conversations; its bytes are made while it is read. */
export interface DemoArchive {
  name: string;
  bytes: AsyncIterable<Uint8Array>;
}

export interface VaultJobsParts {
  vault: Vault;
  user: UserVault;
  board: JobBoard;
  /** Absent where there is nobody to make it. */
  demo?: ((signal: AbortSignal) => DemoArchive[]) | undefined;
}

/**
 * Starts work on the vault as a whole and says under which id it runs; a second request while it runs gives the same job.
 * @param scope what `rebuild` makes again; a rebuild of everything counts as one of every part
 */
export function startVaultJob(
  parts: VaultJobsParts,
  kind: "verify" | "repair" | "rebuild" | "demo",
  scope: RebuildScope = "all",
): Job {
  const { vault, board } = parts;
  const running = board
    .list()
    .find(
      (job) =>
        job.kind === kind &&
        board.isRunning(job.jobId) &&
        (kind !== "rebuild" || job.scope === "all" || job.scope === scope),
    );
  if (running !== undefined) return running;
  switch (kind) {
    case "verify":
      return board.run({ kind, name: "Verify everything", canCancel: false }, async (task) => {
        task.update({ state: "running" });
        return { report: await vault.verify() };
      }).job;
    case "repair":
      return board.run({ kind, name: "Mend what is damaged", canCancel: false }, async (task) => {
        task.update({ state: "running" });
        return { report: await vault.repair() };
      }).job;
    case "rebuild":
      return startRebuild(parts, scope);
    case "demo":
      return startDemo(parts);
  }
}

/** One rebuild of a vault at a time; the next one waits for it. */
const rebuilding = new WeakMap<Vault, Promise<void>>();

function startRebuild({ vault, board }: VaultJobsParts, scope: RebuildScope): Job {
  const before = rebuilding.get(vault);
  const name = scope === "catalog" ? "Make lists and search again" : "Make derived files again";
  const { job, ended } = board.run({ kind: "rebuild", name, canCancel: false }, async (task) => {
    task.update({ scope });
    await before;
    task.update({ state: "running" });
    return { report: await vault.rebuild(scope) };
  });
  rebuilding.set(vault, ended);
  return job;
}

function startDemo({ user, board, demo }: VaultJobsParts): Job {
  if (demo === undefined) {
    throw new ChattyError("DEMO_NOT_THERE", "This server has no demo conversations.", {
      hint: "`chatty demo` makes them.",
    });
  }
  return board.run({ kind: "demo", name: "Demo conversations", canCancel: true }, async (task) => {
    task.update({ state: "running" });
    const receipts: ImportReceipt[] = [];
    for (const { name, bytes } of demo(task.signal)) {
      // The page goes to the first one and stays there.
      const options = { ...importOptions(task), select: receipts.length === 0 };
      receipts.push(await user.import({ kind: "stream", name, bytes }, options));
    }
    const [first] = receipts;
    if (first === undefined) throw new TypeError("The demo has no archive.");
    await selectAfter(user, first.runtimeId);
    return { ...outcomeOf(user, first), report: { imports: receipts } };
  }).job;
}
