import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { endingAfterSuite, openServer } from "../browser/open-session.ts";
import { rawRequest, signIn } from "../browser/raw-request.ts";
import type { RawAnswer } from "../browser/raw-request.ts";
import { startChatty } from "../browser/start-chatty.ts";
import type { RunningChatty } from "../browser/start-chatty.ts";

interface ErrorAnswer {
  error: { code: string; message: string; hint?: string };
}

function codeOf(answer: RawAnswer): string {
  return (JSON.parse(answer.body) as ErrorAnswer).error.code;
}

describe("what the server refuses", () => {
  const ending = endingAfterSuite(after);
  let chatty: RunningChatty;
  let cookie = "";
  let folder = "";

  before(async () => {
    ({ chatty, folder } = await openServer(ending));
    cookie = await signIn(chatty.link);
  });

  const openPaths = ["/api/health"];
  const userPaths = [
    "/api/runtimes",
    "/api/sessions",
    "/api/vvault/conversations",
    "/api/gpts",
    "/api/settings",
    "/api/providers",
    "/api/imports",
    "/api/jobs",
    "/api/data",
    "/api/events",
    "/api/sessions/synth-001_chat_with_synth-001/messages",
    "/api/sessions/synth-001_chat_with_synth-001/raw",
  ];

  it("lets the signed-in browser in", async () => {
    const answer = await rawRequest(chatty.origin, "/api/runtimes", { headers: { cookie } });
    assert.equal(answer.status, 200);
  });

  it("answers nobody without the cookie", async () => {
    for (const path of userPaths) {
      for (const forged of [
        undefined,
        "chatty=",
        `${cookie.split("=")[0]}=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA`,
      ]) {
        const answer = await rawRequest(chatty.origin, path, {
          headers: forged === undefined ? {} : { cookie: forged },
        });
        assert.equal(answer.status, 401, `${path} with ${forged}`);
        assert.equal(codeOf(answer), "UNAUTHORIZED");
        assert.ok(!answer.body.includes("synth-001"), "says nothing of what it keeps back");
      }
    }
    for (const path of openPaths) assert.equal((await rawRequest(chatty.origin, path)).status, 200);
  });

  it("refuses another Host, however it is written", async () => {
    const port = new URL(chatty.origin).port;
    const hosts = [
      "evil.example",
      `evil.example:${port}`,
      "127.0.0.1",
      `127.0.0.1:${port}.evil.example`,
      "127.0.0.1:1",
      "0.0.0.0",
    ];
    for (const host of hosts) {
      for (const path of ["/api/runtimes", "/api/health", "/", "/app"]) {
        const answer = await rawRequest(chatty.origin, path, { headers: { host, cookie } });
        assert.ok(answer.status === 403 || answer.status === 400, `${host} ${path}: ${answer.status}`);
        assert.ok(!answer.body.includes("runtimeId"));
      }
    }
  });

  it("refuses what another page asks for", async () => {
    const origins = [
      "http://evil.example",
      "null",
      "http://127.0.0.1:1",
      `https://${new URL(chatty.origin).host}`,
      "file://",
    ];
    for (const origin of origins) {
      for (const [method, path] of [
        ["GET", "/api/runtimes"],
        ["POST", "/api/sessions"],
        ["POST", "/api/runtimes/lin/select"],
        ["POST", "/api/import/chat-export"],
      ] as const) {
        const answer = await rawRequest(chatty.origin, path, { method, headers: { origin, cookie } });
        assert.equal(answer.status, 403, `${origin} ${method} ${path}`);
        assert.equal(codeOf(answer), "ORIGIN_REFUSED");
        assert.equal(answer.headers["access-control-allow-origin"], undefined);
      }
    }
    const site = await rawRequest(chatty.origin, "/api/runtimes", {
      headers: { cookie, "sec-fetch-site": "cross-site" },
    });
    assert.equal(site.status, 403);
  });

  it("lets a link be used once", async () => {
    const link = new URL(await chatty.newLink());
    const path = `${link.pathname}${link.search}`;
    const first = await rawRequest(chatty.origin, path);
    assert.ok(
      first.headers["set-cookie"]?.[0]?.includes("HttpOnly"),
      first.headers["set-cookie"]?.[0] ?? "no cookie",
    );
    assert.match(first.headers["set-cookie"]?.[0] ?? "", /SameSite=Strict/i);
    const second = await rawRequest(chatty.origin, path);
    assert.equal(second.headers["set-cookie"], undefined);
    assert.match(second.body, /used already/);
    const guessed = await rawRequest(
      chatty.origin,
      "/?token=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    );
    assert.equal(guessed.headers["set-cookie"], undefined);
  });

  it("gives no page without its policy", async () => {
    for (const path of ["/", "/app", "/app/chat/none", "/api/runtimes"]) {
      const { headers } = await rawRequest(chatty.origin, path, { headers: { cookie } });
      const policy = String(headers["content-security-policy"]);
      assert.match(policy, /default-src 'none'/, path);
      assert.match(policy, /script-src 'self'(;|$)/, path);
      assert.ok(!policy.includes("unsafe"), path);
      assert.equal(headers["x-content-type-options"], "nosniff", path);
    }
  });

  it("refuses to listen to anything but this machine", async () => {
    for (const host of ["0.0.0.0", "::", "192.0.2.1", "chatty.example"]) {
      const home = `${folder}/other-${host.replaceAll(":", "_")}`;
      await assert.rejects(
        async () => await startChatty({ home, words: ["--host", host] }),
        (error: Error) =>
          /The server ended with [12]/.test(error.message) && /127\.0\.0\.1/.test(error.message),
        host,
      );
    }
  });
});
