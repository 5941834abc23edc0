import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { ChattyError } from "@chatty/model";
import type { Vault } from "@chatty/store";
import type { ExitCode } from "../command-context.ts";
import { removeFile, restrictToOwner } from "../local-files.ts";
import { reportFromError } from "../output/error-report.ts";
import type { Streams } from "../streams.ts";
import { OutputClosed } from "../streams.ts";
import type { Invocation } from "../invocation.ts";
import type { Frame, FrameSender } from "./frames.ts";
import { createFrameSender, frameJson, readFrames } from "./frames.ts";
import type { Ending, ForwardedRequest, Greeting } from "./protocol.ts";
import { protocolVersion } from "./protocol.ts";

/** Runs one command against the open vault; the same function serves the owner's own command. */
export type RunCommand = (invocation: Invocation, streams: Streams, signal: AbortSignal) => Promise<ExitCode>;

export interface OwnerServerOptions {
  vault: Pick<Vault, "vaultId" | "environment">;
  /** Best first. The caller holds the vault's lock, so what lies at these addresses is stale. */
  addresses: readonly string[];
  run: RunCommand;
  processId: number;
}

/** Serves forwarded commands for as long as this process owns the vault. */
export interface OwnerServer {
  /** Absent when nobody can be served, because no address could be used. */
  readonly address: string | undefined;
  /** Commands of others that are running now. */
  readonly running: number;
  /**
   * Waits until every accepted command is done, then gives up the address. While commands that were running at the call still
   * are, others are accepted too: a vault that is owned must be served. Once those are done nobody new is, so it comes to an end.
   */
  drain(): Promise<void>;
}

interface Connections {
  sockets: Set<Socket>;
  /** Those whose command was accepted. */
  served: WeakSet<Socket>;
  running: Set<Promise<void>>;
  isClosing: boolean;
}

export async function openOwnerServer(options: OwnerServerOptions): Promise<OwnerServer> {
  const connections: Connections = {
    sockets: new Set(),
    served: new WeakSet(),
    running: new Set(),
    isClosing: false,
  };
  const server = createServer((socket) => {
    serveConnection(socket, options, connections);
  });
  const address = await listenAtFirst(server, options.addresses);
  // Serving others never keeps the process alive; the owner's own command and `drain` do.
  server.unref();
  return {
    address,
    get running() {
      return connections.running.size;
    },
    async drain() {
      await Promise.allSettled(connections.running);
      connections.isClosing = true;
      const closed = new Promise<void>((resolve) => {
        if (address === undefined) resolve();
        else server.close(() => resolve());
      });
      for (const socket of connections.sockets) {
        if (!connections.served.has(socket)) refuseAsClosing(socket);
      }
      while (connections.running.size > 0) await Promise.allSettled(connections.running);
      for (const socket of connections.sockets) socket.end();
      await Promise.race([closed, patience(1000)]);
      for (const socket of connections.sockets) socket.destroy();
    },
  };
}

function refuseAsClosing(socket: Socket): void {
  createFrameSender(socket)
    .send("closing")
    .then(
      () => socket.end(),
      () => socket.destroy(),
    );
}

async function listenAtFirst(server: Server, addresses: readonly string[]): Promise<string | undefined> {
  for (const address of addresses) {
    const isPipe = address.startsWith("\\\\.\\pipe\\");
    if (!isPipe) await removeFile(address);
    if (!(await tryListen(server, address))) continue;
    if (!isPipe) await restrictToOwner(address);
    return address;
  }
  return undefined;
}

function tryListen(server: Server, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const failed = (): void => resolve(false);
    server.once("error", failed);
    // The socket file is made inside this call, with the permissions that the mask leaves.
    const mask = process.umask(0o177);
    try {
      server.listen(address, () => {
        server.off("error", failed);
        resolve(true);
      });
    } finally {
      process.umask(mask);
    }
  });
}

function serveConnection(socket: Socket, options: OwnerServerOptions, connections: Connections): void {
  connections.sockets.add(socket);
  socket.on("error", () => socket.destroy());
  socket.on("close", () => connections.sockets.delete(socket));
  if (connections.isClosing) {
    refuseAsClosing(socket);
    return;
  }
  const serving = converse(socket, options, connections).catch(() => {
    socket.destroy();
  });
  serving.finally(() => socket.end()).catch(() => socket.destroy());
}

