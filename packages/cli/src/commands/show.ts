import type { CommandDescription } from "../command-description.ts";
import { sessionJson } from "../output/session-json.ts";
import { hasFlag, numberOption, requireArgument } from "../invocation.ts";
import { originOf, renderConversation } from "../output/conversation-text.ts";
import { summaryText } from "../output/summary-text.ts";

export const showCommand: CommandDescription = {
  words: ["show"],
  summary: "Show a conversation.",
  details: [
    "For people: the active path. With --json: every node of every branch, in tree order.",
    "--at shows it as it was: texts, deletions, title, star, archive and home of then, and of an import what was imported by then.",
    "--summary gives what it is about: the summary that is kept, or its own most telling sentences. No model is asked.",
    "--raw gives the provider's own bytes of an imported conversation, unchanged; of a native one, its journal.",
  ],
  arguments: [{ name: "SESSION", summary: "Any id or alias." }],
  options: [
    { name: "raw", summary: "The source's own bytes on stdout." },
    { name: "summary", summary: "What it is about instead of what was said." },
    {
      name: "at",
      value: "TIME",
      kind: "time-until",
      summary: "As it was then: ISO 8601, a date (its whole UTC day) or milliseconds.",
    },
  ],
  examples: [
    { line: "show synth-001_chat_with_synth-001", says: "the home conversation of Chatty" },
    { line: "show 0198c0de-… --json", says: "every branch, for programs" },
    { line: "show 0198c0de-… --raw > conversation.json", says: "exactly what the vendor wrote" },
    {
      line: "show 0198c0de-… --raw --at 2025-11-13",
      says: "as the vendor wrote it in the import that was the latest then",
    },
    { line: "show synth-001_chat_with_synth-001 --at 2025-11-13", says: "as it was at the end of that day" },
  ],
  json: '`{"session":{…,"source"?,"sourceId"?,"metadata"},"activePath":[id…],"messages":[{"id","parentId","role","content","timestamp"?,"timestampSource","model"?,"author"?,"hidden","parts","sourceId"?}]}`',
  onOwnerLoss: "repeat",
  isLeftWhenStopped: true,
  async run({ user, output, invocation, signal }) {
    const name = requireArgument(invocation, 0);
    const at = numberOption(invocation, "at");
    const then = at === undefined ? {} : { at };
    if (hasFlag(invocation, "raw")) {
      for await (const chunk of user.raw(name, then)) {
        signal.throwIfAborted();
        await output.bytes(chunk);
      }
      return 0;
    }
    if (hasFlag(invocation, "summary")) {
      // The server's parts take their time to load, and no other command for reading needs them.
      const { showSummary } = await import("@chatty/server");
      const summary = await showSummary(user, user.resolveSession(name), Date.now());
      await output.result({ ...summary }, () => summaryText(summary));
      return 0;
    }
    const conversation = await user.show(name, then);
    await output.result({ ...conversation, session: sessionJson(conversation.session) }, (style) =>
      renderConversation(conversation, style, originOf(user, conversation)),
    );
    return 0;
  },
};
