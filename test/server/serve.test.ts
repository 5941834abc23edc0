import assert from "node:assert/strict";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { createTestHome, finish, linesPrinted } from "../cli/run-chatty.ts";
import type { Finished, TestHome } from "../cli/run-chatty.ts";
import { ask } from "./open-test-server.ts";
import type { Answer } from "./open-test-server.ts";

interface Ready {
  url: string;
  pid: number;
  token: string;
}

interface Serving extends Ready {
  child: ChildProcessWithoutNullStreams;
  finished: Promise<Finished>;
}

describe("chatty serve", () => {
  test("says where it is, and other commands go through it until it is stopped", async (t) => {
    const home = testHome(t);
    const serving = await serve(t, home);
    assert.equal(serving.pid, serving.child.pid);
    const cookie = await signedIn(serving);
    const { session } = (await home.json(["sessions", "new", "--title", "From a command"])) as {
      session: { sessionId: string };
    };
    const seen = await get(serving, `/api/sessions/${session.sessionId}`, cookie);
    assert.equal((seen.json as { title: string }).title, "From a command");
    const data = await get(serving, "/api/data", cookie);
    const { bytes, parts } = data.json as { bytes: number; parts: { name: string }[] };
    assert.ok(bytes > 0);
    assert.ok(parts.some(({ name }) => name === "chatty.db"));
    serving.child.kill("SIGINT");
    assert.equal((await serving.finished).code, 0);
    const { sessions } = (await home.json(["sessions"])) as { sessions: { sessionId: string }[] };
    assert.ok(sessions.some(({ sessionId }) => sessionId === session.sessionId));
  });

  test("asked again it prints a new link to the server that runs, and ends", async (t) => {
    const home = testHome(t);
    const none = (await home.json(["serve", "--link"], { code: 1 })) as { error: { code: string } };
    assert.equal(none.error.code, "SERVER_NOT_RUNNING");
    const serving = await serve(t, home);
    const { url, pid } = (await home.json(["serve", "--link"])) as Ready;
    assert.equal(pid, serving.pid);
    const { pathname, search, port } = new URL(url);
    const answer = await ask(Number(port), pathname + search, {});
    assert.deepEqual([answer.status, answer.headers["set-cookie"]?.length], [200, 1]);
    const again = await home.run(["serve"]);
    assert.equal(again.code, 0);
    assert.match(again.stdout.toString(), /\/\?token=/);
    serving.child.kill("SIGTERM");
    assert.equal((await serving.finished).code, 0);
  });

  test("killed with -9 and started again it knows the browser, and what was said", async (t) => {
    const home = testHome(t);
    const first = await serve(t, home);
    const cookie = await signedIn(first);
    const sent = await ask(
      Number(new URL(first.url).port),
      "/api/sessions/synth-001_chat_with_synth-001/messages",
      {
        method: "POST",
        headers: { cookie },
        body: { role: "user", content: "Still here?" },
      },
    );
    assert.equal(sent.status, 201);
    first.child.kill("SIGKILL");
    await first.finished;
    const second = await serve(t, home);
    const kept = await get(second, "/api/sessions/synth-001_chat_with_synth-001/messages", cookie);
    assert.deepEqual([kept.status, /Still here\?/.test(kept.text)], [200, true]);
    second.child.kill("SIGINT");
    await second.finished;
  });

  test("listens to this machine only", async (t) => {
    const home = testHome(t);
    const answer = (await home.json(["serve", "--host", "0.0.0.0"], { code: 1 })) as {
      error: { code: string };
    };
    assert.equal(answer.error.code, "HOST_NOT_LOOPBACK");
  });

  test("puts demo conversations in when the page asks for them", async (t) => {
    const home = testHome(t);
    const serving = await serve(t, home);
    const cookie = await signedIn(serving);
    const port = Number(new URL(serving.url).port);
    const started = await ask(port, "/api/jobs", {
      method: "POST",
      headers: { cookie },
      body: { kind: "demo" },
    });
    assert.equal(started.status, 202);
    const { jobId } = started.json as { jobId: string };
    let job = { state: "", homeSlug: "" };
    while (job.state !== "done") {
      job = (await get(serving, `/api/jobs/${jobId}`, cookie)).json as typeof job;
      assert.notEqual(job.state, "failed", JSON.stringify(job));
    }
    assert.match(job.homeSlug, /_chat_with_/);
    serving.child.kill("SIGINT");
    await serving.finished;
  });
});

function testHome(t: TestContext): TestHome {
  const home = createTestHome();
  t.after(() => home.remove());
  return home;
}

async function serve(t: TestContext, home: TestHome): Promise<Serving> {
  const child = home.start("serve", "--json", "--port", "0");
  t.after(() => child.kill("SIGKILL"));
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
  const finished = finish(child);
  await linesPrinted(child, 1);
  const ready = JSON.parse(text) as Ready;
  return { ...ready, child, finished };
}

async function signedIn({ url, token }: Ready): Promise<string> {
  const answer = await ask(Number(new URL(url).port), "/api/session", { method: "POST", body: { token } });
  assert.equal(answer.status, 204);
  return answer.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
}

async function get({ url }: Ready, path: string, cookie: string): Promise<Answer> {
  return await ask(Number(new URL(url).port), path, { headers: { cookie } });
}
