// `chatty repair` for a vault that does not open: what keeps it from opening is mended first, then it is opened and repaired.
import { ChattyError } from "@chatty/model";
import { repairUnopened, unopenedRepairs } from "@chatty/store";
import type { RepairReport } from "@chatty/store";
import type { ExitCode, UnopenedContext } from "../command-context.ts";
import { openLocalVault } from "../composition.ts";
import { hasFlag } from "../invocation.ts";
import { renderRepair } from "../output/maintenance-text.ts";

/** @throws {ChattyError} why the vault does not open, when that is nothing to repair */
export async function repairClosed(context: UnopenedContext): Promise<ExitCode> {
  const { home, environment, error, invocation, output } = context;
  if (!unopenedRepairs.some((code) => code === error.code)) {
    throw new ChattyError(error.code, error.message, {
      hint: error.hint,
      ...(error.where === undefined ? {} : { where: error.where }),
    });
  }
  const isDryRun = hasFlag(invocation, "dry-run");
  const report = isDryRun ? announced(error) : await repaired(home, environment, error.code);
  await output.result(report, (style) => renderRepair(report, isDryRun, style));
  return 3;
}

function announced({ code, message }: UnopenedContext["error"]): RepairReport {
  const problem = {
    code,
    path: "",
    message: `${message} Without --dry-run it is mended as far as files tell.`,
  };
  return { recovered: 0, lost: [], quarantined: [], remaining: [problem] };
}

async function repaired(home: string, environment: string, code: string): Promise<RepairReport> {
  const first = repairUnopened(home, environment, code);
  const vault = await openLocalVault(home, environment);
  try {
    const second = await vault.repair();
    return {
      recovered: first.recovered + second.recovered,
      lost: [...first.lost, ...second.lost],
      quarantined: [...first.quarantined, ...second.quarantined],
      remaining: [...first.remaining, ...second.remaining],
    };
  } finally {
    await vault.close();
  }
}
