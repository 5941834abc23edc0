import type { MessageId } from "@chatty/model";
import type { SessionView, UserVault } from "@chatty/store";
import type {
  ArgumentDescription,
  CommandDescription,
  Example,
  OptionDescription,
} from "../command-description.ts";
import type { Invocation } from "../invocation.ts";
import { requireArgument, textOption } from "../invocation.ts";
import { sessionJson } from "../output/session-json.ts";
import { renderSessionAct } from "../output/session-table.ts";

interface SessionAct {
  verb: string;
  summary: string;
  details?: readonly string[];
  arguments?: readonly ArgumentDescription[];
  options?: readonly OptionDescription[];
  examples: readonly Example[];
  /** What is said before the title. */
  told: string | ((session: SessionView) => string);
  /** What is said instead about a session that was a home until now; gets the id of the new home. */
  toldOfHome?: (session: SessionView, newHome: string) => string;
  act(user: UserVault, invocation: Invocation): Promise<SessionView>;
}

const sessionArgument: ArgumentDescription = { name: "ID", summary: "A session, by id or any alias." };

const acts: readonly SessionAct[] = [
  {
    verb: "new",
    summary: "Begin a conversation.",
    arguments: [],
    options: [
      { name: "runtime", value: "ID", summary: "In this runtime; else in the active one." },
      { name: "title", value: "TEXT", summary: "Its title." },
    ],
    examples: [{ line: 'sessions new --title "Garden plans"', says: "in the active runtime" }],
    told: "Begun",
    act(user, invocation) {
      const runtime = textOption(invocation, "runtime");
      const title = textOption(invocation, "title");
      return user.createSession({
        ...(runtime === undefined ? {} : { runtime }),
        ...(title === undefined ? {} : { title }),
      });
    },
  },
  {
    verb: "rename",
    summary: "Give a conversation another title.",
    arguments: [sessionArgument, { name: "TITLE", summary: "The new title." }],
    examples: [
      {
        line: 'sessions rename synth-001_chat_with_synth-001 "Daily notes"',
        says: "any id or alias finds it",
      },
    ],
    told: "Renamed",
    act: (user, invocation) =>
      user.renameSession(requireArgument(invocation, 0), requireArgument(invocation, 1)),
  },
  {
    verb: "home",
    summary: "Make a conversation the home of its runtime.",
    details: ["An imported conversation has to be forked first: what was imported is never changed."],
    examples: [{ line: "sessions home 0198c0de-…", says: "it takes over the home's slug and alias" }],
    told: "Now the home",
    act: (user, invocation) => user.setHome(requireArgument(invocation, 0)),
  },
  {
    verb: "star",
    summary: "Add a conversation to the favourites.",
    examples: [{ line: "sessions star 0198c0de-…", says: "`sessions --starred` lists them" }],
    told: "Starred",
    act: (user, invocation) => user.setStarred(requireArgument(invocation, 0), true),
  },
  {
    verb: "unstar",
    summary: "Take a conversation off the favourites.",
    examples: [{ line: "sessions unstar 0198c0de-…", says: "no longer a favourite" }],
    told: "No longer starred",
    act: (user, invocation) => user.setStarred(requireArgument(invocation, 0), false),
  },
  {
    verb: "archive",
    summary: "Put a conversation away.",
    examples: [{ line: "sessions archive 0198c0de-…", says: "`sessions --archived` lists them" }],
    told: "Archived",
    toldOfHome: (session, newHome) => `Archived, and the runtime has a new, empty home (${newHome})`,
    act: (user, invocation) => user.setArchived(requireArgument(invocation, 0), true),
  },
  {
    verb: "unarchive",
    summary: "Bring an archived conversation back to the list.",
    examples: [{ line: "sessions unarchive 0198c0de-…", says: "back among the others" }],
    told: "Back in the list",
    act: (user, invocation) => user.setArchived(requireArgument(invocation, 0), false),
  },
  {
    verb: "delete",
    summary: "Delete a conversation; it rests in the trash and can be restored.",
    details: [
      "Deleting a home archives it and makes a new, empty home. `chatty trash` says how long it rests.",
    ],
    examples: [{ line: "sessions delete 0198c0de-…", says: "`sessions restore` undoes it" }],
    told: (session) => `Deleted (\`chatty sessions restore ${session.sessionId}\` undoes it)`,
    toldOfHome: (session, newHome) =>
      `Archived instead of deleted, because it was the home; the runtime has a new, empty home (${newHome}), and \`chatty sessions unarchive ${session.sessionId}\` brings the old one back`,
    act: (user, invocation) => user.deleteSession(requireArgument(invocation, 0)),
  },
  {
    verb: "restore",
    summary: "Bring a deleted conversation back.",
    examples: [{ line: "sessions restore 0198c0de-…", says: "as it was" }],
    told: "Restored",
    act: (user, invocation) => user.restoreSession(requireArgument(invocation, 0)),
  },
  {
    verb: "fork",
    summary: "Continue a conversation in a new one, which links back.",
    details: ["This is how an imported conversation is continued: the import itself is never changed."],
    options: [
      {
        name: "at",
        value: "MESSAGE",
        kind: "message-id",
        summary: "Continue after this message; else after the whole active path.",
      },
      { name: "runtime", value: "ID", summary: "The new conversation belongs to this runtime." },
    ],
    examples: [
      { line: "sessions fork 0198c0de-… --runtime synth", says: "go on with Chatty where ChatGPT stopped" },
    ],
    told: "Forked",
    act(user, invocation) {
      const at = textOption(invocation, "at");
      const runtime = textOption(invocation, "runtime");
      return user.forkSession(requireArgument(invocation, 0), {
        // Checked when it was parsed.
        ...(at === undefined ? {} : { at: at as MessageId }),
        ...(runtime === undefined ? {} : { runtime }),
      });
    },
  },
  {
    verb: "undo",
    summary: "Take back the last change of a conversation.",
    details: [
      "A message, its text or deletion, a title, a star, archiving, deletion, or becoming the home; again goes further back.",
      "Of an imported conversation: what you changed about it.",
    ],
    examples: [{ line: "sessions undo 0198c0de-…", says: "written as a new record: nothing is lost" }],
    told: "The last change was taken back",
    act: (user, invocation) => user.undo(requireArgument(invocation, 0)),
  },
  {
    verb: "redo",
    summary: "Take back the last undo of a conversation.",
    details: ["Possible while nothing else was changed since."],
    examples: [{ line: "sessions redo 0198c0de-…", says: "as if it had not been undone" }],
    told: "The last undo was taken back",
    act: (user, invocation) => user.redo(requireArgument(invocation, 0)),
  },
  {
    verb: "purge",
    summary: "Remove a deleted conversation for good; there is no undo.",
    details: [
      "Its text, files, transcript and every trace of them are removed, from logs and databases as well. `chatty trash audit` keeps",
      "its id and the time. Backups keep what they have.",
    ],
    examples: [{ line: "sessions purge 0198c0de-…", says: "only after `sessions delete`" }],
    told: "Removed for good",
    act: (user, invocation) => user.purgeSession(requireArgument(invocation, 0)),
  },
];

export const sessionActCommands: readonly CommandDescription[] = acts.map((entry) => ({
  words: ["sessions", entry.verb],
  summary: entry.summary,
  ...(entry.details === undefined ? {} : { details: entry.details }),
  arguments: entry.arguments ?? [sessionArgument],
  options: entry.options ?? [],
  examples: entry.examples,
  json: '`{"session":{…}}`, as in the list',
  onOwnerLoss: "report",
  async run({ user, output, invocation }) {
    const wasHome = entry.toldOfHome !== undefined && user.session(requireArgument(invocation, 0)).home;
    const session = await entry.act(user, invocation);
    await output.result({ session: sessionJson(session) }, (style) =>
      renderSessionAct(session, sentence(entry, user, session, wasHome), style),
    );
    return 0;
  },
}));

function sentence(entry: SessionAct, user: UserVault, session: SessionView, wasHome: boolean): string {
  const newHome = wasHome ? user.runtime(session.runtimeId).homeSessionId : session.sessionId;
  if (entry.toldOfHome !== undefined && newHome !== session.sessionId) {
    return entry.toldOfHome(session, newHome);
  }
  return typeof entry.told === "string" ? entry.told : entry.told(session);
}
