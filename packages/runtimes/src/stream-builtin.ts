import { errorFromFailure } from "./answer-failure.ts";
import type { AnswerEvent } from "./answer-event.ts";
import { noEngineError } from "./list-models.ts";
import { textOf } from "./model-messages.ts";
import type { BuiltinTurn } from "./builtin-engine.ts";
import { cutFailure } from "./provider-failure.ts";
import type { AnswerRequest } from "./stream-answer.ts";

/** An answer of the built-in model, with the same events and the same end as any other. */
export async function* streamBuiltin(request: AnswerRequest): AsyncGenerator<AnswerEvent, void, undefined> {
  const { builtin, config, model, signal } = request;
  if (builtin === undefined) throw noEngineError(config);
  const system = [request.system ?? "", ...textsOf(request, "system")].filter((text) => text !== "");
  const turns = request.messages.flatMap((message): BuiltinTurn[] => {
    const text = textOf(message);
    if (message.role === "system" || text === "") return [];
    return [{ role: message.role === "user" ? "user" : "assistant", text }];
  });
  const events = builtin.answer({
    model,
    turns,
    signal,
    ...(system.length === 0 ? {} : { system: system.join("\n\n") }),
  });
  for await (const event of events) {
    signal.throwIfAborted();
    if (event.type !== "finish") {
      yield event;
      continue;
    }
    const { reason, inputTokens, outputTokens } = event;
    yield {
      type: "usage",
      ...(inputTokens === undefined ? {} : { inputTokens }),
      ...(outputTokens === undefined ? {} : { outputTokens }),
    };
    yield { type: "finish", reason };
    return;
  }
  signal.throwIfAborted();
  throw errorFromFailure(cutFailure(config), { provider: config.providerId, model });
}

function textsOf(request: AnswerRequest, role: string): string[] {
  return request.messages.filter((message) => message.role === role).map((message) => textOf(message));
}
