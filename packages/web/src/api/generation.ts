import type { GenerationEvent, RegenerateRequest } from "@chatty/server/api";
import { request } from "./client.ts";

const generationPath = (sessionId: string) => `/api/sessions/${encodeURIComponent(sessionId)}/generation`;

/** Answers a message anew, or goes on with a cut answer. Gives the id of the answer to follow. */
export function regenerate(sessionId: string, ask: RegenerateRequest): Promise<{ answerId: string }> {
  return request(generationPath(sessionId), { method: "POST", json: ask });
}

/** Stops the running answer; what came so far is kept. */
export function stopGeneration(sessionId: string): Promise<unknown> {
  return request(generationPath(sessionId), { method: "DELETE" });
}

/**
 * Follows the running answer from its start; breaks of the connection are mended by the browser. `onEnd` is told when nothing is
 * (or nothing more will be) generated. The caller ends it with the function that is returned.
 */
export function followGeneration(
  sessionId: string,
  onEvent: (event: GenerationEvent) => void,
  onEnd: () => void,
): () => void {
  const source = new EventSource(generationPath(sessionId));
  source.addEventListener("message", (message: MessageEvent<string>) => {
    const event = JSON.parse(message.data) as GenerationEvent;
    onEvent(event);
    if (event.type === "done") {
      source.close();
      onEnd();
    }
  });
  source.addEventListener("error", () => {
    // 204 (nothing is generated) and refusals close it; anything else is tried again by the browser.
    if (source.readyState === EventSource.CLOSED) onEnd();
  });
  return () => source.close();
}
