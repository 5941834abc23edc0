import { connect } from "node:net";
import type { Socket } from "node:net";
import { ChattyError } from "@chatty/model";
import type { Invocation } from "../invocation.ts";
import { errorFromReport } from "../output/error-report.ts";
import type { Streams } from "../streams.ts";
import type { Frame, FrameSender } from "./frames.ts";
import { chunkLength, createFrameSender, frameJson, readFrames } from "./frames.ts";
import { versionError } from "./owner-server.ts";
import type { Ending, ForwardedRequest, Greeting } from "./protocol.ts";
import { protocolVersion } from "./protocol.ts";

/**
 * What came of asking the owner. `unreachable`: nobody answered, or the owner is closing, and nothing was done.
 * `lost`: it accepted the command and then it was gone.
 */
export type ForwardOutcome = { kind: "ended"; code: number } | { kind: "unreachable" } | { kind: "lost" };

export interface ForwardOptions {
  addresses: readonly string[];
  environment: string;
  invocation: Invocation;
  /** The streams of this attempt; asked for only when the owner has accepted. */
  streams(): Promise<Streams>;
  terminal: Streams["terminal"];
  signal: AbortSignal;
  /** How long an owner that is there may take to greet. */
  greetingMs: number;
}

/** Asks the owner to run a command. @throws {ChattyError} what the command threw, OWNER_VERSION, ENVIRONMENT_MISMATCH */
export async function forwardToOwner(options: ForwardOptions): Promise<ForwardOutcome> {
  for (const address of options.addresses) {
    const socket = await tryConnect(address);
    if (socket === undefined) continue;
    try {
      return await converse(socket, options);
    } finally {
      socket.destroy();
    }
  }
  return { kind: "unreachable" };
}

function tryConnect(address: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once("connect", () => resolve(socket));
    // Stays on: later errors are seen as the end of the frames.
    socket.on("error", () => {
      socket.destroy();
      resolve(undefined);
    });
  });
}

async function converse(socket: Socket, options: ForwardOptions): Promise<ForwardOutcome> {
  const { invocation, terminal, environment, signal } = options;
  const sender = createFrameSender(socket);
  const frames = framesUntilBroken(readFrames(socket as AsyncIterable<Uint8Array>));
  const slow = setTimeout(() => socket.destroy(), options.greetingMs);
  const first = await frames.next();
  clearTimeout(slow);
  if (first.done === true || first.value.kind === "closing") return { kind: "unreachable" };
  checkGreeting(first.value, environment);
  const greeting: Greeting = { protocol: protocolVersion, environment };
  const request: ForwardedRequest = { invocation, terminal };
  try {
    await sender.sendJson("greeting", greeting);
    await sender.sendJson("request", request);
  } catch {
    return { kind: "unreachable" };
  }
  const second = await frames.next();
  if (second.done === true || second.value.kind === "closing") return { kind: "unreachable" };
  if (second.value.kind === "ending") return endingOutcome(second.value);
  if (second.value.kind !== "accepted") throw versionError();

  const cancel = (): void => {
    sender.send("cancel").catch(() => socket.destroy());
  };
  signal.addEventListener("abort", cancel);
  if (signal.aborted) cancel();
  try {
    return await follow(frames, sender, socket, await options.streams());
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

async function follow(
  frames: AsyncGenerator<Frame>,
  sender: FrameSender,
  socket: Socket,
  streams: Streams,
): Promise<ForwardOutcome> {
  const input = createInputSupply(streams.stdin, sender);
  input.failed.catch(() => socket.destroy());
  for await (const frame of frames) {
    switch (frame.kind) {
      case "out":
        await streams.stdout.write(frame.payload);
        break;
      case "err":
        await streams.stderr.write(frame.payload);
        break;
      case "wantInput":
        input.supply();
        break;
      case "ending":
        return endingOutcome(frame);
      case "greeting":
      case "request":
      case "input":
      case "cancel":
      case "accepted":
      case "closing":
        throw versionError();
    }
  }
  input.throwIfFailed();
  return { kind: "lost" };
}

interface InputSupply {
  /** Sends the next chunk, or an empty one at the end. */
  supply(): void;
  /** Rejects when our own input could not be read; never resolves. */
  failed: Promise<never>;
  throwIfFailed(): void;
}

function createInputSupply(stdin: AsyncIterable<Uint8Array>, sender: FrameSender): InputSupply {
  let iterator: AsyncIterator<Uint8Array> | undefined;
  let rest: Uint8Array = new Uint8Array();
  let failure: { error: unknown } | undefined;
  const { promise: failed, reject } = Promise.withResolvers<never>();
  const nextPiece = async (): Promise<Uint8Array> => {
    iterator ??= stdin[Symbol.asyncIterator]();
    while (rest.length === 0) {
      const next = await iterator.next();
      if (next.done === true) return new Uint8Array();
      rest = next.value;
    }
    const piece = rest.subarray(0, chunkLength);
    rest = rest.subarray(piece.length);
    return piece;
  };
  return {
    failed,
    throwIfFailed() {
      if (failure !== undefined) throw failure.error;
    },
    supply() {
      nextPiece().then(
        // When the owner is gone the loop over its frames sees it.
        (piece) => sender.send("input", piece).catch(() => undefined),
        (error: unknown) => {
          failure = { error };
          reject(error);
        },
      );
    },
  };
}

/** A connection that breaks is a connection that ends. */
async function* framesUntilBroken(frames: AsyncGenerator<Frame>): AsyncGenerator<Frame> {
  try {
    yield* frames;
  } catch (error) {
    if (error instanceof ChattyError) throw error;
  }
}

function endingOutcome(frame: Frame): ForwardOutcome {
  const ending = frameJson(frame) as Ending;
  if (ending.kind === "error") throw errorFromReport(ending.report);
  return { kind: "ended", code: ending.code };
}

function checkGreeting(frame: Frame, environment: string): void {
  if (frame.kind !== "greeting") throw versionError();
  const greeting = frameJson(frame) as Greeting;
  if (greeting.protocol !== protocolVersion) throw versionError();
  if (greeting.environment === environment) return;
  throw new ChattyError(
    "ENVIRONMENT_MISMATCH",
    `This vault belongs to the environment ${greeting.environment}.`,
    {
      hint: `Use --env ${greeting.environment}, or another data home.`,
    },
  );
}
