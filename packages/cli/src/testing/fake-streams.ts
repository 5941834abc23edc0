import type { Streams, TerminalTraits } from "../streams.ts";

/** Streams whose output is kept, and whose input is given piece by piece. */
export interface FakeStreams extends Streams {
  output(): string;
  errors(): string;
}

export const noTerminal: TerminalTraits = {
  stdinIsTerminal: false,
  stdoutIsTerminal: false,
  stderrIsTerminal: false,
  colorAllowed: true,
  columns: 100,
  program: "chatty",
  debug: false,
};

export function createFakeStreams(input: AsyncIterable<Uint8Array> | string = ""): FakeStreams {
  const out: Uint8Array[] = [];
  const err: Uint8Array[] = [];
  const keep = (chunks: Uint8Array[]) => ({
    write(bytes: Uint8Array) {
      chunks.push(Buffer.from(bytes));
      return Promise.resolve();
    },
  });
  return {
    stdin: typeof input === "string" ? pieces([input]) : input,
    stdout: keep(out),
    stderr: keep(err),
    terminal: noTerminal,
    output: () => Buffer.concat(out).toString("utf8"),
    errors: () => Buffer.concat(err).toString("utf8"),
  };
}

export async function* pieces(texts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    await Promise.resolve();
    yield typeof text === "string" ? Buffer.from(text, "utf8") : text;
  }
}
