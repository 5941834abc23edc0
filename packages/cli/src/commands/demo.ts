import type { CommandDescription } from "../command-description.ts";
import { writeDemo } from "../demo/write-demo.ts";
import type { Invocation } from "../invocation.ts";
import { numberOption, textOption } from "../invocation.ts";
import { makeTemporaryFolder, removeFolder } from "../local-files.ts";
import { countOf } from "../output/phrases.ts";
import { oneLine } from "../output/plain-text.ts";
import { importAll, reportImports } from "./import.ts";

const defaultConversations = 40;
const defaultSeed = "chatty";

export const demoCommand: CommandDescription = {
  words: ["demo"],
  summary: "Fill the vault with made-up conversations, to look around.",
  details: [
    "Writes a small ChatGPT export and a small Claude export of an invented person and imports them. No private data,",
    "no network. The same seed and number always give the same bytes, so a second run adds nothing.",
  ],
  arguments: [],
  options: [
    {
      name: "conversations",
      value: "N",
      kind: "count",
      min: 1,
      max: 1_000_000,
      summary: `How many, of both vendors together; ${defaultConversations} when not given.`,
    },
    { name: "seed", value: "S", summary: `Any text; \`${defaultSeed}\` when not given.` },
    { name: "out", value: "DIR", kind: "path", summary: "Only write the exports, into this folder." },
  ],
  examples: [
    { line: "demo", says: "forty conversations to look at" },
    { line: "demo --conversations 5000 --home /tmp/big", says: "a big vault of its own" },
    { line: "demo --out exports --seed spring", says: "the archives alone, for trying the import" },
  ],
  json: '`{"seed","conversations","files"?,"imports":[receipt…]}`; with --out `{"seed","conversations","files":[path…]}`',
  onOwnerLoss: "repeat",
  runAlone(invocation) {
    const folder = textOption(invocation, "out");
    if (folder === undefined) return undefined;
    return async ({ output, signal }) => {
      const { seed, conversations } = demoSize(invocation);
      const files = await writeDemo({ seed, conversations, folder, signal });
      await output.result({ seed, conversations, files }, () =>
        [
          `Wrote ${countOf(conversations, "made-up conversation")}:`,
          ...files.map((file) => `  ${oneLine(file)}`),
          "`chatty import` takes them in.",
        ].join("\n"),
      );
      return 0;
    };
  },
  async run(context) {
    const { seed, conversations } = demoSize(context.invocation);
    const folder = await makeTemporaryFolder();
    try {
      const files = await writeDemo({ seed, conversations, folder, signal: context.signal });
      const { imports, failures } = await importAll(context, files);
      return await reportImports(context, imports, failures, { seed, conversations });
    } finally {
      await removeFolder(folder);
    }
  },
};

function demoSize(invocation: Invocation): { seed: string; conversations: number } {
  return {
    seed: textOption(invocation, "seed") ?? defaultSeed,
    conversations: numberOption(invocation, "conversations") ?? defaultConversations,
  };
}
