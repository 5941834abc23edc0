import assert from "node:assert/strict";
import { test } from "node:test";
import type { Upload } from "@chatty/server/api";
import { runUpload, sliceBytes, type UploadPorts, type UploadStep } from "./run-upload.ts";

const passing = new Error("away");
const misplaced = new Error("belongs elsewhere");
const refused = new Error("disk full");

/** A server that fails as it is told: `faults` are thrown by `send`, one per call; "lost answer" keeps the bytes first. */
function fakeServer(size: number, faults: (Error | "lost answer" | undefined)[] = []) {
  const received: { from: number; to: number }[] = [];
  let offset = 0;
  let rests = 0;
  const state = (): Upload => ({ uploadId: "u", jobId: "u", name: "export.zip", offset, size });
  const ports: UploadPorts = {
    status: async () => state(),
    send: async (_id, from, slice) => {
      const fault = faults.shift();
      if (fault instanceof Error) throw fault;
      if (from !== offset) throw misplaced;
      received.push({ from, to: from + slice.size });
      offset += slice.size;
      if (fault === "lost answer") throw passing;
      return state();
    },
    isPassing: (error) => error === passing,
    isMisplaced: (error) => error === misplaced,
    rest: async () => {
      rests += 1;
    },
  };
  return { ports, received, state, restCount: () => rests, moveTo: (to: number) => void (offset = to) };
}

const fileOf = (size: number) => new Blob([new Uint8Array(size)]);
const never = new AbortController().signal;
const size = 2 * sliceBytes + 5;

async function upload(server: ReturnType<typeof fakeServer>, signal = never): Promise<UploadStep[]> {
  const steps: UploadStep[] = [];
  await runUpload(fileOf(size), server.state(), server.ports, (step) => steps.push(step), signal);
  return steps;
}

test("sends every byte once, in order", async () => {
  const server = fakeServer(size);
  await upload(server);
  assert.deepEqual(server.received, [
    { from: 0, to: sliceBytes },
    { from: sliceBytes, to: 2 * sliceBytes },
    { from: 2 * sliceBytes, to: size },
  ]);
});

test("waits while the network is away and goes on where the server is", async () => {
  const server = fakeServer(size, [undefined, passing, passing]);
  const steps = await upload(server);
  assert.equal(server.restCount(), 2);
  assert.deepEqual(
    steps.filter((step) => step.phase === "paused").map((step) => step.offset),
    [sliceBytes, sliceBytes],
  );
  assert.equal(server.received.at(-1)?.to, size);
});

test("does not send again what arrived although its answer was lost", async () => {
  const server = fakeServer(size, ["lost answer"]);
  await upload(server);
  assert.equal(server.received.length, 3);
});

test("believes the server about where bytes belong", async () => {
  const server = fakeServer(size);
  const before = server.state();
  server.moveTo(sliceBytes);
  await runUpload(fileOf(size), before, server.ports, () => undefined, never);
  assert.deepEqual(server.received[0], { from: sliceBytes, to: 2 * sliceBytes });
});

test("ends with the server's refusal instead of trying for ever", async () => {
  await assert.rejects(upload(fakeServer(size, [undefined, refused])), refused);
  const confused = fakeServer(
    size,
    Array.from({ length: 20 }, () => misplaced),
  );
  await assert.rejects(upload(confused), misplaced);
});

test("stops at once when it is called off while it waits", async () => {
  const control = new AbortController();
  const server = fakeServer(size, [passing]);
  server.ports.rest = async () => {
    control.abort(new Error("called off"));
  };
  await assert.rejects(upload(server, control.signal), /called off/);
  assert.deepEqual(server.received, []);
});
