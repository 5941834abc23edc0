import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { isChattyError } from "@chatty/model";
import type { Vault } from "@chatty/store";
import type { ExitCode } from "../command-context.ts";
import { appendLines } from "../commands/append-lines.ts";
import type { Invocation } from "../invocation.ts";
import { createCommandOutput } from "../output/command-output.ts";
import type { Streams } from "../streams.ts";
import { createFakeDisk, fakeSessionId } from "../testing/fake-vault.ts";
import type { FakeDisk } from "../testing/fake-vault.ts";
import { createFakeStreams, noTerminal, pieces } from "../testing/fake-streams.ts";
import type { FakeStreams } from "../testing/fake-streams.ts";
import { askOnce, askRepeatedly } from "./asking.ts";
import type { Asking } from "./asking.ts";
import { createFrameSender, readFrames } from "./frames.ts";
import { askForLines } from "./line-asking.ts";
import { ownOrAsk } from "./own-or-ask.ts";
import { protocolVersion } from "./protocol.ts";

type Run = (invocation: Invocation, streams: Streams, signal: AbortSignal, vault: Vault) => Promise<ExitCode>;

let folder: string;
let address: string;
let disk: FakeDisk;
let dying: Server | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "chatty-owner-"));
  address = join(folder, "owner.sock");
  disk = createFakeDisk();
});

afterEach(() => {
  dying?.close();
  dying = undefined;
  rmSync(folder, { recursive: true, force: true });
});

