import { ChattyError, createUuid } from "@chatty/model";
import type { MessageId } from "@chatty/model";
import type { AttachmentDraft, MessageDraft } from "@chatty/store";
import type { CommandContext, ExitCode } from "../command-context.ts";
import type { CommandDescription } from "../command-description.ts";
import { hasFlag, listOption, requireArgument, textOption, usageError } from "../invocation.ts";
import { describeFile } from "../local-files.ts";
import { countOf } from "../output/phrases.ts";
import { appendLines } from "./append-lines.ts";
import { roles } from "./message-lines.ts";
import { readText } from "./utf8-text.ts";

export const appendCommand: CommandDescription = {
  words: ["append"],
  summary: "Append messages to a native conversation, durably.",
  details: [
    "The text comes from standard input and is kept byte for byte: nothing is trimmed, a final newline stays. It has to be UTF-8.",
    'With --lines every line of standard input is one message, {"role","content","id"?,"parentId"?}, and every message is',
    "answered by one line, in the same order, printed only when it is durable. A line without an id gets one before it is sent, so",
    "that repeating it after a lost answer changes nothing. A bad line ends it; what came before it is durable and answered.",
  ],
  arguments: [{ name: "SESSION", summary: "Any id or alias." }],
  options: [
    { name: "role", value: "ROLE", choices: roles, summary: "Who says it." },
    {
      name: "parent",
      value: "ID",
      kind: "message-id",
      summary: "The message it follows; else the last of the active path.",
    },
    { name: "file", value: "PATH", kind: "path", repeatable: true, summary: "A file to attach." },
    {
      name: "id",
      value: "UUID",
      kind: "message-id",
      summary: "Id of the new message; appending the same id again changes nothing.",
    },
    { name: "lines", summary: "One JSON object per line of standard input." },
  ],
  examples: [
    { line: "append synth-001_chat_with_synth-001 --role user < message.txt", says: "exactly these bytes" },
    {
      line: "append synth-001_chat_with_synth-001 --role user --file plan.png < message.txt",
      says: "with a picture",
    },
    {
      line: "append synth-001_chat_with_synth-001 --lines < messages.jsonl",
      says: "many, as fast as the disk can promise them",
    },
  ],
  json: '`{"sessionId","messageId","seq","hash"}`, printed only when it is durable; with --lines one such line per message',
  onOwnerLoss: "lines",
  check(invocation) {
    const isLines = hasFlag(invocation, "lines");
    if (!isLines && textOption(invocation, "role") === undefined) {
      throw usageError("--role is missing.", `Give one of: ${roles.join(", ")}; or --lines.`);
    }
    const excluded = ["role", "parent", "file", "id"].find((name) => invocation.options[name] !== undefined);
    if (isLines && excluded !== undefined) {
      throw usageError(
        `--lines and --${excluded} exclude each other.`,
        "With --lines every line says it for itself.",
      );
    }
  },
  prepare(invocation) {
    if (hasFlag(invocation, "lines") || textOption(invocation, "id") !== undefined) return invocation;
    return { ...invocation, options: { ...invocation.options, id: createUuid() } };
  },
  run: (context) => (hasFlag(context.invocation, "lines") ? appendLines(context) : appendOne(context)),
};

async function appendOne(context: CommandContext): Promise<ExitCode> {
  const { invocation, output, user } = context;
  const name = requireArgument(invocation, 0);
  const role = roles.find((known) => known === textOption(invocation, "role"));
  if (role === undefined) throw new TypeError("append without a role.");
  // Before any text is asked for: a session that cannot be found must not cost what somebody typed.
  user.resolveSession(name);
  if (context.stdinIsTerminal)
    await output.note("Type the message and end it with Ctrl-D on a line of its own.");
  const content = await readText(context.stdin);
  if (content === "" && listOption(invocation, "file").length === 0) {
    throw new ChattyError("EMPTY_MESSAGE", "Standard input was empty, so there is no message to append.", {
      hint: "Pipe the text in, as in `chatty append SESSION --role user < message.txt`, or attach a file with --file.",
    });
  }
  const parent = textOption(invocation, "parent");
  const id = textOption(invocation, "id");
  const draft: MessageDraft = {
    role,
    content,
    // Both were checked when they were parsed.
    ...(id === undefined ? {} : { id: id as MessageId }),
    ...(parent === undefined ? {} : { parentId: parent as MessageId }),
  };
  const files: AttachmentDraft[] = [];
  for (const path of listOption(invocation, "file")) {
    files.push(await describeFile(path, context.vault.root));
  }
  context.signal.throwIfAborted();
  const [result] = await user.append(name, [draft], files);
  if (result === undefined) throw new TypeError("The store answered an append with nothing.");
  await output.result(result, (style) => {
    const attached = files.length === 0 ? "" : ` with ${countOf(files.length, "file")}`;
    return `${style.good("Durable")}${attached}: message ${result.messageId}, record ${result.seq}\n`;
  });
  return 0;
}
