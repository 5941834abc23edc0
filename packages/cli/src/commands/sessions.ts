import type { SessionQuery } from "@chatty/store";
import type { CommandDescription } from "../command-description.ts";
import { hasFlag, numberOption, textOption } from "../invocation.ts";
import { sessionJson } from "../output/session-json.ts";
import { renderSessions } from "../output/session-table.ts";

export const sessionsCommand: CommandDescription = {
  words: ["sessions"],
  summary: "List conversations, the latest first.",
  arguments: [],
  options: [
    { name: "runtime", value: "ID", summary: "Only those of this runtime." },
    {
      name: "limit",
      value: "N",
      kind: "count",
      min: 1,
      max: 1000,
      summary: "How many, 1 to 1000; 50 when not given.",
    },
    { name: "after", value: "CURSOR", summary: "The next page: `next` of the page before." },
    { name: "archived", summary: "Archived conversations instead of the others." },
    { name: "starred", summary: "Starred conversations only." },
    { name: "deleted", summary: "Deleted conversations, which can be restored, instead of the others." },
  ],
  examples: [
    { line: "sessions --limit 20", says: "the latest twenty of all runtimes" },
    { line: "sessions --runtime chatgpt-alex --starred", says: "favourites from one account" },
    { line: "sessions --json --limit 1000", says: "a page for a program; pass `next` to --after for more" },
  ],
  json: '`{"sessions":[{"sessionId","aliases","runtimeId","constructId","title","createdAt","updatedAt","messageCount","imported","home","starred","archived"}],"next"?}`',
  onOwnerLoss: "repeat",
  async run({ user, output, invocation }) {
    const runtime = textOption(invocation, "runtime");
    const limit = numberOption(invocation, "limit");
    const after = textOption(invocation, "after");
    const isDeleted = hasFlag(invocation, "deleted");
    const query: SessionQuery = {
      ...(runtime === undefined ? {} : { runtimeId: user.runtime(runtime).runtimeId }),
      ...(limit === undefined ? {} : { limit }),
      ...(after === undefined ? {} : { after }),
      ...(hasFlag(invocation, "archived") ? { archived: true } : {}),
      ...(isDeleted ? { deleted: true } : {}),
      ...(hasFlag(invocation, "starred") ? { starred: true } : {}),
    };
    const page = user.sessions(query);
    await output.result({ ...page, sessions: page.sessions.map(sessionJson) }, (style) =>
      renderSessions(page, style, isDeleted),
    );
    return 0;
  },
};