describe("ownOrAsk", () => {
  test("runs the command of a second process in the first and gives it everything back", async () => {
    const gate = Promise.withResolvers<undefined>();
    const first = ask(
      askOnce(invocation("wait"), createFakeStreams()),
      async () => {
        await gate.promise;
        return 0;
      },
      async (_asked, streams) => {
        await streams.stdout.write(Buffer.from("out"));
        await streams.stderr.write(Buffer.from("err"));
        return 3;
      },
    );
    await nextTurns();
    const streams = createFakeStreams();
    const code = await ask(askOnce(invocation("other"), streams), never);
    assert.equal(code, 3);
    assert.equal(streams.output(), "out");
    assert.equal(streams.errors(), "err");
    gate.resolve(undefined);
    assert.equal(await first, 0);
    assert.equal(disk.isOwned, false);
  });

  test("waits for the commands of others before it gives the vault back", async () => {
    const gate = Promise.withResolvers<undefined>();
    const started = Promise.withResolvers<undefined>();
    const ownDone = Promise.withResolvers<undefined>();
    const first = ask(
      askOnce(invocation("own"), createFakeStreams()),
      async () => {
        await ownDone.promise;
        return 0;
      },
      async (_asked, streams) => {
        started.resolve(undefined);
        await gate.promise;
        assert.equal(disk.isOwned, true);
        await streams.stdout.write(Buffer.from("late"));
        return 0;
      },
    );
    await nextTurns();
    const streams = createFakeStreams();
    const second = ask(askOnce(invocation("other"), streams), never);
    await started.promise;
    ownDone.resolve(undefined);
    await nextTurns();
    gate.resolve(undefined);
    assert.equal(await second, 0);
    assert.equal(streams.output(), "late");
    assert.equal(await first, 0);
  });

  test("goes on serving everybody while commands of others keep it open", async () => {
    const gate = Promise.withResolvers<undefined>();
    const ownDone = Promise.withResolvers<undefined>();
    const first = ask(
      askOnce(invocation("own"), createFakeStreams()),
      async () => {
        await ownDone.promise;
        return 0;
      },
      async (asked) => {
        if (asked.command === "long") await gate.promise;
        return 0;
      },
    );
    await nextTurns();
    const long = ask(askOnce(invocation("long"), createFakeStreams()), never);
    await nextTurns();
    ownDone.resolve(undefined);
    await nextTurns();
    assert.equal(await ask(askOnce(invocation("short"), createFakeStreams()), never), 0);
    gate.resolve(undefined);
    assert.deepEqual(await Promise.all([first, long]), [0, 0]);
    assert.equal(disk.isOwned, false);
  });

  test("passes an error on with code, hint and place", async () => {
    const gate = Promise.withResolvers<undefined>();
    const first = ask(
      askOnce(invocation("own"), createFakeStreams()),
      async () => {
        await gate.promise;
        return 0;
      },
      (asked, _streams, _signal, vault) => {
        vault.user().resolveSession(asked.arguments[0] ?? "");
        return Promise.resolve(0);
      },
    );
    await nextTurns();
    await assert.rejects(ask(askOnce(invocation("other"), createFakeStreams()), never), (error) => {
      assert.ok(isChattyError(error, "SESSION_NOT_FOUND"));
      assert.equal(error.hint, "Look at the list.");
      return true;
    });
    gate.resolve(undefined);
    await first;
  });

  test("reads nothing from the asker that the command does not ask for", async () => {
    const gate = Promise.withResolvers<undefined>();
    const first = ask(
      askOnce(invocation("own"), createFakeStreams()),
      async () => {
        await gate.promise;
        return 0;
      },
      () => Promise.resolve(0),
    );
    await nextTurns();
    let wasRead = false;
    async function* watched(): AsyncGenerator<Uint8Array> {
      wasRead = true;
      yield* pieces(["x"]);
    }
    await ask(askOnce(invocation("other"), createFakeStreams(watched())), never);
    assert.equal(wasRead, false);
    gate.resolve(undefined);
    await first;
  });

  test("passes large input and output through whole", async () => {
    const gate = Promise.withResolvers<undefined>();
    const text = "0123456789abcdef".repeat(200_000);
    const first = ask(
      askOnce(invocation("own"), createFakeStreams()),
      async () => {
        await gate.promise;
        return 0;
      },
      async (_asked, streams) => {
        for await (const chunk of streams.stdin) await streams.stdout.write(chunk);
        return 0;
      },
    );
    await nextTurns();
    const streams = createFakeStreams(pieces([text, "", "end"]));
    await ask(askOnce(invocation("other"), streams), never);
    assert.equal(streams.output(), `${text}end`);
    gate.resolve(undefined);
    await first;
  });

  test("stops a forwarded command when the asker stops it", async () => {
    const gate = Promise.withResolvers<undefined>();
    const started = Promise.withResolvers<undefined>();
    const first = ask(
      askOnce(invocation("own"), createFakeStreams()),
      async () => {
        await gate.promise;
        return 0;
      },
      async (_asked, _streams, signal) => {
        started.resolve(undefined);
        await new Promise<void>((resolve) => {
          signal.addEventListener("abort", () => resolve());
        });
        signal.throwIfAborted();
        return 0;
      },
    );
    await nextTurns();
    const stop = new AbortController();
    const second = ask(askOnce(invocation("other"), createFakeStreams()), never, never, stop.signal);
    await started.promise;
    stop.abort();
    await assert.rejects(second);
    gate.resolve(undefined);
    await first;
  });

  test("says that the vault is busy when nobody answers", async () => {
    disk.isOwned = true;
    await assert.rejects(ask(askOnce(invocation("own"), createFakeStreams()), never), (error) =>
      isChattyError(error, "VAULT_BUSY"),
    );
  });

  test("takes the vault over when its owner goes away without having answered", async () => {
    disk.isOwned = true;
    setTimeout(() => {
      disk.isOwned = false;
    }, 60);
    assert.equal(await ask(askOnce(invocation("own"), createFakeStreams()), () => Promise.resolve(0)), 0);
  });

  test("reports a lost owner for a command that must not be repeated", async () => {
    await ownerThatDiesAfter(0);
    await assert.rejects(ask(askOnce(invocation("own"), createFakeStreams()), never), (error) =>
      isChattyError(error, "OWNER_LOST"),
    );
  });

  test("repeats a reading command and gives what was printed already only once", async () => {
    await ownerThatDiesAfter(0, "one\ntwo\n");
    const streams = createFakeStreams();
    const code = await ask(askRepeatedly(invocation("read"), streams), async (_asked, attempt) => {
      await attempt.stdout.write(Buffer.from("one\n"));
      await attempt.stdout.write(Buffer.from("two\nthree\n"));
      return 0;
    });
    assert.equal(code, 0);
    assert.equal(streams.output(), "one\ntwo\nthree\n");
  });

  test("refuses to join two answers that differ", async () => {
    await ownerThatDiesAfter(0, "one\n");
    const asking = askRepeatedly(invocation("read"), createFakeStreams());
    await assert.rejects(
      ask(asking, async (_asked, attempt) => {
        await attempt.stdout.write(Buffer.from("uno\ndue\n"));
        return 0;
      }),
      (error) => isChattyError(error, "OWNER_LOST"),
    );
  });
});

