import { isChattyError, parseRuntimeId } from "@chatty/model";
import type { RuntimeId, SourceName } from "@chatty/model";
import type { ImportInput, ImportOptions, ImportReceipt } from "@chatty/store";
import type { BareContext, CommandContext, ExitCode } from "../command-context.ts";
import type { CommandDescription } from "../command-description.ts";
import { hasFlag, textOption, usageError } from "../invocation.ts";
import type { Invocation } from "../invocation.ts";
import { refuseSpecialFile } from "../local-files.ts";
import { reportFromError } from "../output/error-report.ts";
import { renderImports } from "../output/import-summary.ts";
import type { ErrorReport } from "../output/error-report.ts";
import type { ImportFailure } from "../output/import-summary.ts";

const knownSources: readonly SourceName[] = ["chatgpt", "claude"];

export const importCommand: CommandDescription = {
  words: ["import"],
  summary: "Take in exports exactly as the vendors sent them.",
  details: [
    "Every path is imported on its own: one that fails does not stop the others. The archive is kept verbatim, every node",
    "of every conversation is accounted for, and importing the same export twice changes nothing. A newer export of the",
    "same account is merged: new and grown conversations are added, and nothing is deleted.",
    "Exit code 3 means: done, with problems listed. Exit code 1 means: at least one path failed, and left nothing behind.",
  ],
  arguments: [
    {
      name: "PATH",
      summary: "ZIP, folder, JSON or JSONL; - is standard input.",
      variadic: true,
      kind: "path",
    },
  ],
  options: [
    { name: "dry-run", summary: "Read and account for everything, change nothing." },
    {
      name: "source",
      value: "NAME",
      choices: knownSources,
      summary: "Read it as this vendor's export instead of recognising it.",
    },
    {
      name: "into",
      value: "RUNTIME",
      summary: "Merge into this runtime, or `new` for a separate one; else the account decides.",
    },
    {
      name: "replace",
      summary: "The archive becomes the runtime's only visible import; earlier ones stay on disk.",
    },
  ],
  examples: [
    { line: "import export.zip", says: "a ChatGPT or Claude export, as it was downloaded" },
    { line: "import chatgpt.zip claude.zip --dry-run", says: "see what two exports hold, change nothing" },
    { line: "import - --source claude < conversations.json", says: "from standard input" },
    { line: "import work.zip --into new", says: "keep a second account apart" },
  ],
  json: '`{"imports":[receipt…]}`; when a path failed also `"error"` (of the first) and `"failures":[{"path","error"}]`.',
  // A runtime of its own, asked for twice, would be made twice.
  onOwnerLoss: (invocation) => (textOption(invocation, "into") === "new" ? "report" : "repeat"),
  check(invocation) {
    if (invocation.arguments.filter((path) => path === "-").length > 1) {
      throw usageError("Standard input can be imported once.", "Name - one time only.");
    }
    intoOption(invocation);
  },
  async run(context) {
    const sources = context.invocation.arguments.map((path) => sourceFromPath(path, context));
    const { imports, failures } = await importAll(context, sources);
    return reportImports(context, imports, failures);
  },
};

export interface ImportSource {
  /** As the result names it. */
  path: string;
  input: ImportInput;
}

/** Imports one after the other. Rejects only when the asker stopped it. */
export async function importAll(
  context: CommandContext,
  sources: readonly ImportSource[],
): Promise<{ imports: ImportReceipt[]; failures: ImportFailure[] }> {
  const imports: ImportReceipt[] = [];
  const failures: ImportFailure[] = [];
  for (const { path, input } of sources) {
    try {
      if (input.kind === "path") await refuseSpecialFile(input.path);
      else if (path === "-" && context.stdinIsTerminal) {
        await context.output.note("Waiting for an export on standard input. Ctrl-D ends it, Ctrl-C stops.");
      }
      imports.push(await importOne(context, input));
    } catch (error) {
      if (context.signal.aborted) throw error;
      // When the vault itself is in doubt the next path would only meet the same.
      if (isChattyError(error, "STORAGE_IN_DOUBT")) throw error;
      const { stack, ...report } = reportFromError(error, true);
      failures.push({ path, error: report });
      if (stack !== undefined && report.code === "INTERNAL" && sources.length === 1) throw error;
    }
  }
  return { imports, failures };
}

/** Writes what happened and says with which code to exit. */
export async function reportImports(
  context: BareContext,
  imports: readonly ImportReceipt[],
  failures: readonly ImportFailure[],
  extra: object = {},
): Promise<ExitCode> {
  const [first] = failures;
  const isDryRun = hasFlag(context.invocation, "dry-run");
  const value = {
    ...(first === undefined || imports.length > 0 || failures.length > 1 ? { imports } : {}),
    ...(first === undefined ? {} : { error: first.error, failures }),
    ...extra,
  };
  await context.output.result(value, (style) =>
    imports.length === 0 ? "" : renderImports(imports, isDryRun, style),
  );
  if (!context.output.json) {
    for (const { path, error } of failures) await context.output.failure(withPath(error, path));
  }
  if (first !== undefined) return 1;
  return imports.some((receipt) => receipt.problems.length > 0 || !receipt.balanced) ? 3 : 0;
}

/** Of several paths, the one that failed must be named. */
function withPath(error: ErrorReport, path: string): ErrorReport {
  return error.message.includes(path) ? error : { ...error, where: { path, ...error.where } };
}

function sourceFromPath(path: string, context: BareContext): ImportSource {
  if (path !== "-") return { path, input: { kind: "path", path } };
  return { path, input: { kind: "stream", name: "standard input", bytes: context.stdin } };
}

async function importOne(context: CommandContext, input: ImportInput): Promise<ImportReceipt> {
  const { invocation, output, signal, user } = context;
  const source = knownSources.find((name) => name === textOption(invocation, "source"));
  const into = intoOption(invocation);
  const options: ImportOptions = {
    dryRun: hasFlag(invocation, "dry-run"),
    replace: hasFlag(invocation, "replace"),
    ...(source === undefined ? {} : { source }),
    ...(into === undefined ? {} : { into }),
    signal,
    onProgress: (state) => {
      output.progress.show({ ...state, label: phaseLabels[state.phase] });
    },
  };
  try {
    return await user.import(input, options);
  } finally {
    await output.progress.clear();
  }
}

const phaseLabels = {
  staging: "Copying",
  validating: "Checking",
  reading: "Reading",
  committing: "Filing",
} as const;

function intoOption(invocation: Invocation): RuntimeId | "new" | undefined {
  const into = textOption(invocation, "into");
  if (into === undefined || into === "new") return into;
  try {
    return parseRuntimeId(into);
  } catch {
    throw usageError(
      `--into is not a runtime: ${JSON.stringify(into)}.`,
      "`chatty runtimes` lists them; `new` makes one.",
    );
  }
}
