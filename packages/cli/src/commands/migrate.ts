import type { CommandDescription } from "../command-description.ts";
import { legacyStores } from "../composition.ts";
import { hasFlag, requireArgument } from "../invocation.ts";
import { renderMigration } from "../output/migration-text.ts";

export const migrateLegacyCommand: CommandDescription = {
  words: ["migrate", "legacy"],
  summary: "Take over the store of an older program, by copying it.",
  details: [
    "Reads older Markdown vaults, text transcripts, flat-file sessions, character chats as JSON lines and copies of older databases.",
    "Every file is kept verbatim under its hash. Conversations and homes become conversations here; what an older program had imported",
    "goes to the imports. Times are never made up, and every stretch that is no message is kept and listed with its bytes.",
    "Nothing of the folder is changed. Doing it twice changes nothing, and one that was cut off is taken up by doing it again.",
    "Exit code 3 means: done, with problems listed.",
  ],
  arguments: [
    { name: "PATH", summary: "Folder of one user of the older store, or one file of it.", kind: "path" },
  ],
  options: [{ name: "dry-run", summary: "Read and account for everything, change nothing." }],
  examples: [
    { line: "migrate legacy old-vault --dry-run", says: "see what would become of everything" },
    { line: "migrate legacy old-vault", says: "do it" },
  ],
  json:
    '`{"path","dryRun","unchanged","files":{"total","bytes","byFormat","companions","unrecognised","duplicates"},"conversations":{"native","imported","empty","refused"},"constructs":{"new","unchanged"},' +
    '"messages":{"seen","native","imported","refused"},"migrated":[{"path","format","title"?,"construct"?,"messages","goes":"native"\\|"imported","home","state":"new"\\|"grown"\\|"unchanged"\\|"empty"\\|"refused","sessionId"?,"runtimeId"?,"constructId"?}],' +
    '"keptSpans":[{"path","from","to","reason"}],"duplicates":[{"path","of","extraMessages"}],"restored":[{"path","from"}],"manifest"?,"problems":[{"code","message","where"?}],"durationMs"}`; offsets are bytes',
  onOwnerLoss: "repeat",
  async run({ user, output, invocation, signal }) {
    const path = requireArgument(invocation, 0);
    const report = await user.migrateLegacy(path, legacyStores, {
      dryRun: hasFlag(invocation, "dry-run"),
      signal,
      onProgress: ({ phase, done }) => {
        output.progress.show({ bytesDone: 0, bytesTotal: 0, conversations: done, label: phaseLabels[phase] });
      },
    });
    await output.progress.clear();
    await output.result(report, (style) => renderMigration(report, style));
    return report.problems.length > 0 ? 3 : 0;
  },
};

const phaseLabels = {
  copying: "Copying",
  reading: "Reading",
  migrating: "Migrating",
  importing: "Importing",
} as const;
