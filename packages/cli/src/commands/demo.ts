import type { CommandDescription } from "../command-description.ts";
import { createDemoArchives, writeDemo } from "../demo/write-demo.ts";
import type { DemoSize } from "../demo/write-demo.ts";
import type { Invocation } from "../invocation.ts";
import { numberOption, textOption } from "../invocation.ts";
import { countOf } from "../output/phrases.ts";
import { oneLine } from "../output/plain-text.ts";
import { importAll, reportImports } from "./import.ts";
import type { ImportSource } from "./import.ts";

export const defaultConversations = 40;
export const defaultSeed = "chatty";

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
      const size = demoSize(invocation);
      const files = await writeDemo(size, folder, signal);
      await output.result({ ...size, files }, () =>
        [
          `Wrote ${countOf(size.conversations, "made-up conversation")}:`,
          ...files.map((file) => `  ${oneLine(file)}`),
          "`chatty import` takes them in.",
        ].join("\n"),
      );
      return 0;
    };
  },
  async run(context) {
    const size = demoSize(context.invocation);
    // Straight into the vault: no copy is left anywhere, and the receipt names no folder that is gone.
    const sources = createDemoArchives(size, context.signal).map(({ name, bytes }): ImportSource => ({
      path: name,
      input: { kind: "stream", name, bytes },
    }));
    const { imports, failures } = await importAll(context, sources);
    return await reportImports(context, imports, failures, size);
  },
};

function demoSize(invocation: Invocation): DemoSize {
  return {
    seed: textOption(invocation, "seed") ?? defaultSeed,
    conversations: numberOption(invocation, "conversations") ?? defaultConversations,
  };
}
