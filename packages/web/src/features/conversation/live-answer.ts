import type { Part } from "@chatty/model";
import type { GenerationEvent, GenerationFailure, Message } from "@chatty/server/api";

/** An answer while it is written, and until the durable message stands in its place. */
export interface LiveAnswer {
  answerId: string;
  parentId: string | null;
  model: string;
  /** Integer milliseconds UTC. */
  startedAt: number;
  text: string;
  thinking: string;
  parts: readonly Part[];
  /** What came last, so that what is being done can be said. */
  doing: "waiting" | "thinking" | "working" | "writing";
  /** Set when the server has said that it is durable. */
  done?: { messageId: string; stopped: boolean; failure?: GenerationFailure | undefined } | undefined;
}

/** The answer after an event. Events before the first `state` belong to nothing and change nothing. */
export function withEvent(live: LiveAnswer | undefined, event: GenerationEvent): LiveAnswer | undefined {
  if (event.type === "state") {
    const { type: _, ...state } = event;
    const isEmpty = state.text === "" && state.thinking === "" && state.parts.length === 0;
    return { ...state, doing: isEmpty ? "waiting" : state.text === "" ? "thinking" : "writing" };
  }
  if (live === undefined) return live;
  switch (event.type) {
    case "text":
      return { ...live, text: live.text + event.text, doing: "writing" };
    case "thinking":
      return { ...live, thinking: live.thinking + event.text, doing: "thinking" };
    case "part":
      return { ...live, parts: [...live.parts, event.part], doing: "working" };
    case "done":
      return {
        ...live,
        done: { messageId: event.messageId, stopped: event.stopped, failure: event.failure },
      };
  }
}

/** What the live region and the author line say while nothing can be read yet. */
export function doingWords(live: LiveAnswer): string {
  switch (live.doing) {
    case "waiting":
      return "Waiting for the model";
    case "thinking":
      return "Thinking";
    case "working":
      return "Using a tool";
    case "writing":
      return "Writing";
  }
}

/** The live answer in the shape of a message of the path, so that both are drawn by the same code and nothing flickers. */
export function messageFromLive(live: LiveAnswer, index: number): Message {
  const parts: Part[] = [];
  if (live.thinking !== "") parts.push({ kind: "thinking", text: live.thinking });
  parts.push(...live.parts);
  if (live.text !== "") parts.push({ kind: "text", text: live.text });
  return {
    id: live.answerId,
    parentId: live.parentId,
    role: "assistant",
    content: live.text,
    timestamp: live.startedAt,
    timestampSource: "message",
    model: live.model,
    hidden: false,
    parts,
    index,
    siblings: { position: 0, ids: [live.answerId] },
  };
}
