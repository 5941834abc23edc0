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

export async function* noInput(): AsyncGenerator<Uint8Array> {
  yield* [];
}

function isClosedPipe(error: Error): boolean {
  const code = "code" in error ? error.code : undefined;
  return code === "EPIPE" || code === "ERR_STREAM_DESTROYED" || code === "ECONNRESET";
}
