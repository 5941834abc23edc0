import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import type { MessageWindow, Runtime, Session, SessionDetail, SessionPage } from "@chatty/server/api";
import { createUuid } from "@chatty/model";
import { errorCode, openTestServer } from "./open-test-server.ts";
import type { TestServer } from "./open-test-server.ts";
import { smallExport } from "./small-export.ts";

describe("conversations over HTTP", () => {
  test("a change that saw another revision is a conflict, and changes nothing", async (t) => {
    const server = await openTestServer(t);
    const made = await server.good<Session>("/api/sessions", { method: "POST", body: { title: "One" } });
    const path = `/api/sessions/${made.sessionId}`;
    const seen = await server.ask(path);
    const etag = String(seen.headers.etag);
    assert.equal(etag, `"${made.revision}"`);
    const headers = { "if-match": etag };
    const changed = await server.good<Session>(path, { method: "PATCH", headers, body: { title: "Two" } });
    assert.notEqual(changed.revision, made.revision);
    for (const [method, rest, body] of [
      ["PATCH", "", { title: "Three" }],
      ["PATCH", "", { starred: true }],
      ["DELETE", "", undefined],
      ["POST", "/messages", { role: "user", content: "late" }],
    ] as const) {
      const stale = await server.ask(`${path}${rest}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
      });
      assert.equal(stale.status, 409, `${method} ${rest}`);
      assert.equal(errorCode(stale), "REVISION_CONFLICT");
    }
    const kept = await server.good<Session>(path);
    assert.deepEqual([kept.title, kept.starred, kept.deleted, kept.messageCount], ["Two", false, false, 0]);
    const both = await server.good<Session>(path, {
      method: "PATCH",
      headers: { "if-match": changed.revision },
      body: { title: "Four", starred: true, home: true },
    });
    assert.deepEqual([both.title, both.starred, both.home], ["Four", true, true]);
  });

  test("a repeat under the same id makes nothing twice", async (t) => {
    const server = await openTestServer(t);
    const id = createUuid();
    const body = { id, title: "Once" };
    const first = await server.ask("/api/sessions", { method: "POST", body });
    const second = await server.ask("/api/sessions", { method: "POST", body });
    assert.deepEqual([first.status, second.status], [201, 200]);
    const message = { id: createUuid(), role: "user", content: "Hello" };
    const path = `/api/sessions/${id}/messages`;
    const sent = await server.good(path, { method: "POST", body: message });
    assert.deepEqual(await server.good(path, { method: "POST", body: message }), sent);
    const { total } = await server.good<MessageWindow>(path);
    assert.equal(total, 1);
    const other = await server.ask(path, { method: "POST", body: { ...message, content: "Other" } });
    assert.equal(errorCode(other), "MESSAGE_ID_TAKEN");
  });

  test("home, deletion and return behave as the command line's", async (t) => {
    const server = await openTestServer(t);
    const runtime = await server.good<Runtime>("/api/runtimes/synth");
    const gone = await server.good<Session>(`/api/sessions/${runtime.homeSlug}`, { method: "DELETE" });
    assert.equal(gone.archived, true);
    const after = await server.good<Runtime>("/api/runtimes/synth");
    assert.notEqual(after.homeSessionId, runtime.homeSessionId);
    assert.equal(after.homeSlug, runtime.homeSlug);
    const back = await server.good<Session>(`/api/sessions/${runtime.homeSessionId}/restore`, {
      method: "POST",
    });
    assert.equal(back.archived, false);
    const unknown = await server.ask("/api/sessions/nothing-of-the-kind");
    assert.deepEqual([unknown.status, errorCode(unknown)], [404, "SESSION_NOT_FOUND"]);
    const core = await server.ask("/api/runtimes/lin", { method: "DELETE" });
    assert.deepEqual([core.status, errorCode(core)], [409, "RUNTIME_IS_CORE"]);
    const select = await server.ask("/api/runtimes/none/select", { method: "POST" });
    assert.deepEqual([select.status, errorCode(select)], [404, "RUNTIME_NOT_FOUND"]);
  });

  test("imported conversations are read-only, continue as a fork, and their runtime comes back", async (t) => {
    const server = await openTestServer(t);
    const runtimeId = await importSmall(server, ["Bread", "Tides"]);
    const page = await server.good<{ conversations: { sessionId: string; imported?: true }[] }>(
      `/api/import/runtime/${runtimeId}/conversations`,
    );
    assert.deepEqual(
      page.conversations.map(({ imported }) => imported),
      [true, true],
    );
    const sessionId = page.conversations[0]?.sessionId ?? "";
    const path = `/api/sessions/${sessionId}`;
    const append = await server.ask(`${path}/messages`, {
      method: "POST",
      body: { role: "user", content: "x" },
    });
    assert.deepEqual([append.status, errorCode(append)], [409, "SESSION_READ_ONLY"]);
    const fork = await server.good<Session>(`${path}/fork`, { method: "POST", body: {} });
    const detail = await server.good<SessionDetail>(`/api/sessions/${fork.sessionId}`);
    assert.equal(detail.forkedFrom?.sessionId, sessionId);
    assert.equal(detail.generating, false);
    const origin = await server.good<SessionDetail>(path);
    assert.deepEqual(
      origin.forks.map((each) => each.sessionId),
      [fork.sessionId],
    );
    const { messages } = await server.good<MessageWindow>(`/api/sessions/${fork.sessionId}/messages`);
    assert.deepEqual(
      messages.map(({ past }) => past),
      [true, true],
    );
    const raw = await server.ask(`${path}/raw`);
    assert.match(String(raw.headers["content-disposition"]), /^attachment;/);
    assert.equal(raw.headers["content-type"], "application/octet-stream");
    assert.match(raw.text, /human on (?:Bread|Tides)/);
    await server.good(`/api/runtimes/${runtimeId}`, { method: "DELETE" });
    assert.equal((await removed(server)).length, 1);
    await server.good(`/api/runtimes/${runtimeId}/restore`, { method: "POST" });
    assert.equal((await removed(server)).length, 0);
  });

  test("native lists hold no imports, pages follow each other, and months count", async (t) => {
    const server = await openTestServer(t);
    const runtimeId = await importSmall(
      server,
      Array.from({ length: 12 }, (_, index) => `Talk ${index}`),
    );
    const seen: string[] = [];
    let next: string | undefined = "";
    while (next !== undefined) {
      const after: string = next === "" ? "" : `&after=${encodeURIComponent(next)}`;
      const page: SessionPage = await server.good(`/api/sessions?runtime=${runtimeId}&limit=5${after}`);
      seen.push(...page.sessions.map(({ sessionId }) => sessionId));
      next = page.next;
    }
    assert.equal(seen.length, 13);
    assert.equal(new Set(seen).size, 13);
    const { months } = await server.good<{ months: { count: number }[] }>(
      `/api/sessions/months?runtime=${runtimeId}`,
    );
    assert.equal(
      months.reduce((sum, { count }) => sum + count, 0),
      12,
    );
    const native = await server.good<{ conversations: object[] }>(
      `/api/vvault/conversations?runtime=${runtimeId}`,
    );
    assert.equal(native.conversations.length, 1);
    for (const query of ["limit=0", "limit=x", "starred=perhaps", "month=13"]) {
      const bad = await server.ask(`/api/sessions?${query}`);
      assert.deepEqual([bad.status, errorCode(bad)], [400, "REQUEST_INVALID"], query);
    }
  });

  test("drafts and the place where one left are kept on the server", async (t) => {
    const server = await openTestServer(t);
    const path = "/api/sessions/synth-001_chat_with_synth-001";
    const { messageId } = await server.good<{ messageId: string }>(`${path}/messages`, {
      method: "POST",
      body: { role: "user", content: "Here" },
    });
    await server.good(`${path}/draft`, { method: "PUT", body: { text: "half" } });
    await server.good(`${path}/view`, { method: "PUT", body: { anchorId: messageId } });
    await server.restart();
    const { draft, view } = await server.good<SessionDetail>(path);
    assert.equal(draft?.text, "half");
    assert.deepEqual(view, { anchorId: messageId });
  });
});

describe("files over HTTP", () => {
  test("are staged, carried by a message, and given back by their hash", async (t) => {
    const server = await openTestServer(t);
    const bytes = Buffer.from("\u0089PNG, more or less");
    const file = await server.good<{ fileId: string; size: number }>("/api/files?name=a%20picture.png", {
      method: "POST",
      headers: { "content-type": "image/png" },
      body: bytes,
    });
    assert.equal(file.fileId, `sha256:${createHash("sha256").update(bytes).digest("hex")}`);
    const path = "/api/sessions/synth-001_chat_with_synth-001";
    await server.good(`${path}/messages`, {
      method: "POST",
      body: { role: "user", content: "Look", files: [file.fileId] },
    });
    const { messages } = await server.good<MessageWindow>(`${path}/messages`);
    assert.deepEqual(messages[0]?.parts, [
      { kind: "text", text: "Look" },
      { kind: "image", fileId: file.fileId, name: "a picture.png", mime: "image/png", size: bytes.length },
    ]);
    for (const place of [`/api/files/${file.fileId}`, `${path}/files/${file.fileId}?mime=image/png`]) {
      const answer = await server.ask(place);
      assert.equal(answer.text, bytes.toString("utf8"), place);
      assert.equal(answer.headers["content-type"], "image/png");
      assert.match(String(answer.headers["content-security-policy"]), /^sandbox; default-src 'none'/);
      assert.equal(answer.headers["x-content-type-options"], "nosniff");
    }
    const etag = String((await server.ask(`/api/files/${file.fileId}`)).headers.etag);
    const same = await server.ask(`/api/files/${file.fileId}`, { headers: { "if-none-match": etag } });
    assert.equal(same.status, 304);
    const part = await server.ask(`/api/files/${file.fileId}`, { headers: { range: "bytes=2-5" } });
    assert.deepEqual(
      [part.status, part.text, part.headers["content-range"]],
      [206, bytes.subarray(2, 6).toString("utf8"), `bytes 2-5/${bytes.length}`],
    );
    const beyond = await server.ask(`/api/files/${file.fileId}`, { headers: { range: "bytes=900-" } });
    assert.equal(beyond.status, 416);
    const unknown = await server.ask(`/api/files/${"0".repeat(64)}`);
    assert.deepEqual([unknown.status, errorCode(unknown)], [404, "FILE_NOT_FOUND"]);
  });

  test("that could run something are only ever saved", async (t) => {
    const server = await openTestServer(t);
    for (const [name, mime] of [
      ["x.svg", "image/svg+xml"],
      ["x.html", "text/html"],
      ["x.xml", "application/xml"],
      ["x.xhtml", "application/xhtml+xml"],
      ["x.js", "text/javascript"],
      ["x.png", "text/html; charset=utf-8"],
      ['evil"\r\nx: y.html', "text/html"],
    ] as const) {
      const { fileId } = await server.good<{ fileId: string }>(
        `/api/files?name=${encodeURIComponent(name)}`,
        {
          method: "POST",
          headers: { "content-type": mime },
          body: `<script>alert(${JSON.stringify(mime)})</script>`,
        },
      );
      for (const query of ["", "?name=x.html", "?name=x.svg"]) {
        const { headers } = await server.ask(`/api/files/${fileId}${query}`);
        assert.equal(headers["content-type"], "application/octet-stream", `${mime} ${query}`);
        assert.match(
          String(headers["content-disposition"]),
          /^attachment; filename="[^"\r\n]*"; filename\*=/,
        );
      }
    }
  });
});

async function importSmall(server: TestServer, titles: readonly string[]): Promise<string> {
  const receipt = await server.opened.user.import({
    kind: "stream",
    name: "claude.json",
    bytes: (async function* () {
      yield await Promise.resolve(smallExport(titles));
    })(),
  });
  return receipt.runtimeId;
}

async function removed(server: TestServer): Promise<Runtime[]> {
  return (await server.good<{ runtimes: Runtime[] }>("/api/runtimes?removed=true")).runtimes;
}
