import { createHash } from "node:crypto";
import { ChattyError } from "@chatty/model";
import type { Invocation } from "../invocation.ts";
import type { SpooledInput } from "../local-files.ts";
import { spoolInput } from "../local-files.ts";
import type { ByteSink, Streams } from "../streams.ts";

/** The asker's side of one command: its streams, and what makes asking again harmless when an owner dies. */
export interface Asking {
  readonly invocation: Invocation;
  /** False: when an owner dies after it accepted, the person has to decide. */
  readonly canRepeat: boolean;
  /** Streams of the next attempt; those of the attempt before must no longer be used. */
  attempt(isForwarded: boolean): Promise<Streams>;
  /** Called when the command succeeded. @throws what the asker's side found wrong on its own. */
  finish(): void;
  close(): Promise<void>;
}

/** A command that is asked once. */
export function askOnce(invocation: Invocation, streams: Streams): Asking {
  return {
    invocation,
    canRepeat: false,
    attempt: () => Promise.resolve(streams),
    finish: () => undefined,
    close: () => Promise.resolve(),
  };
}

/** A command that may be asked again from the start: its input is kept, and output that was already given is not given twice. */
export function askRepeatedly(invocation: Invocation, streams: Streams): Asking {
  let spooled: SpooledInput | undefined;
  const output = createContinuedOutput(streams.stdout);
  return {
    invocation,
    canRepeat: true,
    attempt(isForwarded) {
      const stdin = isForwarded || spooled !== undefined ? replayed() : streams.stdin;
      return Promise.resolve({ ...streams, stdin, stdout: output.attempt() });
    },
    finish: () => undefined,
    async close() {
      await spooled?.remove();
    },
  };

  /** Copied only when the command does ask for input: most never touch it. */
  async function* replayed(): AsyncGenerator<Uint8Array> {
    spooled ??= await spoolInput(streams.stdin);
    yield* spooled.read();
  }
}

/**
 * Output that goes on where an earlier attempt was cut off. What was already given is compared, not given again:
 * if the repeated answer begins differently, nothing fits together and the person is told.
 */
export function createContinuedOutput(sink: ByteSink): { attempt(): ByteSink } {
  let givenLength = 0;
  const given = createHash("sha256");
  return {
    attempt() {
      let seenLength = 0;
      const seen = createHash("sha256");
      return {
        async write(bytes) {
          const repeated = bytes.subarray(0, Math.max(0, givenLength - seenLength));
          if (repeated.length > 0) {
            seen.update(repeated);
            seenLength += repeated.length;
            if (seenLength === givenLength && seen.copy().digest("hex") !== given.copy().digest("hex")) {
              throw answerChanged();
            }
          }
          const fresh = bytes.subarray(repeated.length);
          if (fresh.length === 0) return;
          given.update(fresh);
          seen.update(fresh);
          givenLength += fresh.length;
          seenLength += fresh.length;
          await sink.write(fresh);
        },
      };
    },
  };
}

function answerChanged(): ChattyError {
  return new ChattyError(
    "OWNER_LOST",
    "The process that owned the vault ended in the middle of its answer, and the answer has changed since.",
    { hint: "What was printed is incomplete. Nothing was changed; run the command again." },
  );
}