describe("askForLines", () => {
  test("sends unanswered lines again under the same ids when the owner dies", async () => {
    const lines = Array.from({ length: 50 }, (_, index) =>
      JSON.stringify({ role: "user", content: `m${index}` }),
    );
    await ownerThatDiesAfter(20);
    const streams = createFakeStreams(pieces(lines.map((line) => `${line}\n`)));
    const asking = askForLines(invocation("append"), streams);
    assert.equal(await ask(asking, runAppend), 0);
    asking.finish();
    const answers = answersOf(streams);
    assert.equal(answers.length, 50);
    assert.equal(new Set(answers.map(({ messageId }) => messageId)).size, 50);
    assert.deepEqual(
      disk.messages.map(({ content }) => content),
      lines.map((_, index) => `m${index}`),
    );
    assert.deepEqual(
      answers.map(({ messageId }) => messageId),
      disk.messages.map(({ id }) => id),
    );
  });

  test("keeps and answers what came before a bad line and names the line", async () => {
    const streams = createFakeStreams(
      pieces([
        '{"role":"user","content":"a"}\n\n{"role":"user","content":"b"}\n{"role":"nobody"}\n{"role":"user","content":"c"}\n',
      ]),
    );
    const asking = askForLines(invocation("append"), streams);
    await ask(asking, runAppend);
    assert.throws(
      () => asking.finish(),
      (error) => isChattyError(error, "BAD_LINE") && error.where?.["line"] === 4,
    );
    assert.deepEqual(
      disk.messages.map(({ content }) => content),
      ["a", "b"],
    );
    assert.equal(answersOf(streams).length, 2);
  });

  test("names the line that the store refuses", async () => {
    const lines = ["a", "refuse", "b"].map((content) => `${JSON.stringify({ role: "user", content })}\n`);
    const streams = createFakeStreams(pieces(lines));
    await assert.rejects(ask(askForLines(invocation("append"), streams), runAppend), (error) => {
      assert.ok(isChattyError(error, "MESSAGE_TOO_LARGE"));
      assert.equal(error.where?.["line"], 2);
      return true;
    });
    assert.equal(answersOf(streams).length, 1);
  });

  test("answers a line before the next one comes", async () => {
    const answered = Promise.withResolvers<undefined>();
    async function* conversation(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('{"role":"user","content":"first"}\n');
      await answered.promise;
      yield Buffer.from('{"role":"user","content":"second"}');
    }
    const streams = createFakeStreams(conversation());
    const { stdout } = streams;
    const watched: FakeStreams = {
      ...streams,
      stdout: {
        async write(bytes) {
          await stdout.write(bytes);
          answered.resolve(undefined);
        },
      },
    };
    await ask(askForLines(invocation("append"), watched), runAppend);
    assert.equal(answersOf(streams).length, 2);
  });
});

function ask(
  asking: Asking,
  own: Run,
  forOthers: Run = own,
  signal = new AbortController().signal,
): Promise<number> {
  return ownOrAsk({
    openVault: () => disk.open(),
    addresses: () => Promise.resolve([address]),
    environment: "test",
    asking,
    terminal: noTerminal,
    signal,
    run: (vault, asked, streams, stop) =>
      (asked === asking.invocation ? own : forOthers)(asked, streams, stop, vault),
    processId: 1,
    patienceMs: 400,
  });
}

function runAppend(
  asked: Invocation,
  streams: Streams,
  signal: AbortSignal,
  vault: Vault,
): Promise<ExitCode> {
  const output = createCommandOutput(streams, true);
  return appendLines({
    invocation: asked,
    stdin: streams.stdin,
    stdinIsTerminal: false,
    output,
    signal,
    vault,
    user: vault.user(),
  });
}

const never: Run = () => Promise.reject(new TypeError("The owner was to do this."));

function invocation(command: string): Invocation {
  const isAppend = command === "append";
  return {
    command,
    arguments: [isAppend ? fakeSessionId : "nothing"],
    options: isAppend ? { lines: true } : {},
    json: true,
  };
}

function answersOf(streams: FakeStreams): { messageId: string }[] {
  const lines = streams
    .output()
    .split("\n")
    .filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as { messageId: string });
}

function nextTurns(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 40);
  });
}

/** An owner that accepts, answers some lines of `append` or prints some text, stores more than it answers, and dies. */
async function ownerThatDiesAfter(answers: number, text?: string): Promise<void> {
  disk.isOwned = true;
  const owned = createFakeDisk();
  owned.messages = disk.messages;
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    const sender = createFrameSender(socket);
    const die = (): void => {
      disk.isOwned = false;
      server.close();
      socket.destroy();
    };
    const serve = async (): Promise<void> => {
      await sender.sendJson("greeting", { protocol: protocolVersion, environment: "test" });
      let answered = 0;
      const vault = await owned.open();
      for await (const frame of readFrames(socket as AsyncIterable<Uint8Array>)) {
        if (frame.kind === "request") {
          await sender.send("accepted");
          if (text !== undefined) await sender.sendBytes("out", Buffer.from(text));
          if (answers === 0) return die();
          await sender.send("wantInput");
        }
        if (frame.kind !== "input") continue;
        for (const line of frame.payload
          .toString("utf8")
          .split("\n")
          .filter((one) => one !== "")) {
          const { draft } = JSON.parse(line) as {
            draft: Parameters<ReturnType<Vault["user"]>["append"]>[1][number];
          };
          const [result] = await vault.user().append("home", [draft]);
          answered += 1;
          // Some are stored and never answered, and one answer is cut off in the middle.
          if (answered <= answers) await sender.sendBytes("out", Buffer.from(`${JSON.stringify(result)}\n`));
          if (answered === answers + 1) await sender.sendBytes("out", Buffer.from('{"sessionId":"'));
          if (answered === answers + 3) return die();
        }
        await sender.send("wantInput");
      }
    };
    serve().catch(() => socket.destroy());
  });
  dying = server;
  await new Promise<void>((resolve) => {
    server.listen(address, resolve);
  });
}
