import { ChattyError } from "@chatty/model";
import type { BuiltinEngine, BuiltinEvent, BuiltinRequest } from "@chatty/runtimes";
import type { LlamaChat, LlamaContext, LlamaHistoryItem, LlamaModel, LlamaModule } from "./llama-module.ts";
import { loadLlamaModule } from "./llama-module.ts";
import { isModelThere } from "./model-files.ts";
import { builtinModel, modelPlace } from "./model-place.ts";

/** Tokens of a conversation that the model can look at, and of one answer. */
const contextTokens = 2048;
const answerTokens = 512;
/** What the chat format adds to each message, generously. */
const tokensAround = 12;

/** The built-in model and how to let go of it. */
export interface LlamaEngine extends BuiltinEngine {
  close(): Promise<void>;
}

interface Loaded {
  module: LlamaModule;
  model: LlamaModel;
  dispose: () => Promise<void>;
}

/** The engine of a data home. Nothing is loaded before the first answer is asked for. */
export function llamaEngine(home: string): LlamaEngine {
  let loading: Promise<Loaded> | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  return {
    async models() {
      return (await isModelThere(modelPlace(home)))
        ? [{ id: builtinModel.id, name: builtinModel.name, contextTokens: contextTokens - answerTokens }]
        : [];
    },
    async *answer(request) {
      const { signal } = request;
      const before = turn;
      let isOver: () => void = () => undefined;
      turn = new Promise<void>((resolve) => (isOver = resolve));
      try {
        await before;
        signal.throwIfAborted();
        loading ??= load(home).catch((error: unknown) => {
          loading = undefined;
          throw error;
        });
        yield* speak(await loading, request);
      } finally {
        isOver();
      }
    },
    async close() {
      const loaded = await loading?.catch(() => undefined);
      await loaded?.dispose();
    },
  };
}

async function load(home: string): Promise<Loaded> {
  const place = modelPlace(home);
  if (!(await isModelThere(place))) {
    throw new ChattyError("MODEL_MISSING", "The built-in model is not on this machine.", {
      hint: "Run `chatty model add`; it fetches 320 MB.",
    });
  }
  const module = await loadLlamaModule(place.engineEntry);
  const llama = await module.getLlama({
    gpu: false,
    build: "never",
    logLevel: "error",
    progressLogs: false,
    skipDownload: true,
  });
  const model = await llama.loadModel({ modelPath: place.model });
  return { module, model, dispose: () => llama.dispose() };
}

async function* speak({ module, model }: Loaded, request: BuiltinRequest): AsyncGenerator<BuiltinEvent> {
  const { history, question } = fit(model, request);
  let answer = "";
  const context: LlamaContext = await model.createContext({ contextSize: contextTokens });
  const chat: LlamaChat = new module.LlamaChatSession({ contextSequence: context.getSequence() });
  chat.setChatHistory(history);
  const waiting: string[] = [];
  let wake: () => void = () => undefined;
  let isDone = false;
  const stop = new AbortController();
  const done = chat
    .prompt(question, {
      onTextChunk(text) {
        waiting.push(text);
        wake();
      },
      signal: AbortSignal.any([request.signal, stop.signal]),
      stopOnAbortSignal: true,
      maxTokens: answerTokens,
    })
    .finally(() => {
      isDone = true;
      wake();
    });
  // Told to whoever reads; until then nobody may be listening.
  done.catch(() => undefined);
  try {
    for (;;) {
      const text = waiting.shift();
      if (text !== undefined) {
        answer += text;
        yield { type: "text", text };
        continue;
      }
      if (isDone) break;
      await new Promise<void>((resolve) => (wake = resolve));
    }
    await done;
    const outputTokens = model.tokenize(answer).length;
    yield { type: "finish", reason: outputTokens < answerTokens ? "stop" : "length", outputTokens };
  } finally {
    stop.abort();
    await done.catch(() => undefined);
    await context.dispose();
  }
}

/** As much of the past as the model can look at, the newest first; the system text and the question always. */
function fit(
  model: LlamaModel,
  { system = "", turns }: BuiltinRequest,
): { history: LlamaHistoryItem[]; question: string } {
  const cost = (text: string): number => model.tokenize(text).length + tokensAround;
  const last = turns.at(-1);
  const isAsked = last?.role === "user";
  const question = isAsked ? last.text : "Please go on.";
  const past = isAsked ? turns.slice(0, -1) : turns;
  let room = contextTokens - answerTokens - cost(question) - cost(system);
  const kept: LlamaHistoryItem[] = [];
  for (const { role, text } of past.toReversed()) {
    room -= cost(text);
    if (room < 0) break;
    kept.unshift(role === "user" ? { type: "user", text } : { type: "model", response: [text] });
  }
  return {
    history: [...(system === "" ? [] : [{ type: "system" as const, text: system }]), ...kept],
    question,
  };
}
