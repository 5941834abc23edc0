/** Somewhere bytes go. `write` resolves when the receiver can take more, and rejects with `OutputClosed` when it is gone. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<void>;
}

/** What is known about the terminal of the person who asked; sent along with a forwarded command. */
export interface TerminalTraits {
  stdinIsTerminal: boolean;
  stderrIsTerminal: boolean;
  stdoutIsTerminal: boolean;
  /** False when NO_COLOR is set. */
  colorAllowed: boolean;
  columns: number;
  /** How the person calls this program, as hints write it: `chatty`, or what a checkout takes, and the options that name the vault. */
  program: string;
  /** Show stack traces of unexpected errors. */
  debug: boolean;
}

/** The three streams of one run of a command, wherever it runs. */
export interface Streams {
  /** Nothing is read before it is iterated; iterated once at most. */
  stdin: AsyncIterable<Uint8Array>;
  stdout: ByteSink;
  stderr: ByteSink;
  terminal: TerminalTraits;
}

/** The reader of our standard output went away, as `head` does. Not an error to tell anybody about. */
export class OutputClosed extends Error {
  constructor() {
    super("The output was closed.");
    this.name = "OutputClosed";
  }
}

/** A sink over a Node stream. */
export function sinkFromStream(stream: NodeJS.WritableStream): ByteSink {
  let closed = false;
  // Without a listener an EPIPE would end the process in the middle of a write.
  stream.on("error", () => {
    closed = true;
  });
  return {
    write(bytes) {
      if (closed) return Promise.reject(new OutputClosed());
      return new Promise<void>((resolve, reject) => {
        stream.write(bytes, (error) => {
          if (error === undefined || error === null) resolve();
          else if (isClosedPipe(error)) reject(new OutputClosed());
          else reject(error);
        });
      });
    },
  };
}

/** Input that ends with an error as soon as the signal is given, also while nothing comes. */
export async function* stoppableInput(
  input: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const chunks = input[Symbol.asyncIterator]();
  for (;;) {
    const next = await unlessStopped(chunks.next(), signal);
    if (next.done === true) return;
    yield next.value;
  }
}

/** The same promise, save that it rejects as soon as the signal is given. */
export function unlessStopped<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    promise
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", stop))
      .catch(reject);
  });
}

function isClosedPipe(error: Error): boolean {
  const code = "code" in error ? error.code : undefined;
  return code === "EPIPE" || code === "ERR_STREAM_DESTROYED" || code === "ECONNRESET";
}
