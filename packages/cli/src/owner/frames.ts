import type { Socket } from "node:net";
import { ChattyError } from "@chatty/model";
import type { FrameKind } from "./protocol.ts";
import { frameKinds } from "./protocol.ts";

export interface Frame {
  kind: FrameKind;
  payload: Buffer;
}

/** 4 bytes of length of what follows, big-endian, then 1 byte of kind, then the payload. */
const headLength = 5;
/** Far above any honest frame; protects from a peer that talks something else. */
const longestPayload = 16 * 1024 * 1024;
/** Bytes of streams are cut into frames of at most this. */
export const chunkLength = 256 * 1024;

export function encodeFrame(kind: FrameKind, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(headLength + payload.length);
  frame.writeUInt32BE(payload.length + 1, 0);
  frame.writeUInt8(frameKinds.indexOf(kind), 4);
  frame.set(payload, headLength);
  return frame;
}

/** Frames of a stream of bytes. Ends where the stream ends, also in the middle of a frame. @throws {ChattyError} OWNER_VERSION */
export async function* readFrames(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  let pending: Uint8Array[] = [];
  let length = 0;
  let wanted = headLength;
  for await (const chunk of bytes) {
    pending.push(chunk);
    length += chunk.length;
    while (length >= wanted) {
      const all = joined(pending);
      const { frame, rest, next } = takeFrame(all);
      wanted = next;
      pending = [rest];
      length = rest.length;
      if (frame === undefined) break;
      yield frame;
    }
  }
}

/** Without a copy in the common case, so that many small frames of one chunk cost no more than the chunk. */
function joined(pieces: readonly Uint8Array[]): Buffer {
  const [only] = pieces;
  if (pieces.length !== 1 || only === undefined) return Buffer.concat(pieces);
  return Buffer.from(only.buffer, only.byteOffset, only.length);
}

function takeFrame(all: Buffer): { frame?: Frame; rest: Buffer; next: number } {
  if (all.length < headLength) return { rest: all, next: headLength };
  const payloadLength = all.readUInt32BE(0) - 1;
  const kind = frameKinds[all.readUInt8(4)];
  if (kind === undefined || payloadLength < 0 || payloadLength > longestPayload) {
    throw new ChattyError(
      "OWNER_VERSION",
      "The process that owns the vault speaks another version of Chatty.",
      {
        hint: "End the other chatty, or use the same version for both.",
      },
    );
  }
  const end = headLength + payloadLength;
  if (all.length < end) return { rest: all, next: end };
  return {
    frame: { kind, payload: all.subarray(headLength, end) },
    rest: all.subarray(end),
    next: headLength,
  };
}

/** Sends frames in order and waits while the other side does not take them. */
export interface FrameSender {
  /** Resolves when more may be sent; rejects when the other side is gone. */
  send(kind: FrameKind, payload?: Uint8Array): Promise<void>;
  sendJson(kind: FrameKind, value: object): Promise<void>;
  /** Sends bytes of a stream, cut into frames. */
  sendBytes(kind: FrameKind, bytes: Uint8Array): Promise<void>;
}

export function createFrameSender(socket: Socket): FrameSender {
  const send = (kind: FrameKind, payload: Uint8Array = new Uint8Array()): Promise<void> =>
    new Promise((resolve, reject) => {
      socket.write(encodeFrame(kind, payload), (error) => {
        if (error === undefined || error === null) resolve();
        else reject(error);
      });
    });
  return {
    send,
    sendJson: (kind, value) => send(kind, Buffer.from(JSON.stringify(value), "utf8")),
    async sendBytes(kind, bytes) {
      for (let start = 0; start < bytes.length; start += chunkLength) {
        await send(kind, bytes.subarray(start, start + chunkLength));
      }
    },
  };
}

/** The JSON of a frame that this same program wrote. */
export function frameJson(frame: Frame): unknown {
  return JSON.parse(frame.payload.toString("utf8"));
}
