import type { CommandDescription } from "../command-description.ts";
import { renderAudit, renderEmptied, renderTrash } from "../output/trash-text.ts";

const entryJson =
  '{"kind":"session"|"runtime","sessionId"?,"runtimeId","title","imported":bool,"messageCount","deletedAt","until"?}';

const listCommand: CommandDescription = {
  words: ["trash"],
  summary: "List what was deleted, and until when it can be brought back.",
  details: [
    "Deleted conversations and runtimes rest for 30 days; the setting `trash.days` says otherwise, and false keeps them for ever.",
    "A deleted conversation of an import has no `until`: it lies in an archive that is kept whole, and goes with its runtime.",
  ],
  arguments: [],
  options: [],
  examples: [{ line: "trash", says: "newest first" }],
  json: `\`{"trash":[${entryJson}]}\``,
  onOwnerLoss: "repeat",
  async run({ user, output }) {
    const trash = user.trash();
    await output.result({ trash }, (style) => renderTrash(trash, style));
    return 0;
  },
};

const emptyCommand: CommandDescription = {
  words: ["trash", "empty"],
  summary: "Remove for good what has rested in the trash long enough.",
  details: [
    "The server does this once a day. What is younger stays; `sessions purge` and `runtimes purge` remove one thing at once.",
  ],
  arguments: [],
  options: [],
  examples: [{ line: "trash empty", says: "each with a line in `trash audit`" }],
  json: `\`{"purged":[${entryJson}]}\``,
  onOwnerLoss: "report",
  async run({ user, output }) {
    const purged = await user.emptyTrash();
    await output.result({ purged }, (style) => renderEmptied(purged, style));
    return 0;
  },
};

const auditCommand: CommandDescription = {
  words: ["trash", "audit"],
  summary: "List what was ever removed for good, by id and time; nothing of it is kept.",
  arguments: [],
  options: [],
  examples: [{ line: "trash audit --json", says: "for programs" }],
  json: '`{"audit":[{"at","kind":"session_purged"|"runtime_purged"|"user_erased","userId","sessionId"?,"runtimeId"?,"reason":"asked"|"expired"}]}`',
  onOwnerLoss: "repeat",
  isAboutVault: true,
  async run({ vault, output }) {
    const audit = vault.audit();
    await output.result({ audit }, (style) => renderAudit(audit, style));
    return 0;
  },
};

export const trashCommands: readonly CommandDescription[] = [listCommand, emptyCommand, auditCommand];
