import type { CommandDescription } from "../command-description.ts";
import { hasFlag, requireArgument, usageError } from "../invocation.ts";
import { oneLine } from "../output/plain-text.ts";
import { renderTable } from "../output/table.ts";

const listCommand: CommandDescription = {
  words: ["users"],
  summary: "List the accounts of this vault.",
  arguments: [],
  options: [],
  examples: [{ line: "users", says: "ids for `--user`" }],
  json: '`{"users":[{"userId","username"}]}`',
  onOwnerLoss: "repeat",
  isAboutVault: true,
  async run({ vault, output }) {
    const users = vault.users();
    await output.result({ users }, (style) =>
      renderTable(
        [
          { title: "USER", paint: style.accent },
          { title: "NAME", flexible: true, paint: style.strong },
        ],
        users.map(({ userId, username }) => [userId, oneLine(username)]),
        style,
      ),
    );
    return 0;
  },
};

const newCommand: CommandDescription = {
  words: ["users", "new"],
  summary: "Make a further account, apart from all others.",
  arguments: [{ name: "NAME", summary: "What it is called." }],
  options: [],
  examples: [{ line: "users new robin", says: "name it with `--user` from then on" }],
  json: '`{"user":{"userId","username"}}`',
  onOwnerLoss: "report",
  isAboutVault: true,
  async run({ vault, output, invocation }) {
    const username = requireArgument(invocation, 0);
    const { userId } = await vault.createUser(username);
    await output.result(
      { user: { userId, username } },
      (style) => `${style.hint("Made")}: ${oneLine(username)} (${userId})\n`,
    );
    return 0;
  },
};

const eraseCommand: CommandDescription = {
  words: ["users", "erase"],
  summary: "Remove an account with everything that belongs to it; there is no undo.",
  details: [
    "Conversations, imports, settings and secrets go, from logs and databases as well; other accounts stay as they are.",
    "`chatty trash audit` keeps the id and the time. Backups keep what they have: make one first if you are not sure.",
  ],
  arguments: [{ name: "ID", summary: "The account, by its whole id." }],
  options: [{ name: "yes", summary: "Really; nothing happens without it." }],
  examples: [{ line: "users erase 0198c0de-… --yes", says: "`users` lists the ids" }],
  json: '`{"erased":{"userId"}}`',
  onOwnerLoss: "report",
  isAboutVault: true,
  check(invocation) {
    if (hasFlag(invocation, "yes")) return;
    throw usageError(
      "Erasing an account has no undo, and nothing was done.",
      `If you are sure: chatty users erase ${requireArgument(invocation, 0)} --yes`,
    );
  },
  async run({ vault, output, invocation }) {
    const userId = requireArgument(invocation, 0);
    await vault.eraseUser(userId);
    await output.result({ erased: { userId } }, (style) => `${style.hint("Erased")}: ${userId}\n`);
    return 0;
  },
};

export const userCommands: readonly CommandDescription[] = [listCommand, newCommand, eraseCommand];
