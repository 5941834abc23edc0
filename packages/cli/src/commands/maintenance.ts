import type { RebuildScope } from "@chatty/store";
import type { CommandDescription } from "../command-description.ts";
import { hasFlag } from "../invocation.ts";
import { tellUnopened } from "./doctor-unopened.ts";
import { repairClosed } from "./repair-unopened.ts";
import { renderDoctor, renderRebuild, renderRepair, renderVerify } from "../output/maintenance-text.ts";

const rebuildScopes: readonly RebuildScope[] = ["catalog", "transcripts", "references", "views", "all"];

const verifyCommand: CommandDescription = {
  words: ["verify"],
  summary: "Check every byte: journals, archives and references against their hashes.",
  details: ["Exit code 3 means that problems were found; nothing is changed."],
  arguments: [{ name: "SESSION", summary: "Only this conversation.", optional: true }],
  options: [],
  examples: [
    { line: "verify", says: "the whole vault" },
    { line: "verify synth-001_chat_with_synth-001", says: "one conversation" },
  ],
  json: '`{"ok","checked":{"sessions","records","archives","references"},"problems":[{"code","path","from"?,"to"?,"message"}]}`',
  onOwnerLoss: "repeat",
  isLeftWhenStopped: true,
  async run({ vault, user, output, invocation }) {
    const [name] = invocation.arguments;
    const report = await vault.verify(name === undefined ? undefined : { user, name });
    await output.result(report, (style) => renderVerify(report, style));
    return report.ok ? 0 : 3;
  },
};

const repairCommand: CommandDescription = {
  words: ["repair"],
  summary: "Save every record that can be read and set the rest apart; nothing is thrown away.",
  details: [
    "Damaged files are kept in quarantine/ as they were; what can be read of them goes into new ones.",
    "A vault that does not open because its configuration or its log is damaged is mended as far as its files tell.",
    "Exit code 3 means that something was lost, set apart, or is left that cannot be mended here.",
  ],
  arguments: [],
  options: [{ name: "dry-run", summary: "Tell what would be done." }],
  examples: [
    { line: "repair --dry-run", says: "what would be done" },
    { line: "repair", says: "do it" },
  ],
  json: '`{"recovered","lost":[{"path","from","to"}],"quarantined":[path],"remaining":[{"code","path","from"?,"to"?,"message"}]}`',
  onOwnerLoss: "report",
  runUnopened: repairClosed,
  async run({ vault, output, invocation }) {
    const isDryRun = hasFlag(invocation, "dry-run");
    const report = await vault.repair({ dryRun: isDryRun });
    await output.result(report, (style) => renderRepair(report, isDryRun, style));
    return report.lost.length > 0 || report.quarantined.length > 0 || report.remaining.length > 0 ? 3 : 0;
  },
};

const rebuildCommand: CommandDescription = {
  words: ["rebuild"],
  summary: "Make everything that is derived again: catalog, transcripts, references, views.",
  arguments: [
    {
      name: "SCOPE",
      summary: `One of: ${rebuildScopes.join(", ")}; else all.`,
      optional: true,
      choices: rebuildScopes,
    },
  ],
  options: [],
  examples: [
    { line: "rebuild", says: "everything" },
    { line: "rebuild catalog", says: "lists, full text and timeline only" },
  ],
  json: '`{"rebuilt":{…counts},"identical":bool,"differences":[]}`',
  onOwnerLoss: "repeat",
  isLeftWhenStopped: true,
  async run({ vault, output, invocation }) {
    const scope = rebuildScopes.find((known) => known === invocation.arguments[0]) ?? "all";
    const report = await vault.rebuild(scope);
    await output.result(report, (style) => renderRebuild(report, style));
    return 0;
  },
};

const doctorCommand: CommandDescription = {
  words: ["doctor"],
  summary: "Check the surroundings: data home, permissions, disk, lock, versions, integrity.",
  details: [
    "A vault that does not open is examined from outside: the check that failed, and every other that can be judged.",
    "Exit code 3 means that a check failed; each says what to do.",
  ],
  arguments: [],
  options: [],
  examples: [{ line: "doctor", says: "when something seems wrong, ask here first" }],
  json: '`{"ok","checks":[{"name","ok","message","hint"?}]}`',
  onOwnerLoss: "repeat",
  isLeftWhenStopped: true,
  runUnopened: tellUnopened,
  async run({ vault, output }) {
    const report = await vault.doctor();
    await output.result(report, (style) => renderDoctor(report, style));
    return report.ok ? 0 : 3;
  },
};

export const maintenanceCommands: readonly CommandDescription[] = [
  verifyCommand,
  repairCommand,
  rebuildCommand,
  doctorCommand,
];
