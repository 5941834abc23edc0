import { ChattyError } from "@chatty/model";
import type { FastifyReply } from "fastify";

/** Aborted when whoever asked goes away before the answer is whole. A request's own signal is given when its body was read. */
export function askerGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) {
      gone.abort(new ChattyError("ASKER_GONE", "Whoever asked did not wait for the answer."));
    }
  });
  return gone.signal;
}
