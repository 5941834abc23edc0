import type { CommandDescription } from "./command-description.ts";
import { appendCommand } from "./commands/append.ts";
import { backupCommands } from "./commands/backup.ts";
import { demoCommand } from "./commands/demo.ts";
import { importCommand } from "./commands/import.ts";
import { maintenanceCommands } from "./commands/maintenance.ts";
import { migrateLegacyCommand } from "./commands/migrate.ts";
import { modelCommands } from "./commands/model.ts";
import { runtimeCommands } from "./commands/runtimes.ts";
import { searchCommand } from "./commands/search.ts";
import { serveCommand } from "./commands/serve.ts";
import { sessionActCommands } from "./commands/session-acts.ts";
import { sessionsCommand } from "./commands/sessions.ts";
import { showCommand } from "./commands/show.ts";
import { trashCommands } from "./commands/trash.ts";
import { userCommands } from "./commands/users.ts";

/** Every command, in the order of help and guide. */
export const commandList: readonly CommandDescription[] = [
  importCommand,
  migrateLegacyCommand,
  demoCommand,
  serveCommand,
  ...runtimeCommands,
  sessionsCommand,
  ...sessionActCommands,
  ...trashCommands,
  showCommand,
  searchCommand,
  appendCommand,
  ...userCommands,
  ...maintenanceCommands,
  ...backupCommands,
  ...modelCommands,
];

export function findCommandByName(name: string): CommandDescription | undefined {
  return commandList.find((command) => command.words.join(" ") === name);
}
