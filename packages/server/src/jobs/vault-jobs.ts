import { ChattyError } from "@chatty/model";
import type { ImportReceipt, UserVault, Vault } from "@chatty/store";
import type { Job } from "../api/imports.ts";
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

/** Starts work on the vault as a whole and says under which id it runs; a second request while it runs gives the same job. */
export function startVaultJob(parts: VaultJobsParts, kind: "verify" | "repair" | "rebuild" | "demo"): Job {
  const { vault, board } = parts;
  const running = board.list().find((job) => job.kind === kind && board.isRunning(job.jobId));
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
      return board.run({ kind, name: "Make derived files again", canCancel: false }, async (task) => {
        task.update({ state: "running" });
        return { report: await vault.rebuild("all") };
      }).job;
    case "demo":
      return startDemo(parts);
  }
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
