import type { AnswerEvent, AnswerRequest, streamAnswer } from "@chatty/runtimes";

/** A model whose words come when the test says them. */
export interface ScriptedAnswer {
  ask: typeof streamAnswer;
  readonly requests: AnswerRequest[];
  say(...events: AnswerEvent[]): void;
  fail(error: Error): void;
}

export function createScriptedAnswer(): ScriptedAnswer {
  const requests: AnswerRequest[] = [];
  const queue: (AnswerEvent | Error)[] = [];
  let wake: () => void = () => undefined;
  const put = (...items: (AnswerEvent | Error)[]): void => {
    queue.push(...items);
    wake();
  };
  async function* ask(request: AnswerRequest): AsyncGenerator<AnswerEvent, void, undefined> {
    requests.push(request);
    for (;;) {
      const next = queue.shift();
      if (next === undefined) {
        await new Promise<void>((resolve) => (wake = resolve));
      } else if (next instanceof Error) {
        throw next;
      } else {
        yield next;
        if (next.type === "finish") return;
      }
    }
  }
  return { ask, requests, say: put, fail: put };
}