async function converse(
  socket: Socket,
  options: OwnerServerOptions,
  connections: Connections,
): Promise<void> {
  const sender = createFrameSender(socket);
  const frames = readFrames(socket as AsyncIterable<Uint8Array>);
  const { vaultId, environment } = options.vault;
  const greeting: Greeting = {
    protocol: protocolVersion,
    environment,
    vaultId,
    processId: options.processId,
  };
  await sender.sendJson("greeting", greeting);
  const first = await frames.next();
  if (first.done === true) return;
  const refusal = refusalOf(first.value, environment);
  if (refusal !== undefined) {
    await sendEnding(sender, { kind: "error", report: reportFromError(refusal, false) });
    return;
  }
  const second = await frames.next();
  if (second.done === true || second.value.kind !== "request") return;
  if (connections.isClosing) {
    await sender.send("closing");
    return;
  }
  connections.served.add(socket);
  const request = frameJson(second.value) as ForwardedRequest;
  const running = serveRequest(request, frames, sender, options.run);
  connections.running.add(running);
  try {
    await running;
  } finally {
    connections.running.delete(running);
  }
}

function refusalOf(frame: Frame, environment: string): ChattyError | undefined {
  if (frame.kind !== "greeting") return versionError();
  const greeting = frameJson(frame) as Greeting;
  if (greeting.protocol !== protocolVersion) return versionError();
  if (greeting.environment === environment) return undefined;
  return new ChattyError("ENVIRONMENT_MISMATCH", `This vault belongs to the environment ${environment}.`, {
    hint: `Use --env ${environment}, or another data home.`,
  });
}

export function versionError(): ChattyError {
  return new ChattyError("OWNER_VERSION", "The process that owns the vault is another version of Chatty.", {
    hint: "End the other chatty, or use the same version for both.",
  });
}

async function serveRequest(
  request: ForwardedRequest,
  frames: AsyncGenerator<Frame>,
  sender: FrameSender,
  run: RunCommand,
): Promise<void> {
  await sender.send("accepted");
  const stop = new AbortController();
  const input = createRemoteInput(sender);
  const reading = receive(frames, input, stop);
  const streams: Streams = {
    stdin: input.bytes,
    stdout: { write: (bytes) => orClosed(sender.sendBytes("out", bytes)) },
    stderr: { write: (bytes) => orClosed(sender.sendBytes("err", bytes)) },
    terminal: request.terminal,
  };
  let ending: Ending;
  try {
    ending = { kind: "exit", code: await run(request.invocation, streams, stop.signal) };
  } catch (error) {
    if (error instanceof OutputClosed) return;
    ending = { kind: "error", report: reportFromError(error, request.terminal.debug) };
  }
  await sendEnding(sender, ending);
  // The asker closes when it has the ending; until then what it still sends is read and dropped.
  await Promise.race([reading, patience(1000)]);
}

/** Reads what the asker sends while its command runs. An asker that goes away has cancelled. */
async function receive(
  frames: AsyncGenerator<Frame>,
  input: RemoteInput,
  stop: AbortController,
): Promise<void> {
  try {
    for await (const frame of frames) {
      if (frame.kind === "input") input.push(frame.payload);
      if (frame.kind === "cancel") {
        stop.abort();
        input.fail();
      }
    }
  } catch {
    // A broken connection is the same as a closed one.
    stop.abort();
  }
  stop.abort();
  input.fail();
}

interface RemoteInput {
  bytes: AsyncIterable<Uint8Array>;
  push(chunk: Buffer): void;
  fail(): void;
}

/** The asker's standard input. Every chunk is asked for, so that nothing is read which no command wants. */
function createRemoteInput(sender: FrameSender): RemoteInput {
  let waiting: { resolve(chunk: Buffer): void; reject(error: Error): void } | undefined;
  let hasFailed = false;
  const next = (): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      if (hasFailed) {
        reject(new OutputClosed());
        return;
      }
      waiting = { resolve, reject };
      sender.send("wantInput").catch((error: unknown) => reject(error as Error));
    });
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for (let chunk = await next(); chunk.length > 0; chunk = await next()) yield chunk;
  }
  return {
    bytes: { [Symbol.asyncIterator]: bytes },
    push(chunk) {
      waiting?.resolve(chunk);
      waiting = undefined;
    },
    fail() {
      hasFailed = true;
      waiting?.reject(new OutputClosed());
      waiting = undefined;
    },
  };
}

async function sendEnding(sender: FrameSender, ending: Ending): Promise<void> {
  await sender.sendJson("ending", ending);
}

async function orClosed(sent: Promise<void>): Promise<void> {
  try {
    await sent;
  } catch {
    throw new OutputClosed();
  }
}

function patience(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
