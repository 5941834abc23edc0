import type { RuntimeView, UserVault } from "@chatty/store";
import type { CommandDescription } from "../command-description.ts";
import { hasFlag, requireArgument } from "../invocation.ts";
import { renderRuntimes } from "../output/runtime-table.ts";

const runtimeArgument = { name: "ID", summary: "A runtime, by id or any alias." };

const listCommand: CommandDescription = {
  words: ["runtimes"],
  summary: "List the runtimes: Chatty, Lin, and one for each account you imported.",
  arguments: [],
  options: [{ name: "deleted", summary: "Deleted runtimes, which can be restored, instead of the others." }],
  examples: [
    { line: "runtimes", says: "what there is, and which one is active" },
    { line: "runtimes --json", says: "the same for programs" },
  ],
  json: '`{"runtimes":[{"runtimeId","name","kind","provider"?,"constructId","mode","homeSessionId","conversationCount","messageCount","createdAt","active"}]}`',
  onOwnerLoss: "repeat",
  async run({ user, output, invocation }) {
    const isDeleted = hasFlag(invocation, "deleted");
    const runtimes = isDeleted ? user.runtimes({ deleted: true }) : user.runtimes();
    await output.result({ runtimes }, (style) => renderRuntimes(runtimes, style, isDeleted));
    return 0;
  },
};

interface RuntimeAct {
  verb: string;
  summary: string;
  details?: readonly string[];
  extra?: { name: string; summary: string };
  example: { arguments: string; says: string };
  act(user: UserVault, name: string, extra: string): Promise<RuntimeView>;
  told(runtime: RuntimeView): string;
}

const acts: readonly RuntimeAct[] = [
  {
    verb: "select",
    summary: "Make a runtime the active one.",
    example: { arguments: "chatgpt-alex", says: "work in what you imported from ChatGPT" },
    act: (user, name) => user.selectRuntime(name),
    told: (runtime) => `${runtime.name} is active now.`,
  },
  {
    verb: "rename",
    summary: "Give a runtime another name; its id stays.",
    extra: { name: "NAME", summary: "The new name." },
    example: { arguments: 'chatgpt-alex "ChatGPT, private"', says: "a name of your own" },
    act: (user, name, title) => user.renameRuntime(name, title),
    told: (runtime) => `${runtime.runtimeId} is called ${runtime.name} now.`,
  },
  {
    verb: "delete",
    summary: "Hide a runtime and its conversations; they rest in the trash and can be restored.",
    example: { arguments: "chatgpt-alex", says: "`runtimes restore` brings it back" },
    act: (user, name) => user.deleteRuntime(name),
    told: (runtime) =>
      `${runtime.name} is hidden. \`chatty runtimes restore ${runtime.runtimeId}\` brings it back.`,
  },
  {
    verb: "restore",
    summary: "Bring a deleted runtime back.",
    example: { arguments: "chatgpt-alex", says: "with all its conversations" },
    act: (user, name) => user.restoreRuntime(name),
    told: (runtime) => `${runtime.name} is back.`,
  },
  {
    verb: "join",
    summary: "Tell that one imported runtime belongs to another.",
    details: ["Its imports, stars and overlays move over; use it when one account ended up as two runtimes."],
    extra: { name: "INTO", summary: "The runtime that takes everything." },
    example: { arguments: "chatgpt-alex-2 chatgpt-alex", says: "two exports of one account become one" },
    act: (user, name, into) => user.joinRuntime(name, into),
    told: (runtime) => `Everything is in ${runtime.name} (${runtime.runtimeId}) now.`,
  },
  {
    verb: "undo",
    summary: "Take back what was done last to a runtime: its name, deletion, restoration or joining.",
    example: { arguments: "chatgpt-alex", says: "again goes further back" },
    act: (user, name) => user.undoRuntime(name),
    told: (runtime) => `The last change of ${runtime.name} (${runtime.runtimeId}) was taken back.`,
  },
  {
    verb: "redo",
    summary: "Take back the last undo of a runtime.",
    details: ["Possible while nothing else was changed since."],
    example: { arguments: "chatgpt-alex", says: "as if it had not been undone" },
    act: (user, name) => user.undoRuntime(name, "redo"),
    told: (runtime) => `The last undo of ${runtime.name} (${runtime.runtimeId}) was taken back.`,
  },
  {
    verb: "purge",
    summary: "Remove a deleted runtime for good, with its conversations and imports; there is no undo.",
    details: [
      "Archives go too, unless another runtime was imported from them. `chatty trash audit` keeps its id and the time.",
      "Backups keep what they have.",
    ],
    example: { arguments: "chatgpt-alex", says: "only after `runtimes delete`" },
    act: (user, name) => user.purgeRuntime(name),
    told: (runtime) => `${runtime.name} (${runtime.runtimeId}) was removed for good.`,
  },
];

export const runtimeCommands: readonly CommandDescription[] = [
  listCommand,
  ...acts.map((entry): CommandDescription => ({
    words: ["runtimes", entry.verb],
    summary: entry.summary,
    ...(entry.details === undefined ? {} : { details: entry.details }),
    arguments: entry.extra === undefined ? [runtimeArgument] : [runtimeArgument, entry.extra],
    options: [],
    examples: [{ line: `runtimes ${entry.verb} ${entry.example.arguments}`, says: entry.example.says }],
    json: '`{"runtime":{…}}`, as in the list',
    onOwnerLoss: "report",
    async run({ user, output, invocation }) {
      const name = requireArgument(invocation, 0);
      const runtime = await entry.act(user, name, invocation.arguments[1] ?? "");
      await output.result({ runtime }, (style) => style.hint(entry.told(runtime)));
      return 0;
    },
  })),
];
