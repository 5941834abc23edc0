import { pathToFileURL } from "node:url";
import { ChattyError } from "@chatty/model";

/** One message of a history as node-llama-cpp 3 takes it. */
export type LlamaHistoryItem =
  | { type: "system"; text: string }
  | { type: "user"; text: string }
  | { type: "model"; response: string[] };

export interface LlamaChat {
  setChatHistory(history: LlamaHistoryItem[]): void;
  prompt(
    text: string,
    options: {
      onTextChunk: (text: string) => void;
      signal: AbortSignal;
      stopOnAbortSignal: true;
      maxTokens: number;
    },
  ): Promise<string>;
}

export interface LlamaContext {
  getSequence(): unknown;
  dispose(): Promise<void>;
}

export interface LlamaModel {
  createContext(options: { contextSize: number }): Promise<LlamaContext>;
  tokenize(text: string): readonly number[];
}

/** The few things that are used of node-llama-cpp, version 3.22. */
export interface LlamaModule {
  getLlama(options: {
    gpu: false;
    build: "never";
    logLevel: "error";
    progressLogs: false;
    skipDownload: true;
  }): Promise<{
    loadModel(options: { modelPath: string }): Promise<LlamaModel>;
    dispose(): Promise<void>;
  }>;
  LlamaChatSession: new (options: { contextSequence: unknown }) => LlamaChat;
}

/**
 * Loads the engine that `chatty model add` installed into the data home. It is no dependency of this package, because nobody
 * should have to download it who does not ask for it; therefore its name is known only when it is there.
 * @throws {ChattyError} MODEL_MISSING
 */
export async function loadLlamaModule(entry: string): Promise<LlamaModule> {
  try {
    return (await import(pathToFileURL(entry).href)) as LlamaModule;
  } catch (cause) {
    throw new ChattyError("MODEL_MISSING", "The built-in model's engine cannot be loaded.", {
      hint: "Run `chatty model remove`, then `chatty model add`.",
      where: { path: entry },
      cause,
    });
  }
}
