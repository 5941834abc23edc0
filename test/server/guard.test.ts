import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { Script } from "node:vm";
import { isChattyError } from "@chatty/model";
import { startServer } from "@chatty/server";
import { openTestVault } from "../vault/open-test-vault.ts";
import { errorCode, openTestServer, signIn } from "./open-test-server.ts";

describe("who may ask", () => {
  test("a server with a route that says nothing about who may use it does not start", async (t) => {
    const { vault, home } = await openTestVault(t);
    const starting = startServer({
      vault,
      version: "0.0.0",
      home,
      port: 0,
      plant: (app) => {
        app.get("/api/planted", () => "anybody");
      },
    });
    await assert.rejects(starting, /GET \/api\/planted/);
  });

  test("nothing but loopback is listened on", async (t) => {
    const { vault, home } = await openTestVault(t);
    for (const host of ["0.0.0.0", "::", "192.168.1.5", "example.org"]) {
      await assert.rejects(startServer({ vault, version: "0.0.0", home, port: 0, host }), (error) =>
        isChattyError(error, "HOST_NOT_LOOPBACK"),
      );
    }
  });

  test("every route but the open ones needs the cookie", async (t) => {
    const server = await openTestServer(t);
    const { paths } = await server.good<{ paths: Record<string, Record<string, unknown>> }>(
      "/api/openapi.json",
    );
    const open: string[] = [];
    for (const [path, methods] of Object.entries(paths)) {
      for (const method of Object.keys(methods)) {
        const answer = await server.askBare(path.replaceAll(/\{\w+\}/g, "x"), {
          method: method.toUpperCase(),
        });
        if (answer.status !== 401) open.push(`${method} ${path}`);
      }
    }
    assert.deepEqual(open, ["get /api/health", "post /api/session"]);
    assert.equal((await server.askBare("/api/docs")).status, 401);
    assert.equal((await server.askBare("/assets/index.js")).status, 401);
    const wrong = await server.askBare("/api/runtimes", { headers: { cookie: `${server.cookie}x` } });
    assert.equal(errorCode(wrong), "UNAUTHORIZED");
  });

  test("a forged host is refused, on every kind of address", async (t) => {
    const server = await openTestServer(t);
    const { port } = server.server;
    for (const host of ["evil.example", `evil.example:${port}`, "127.0.0.1", `127.0.0.1:${port + 1}`]) {
      for (const path of ["/", "/api/health", "/api/runtimes", "/api/events", "/app/chat/x"]) {
        const answer = await server.ask(path, { headers: { host } });
        assert.equal(answer.status, 403, `${host} ${path}`);
      }
    }
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`]) {
      assert.equal((await server.ask("/api/runtimes", { headers: { host } })).status, 200, host);
    }
  });

  test("a foreign origin is refused for reading and for writing", async (t) => {
    const server = await openTestServer(t);
    const { port, url } = server.server;
    const foreign = [
      "https://evil.example",
      "null",
      `https://127.0.0.1:${port}`,
      `http://localhost:${port + 1}`,
    ];
    for (const origin of foreign) {
      for (const [path, method] of [
        ["/api/events", "GET"],
        ["/api/runtimes/lin/select", "POST"],
      ] as const) {
        const answer = await server.ask(path, { method, headers: { origin } });
        assert.equal(errorCode(answer), "ORIGIN_REFUSED", `${origin} ${path}`);
      }
    }
    for (const site of ["cross-site", "same-site"]) {
      const headers = { "sec-fetch-site": site, "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" };
      assert.equal((await server.ask("/api/runtimes", { headers })).status, 403);
    }
    const own = await server.ask("/api/runtimes", {
      headers: { origin: url, "sec-fetch-site": "same-origin" },
    });
    assert.equal(own.status, 200);
    assert.equal(server.opened.user.runtime("lin").active, false);
  });

  test("a link from another page shows the page that asks for the link, and no data", async (t) => {
    const server = await openTestServer(t);
    // The browser leaves a strict cookie out.
    const answer = await server.askBare("/app/chat/synth", {
      headers: {
        accept: "text/html",
        "sec-fetch-site": "cross-site",
        "sec-fetch-mode": "navigate",
        "sec-fetch-dest": "document",
      },
    });
    assert.equal(answer.status, 401);
    assert.match(answer.text, /chatty serve/);
  });
});

describe("the one-time link", () => {
  test("signs one browser in, once", async (t) => {
    const server = await openTestServer(t);
    const path = `/?token=${server.server.createToken()}`;
    const first = await server.askBare(path);
    const [cookie = ""] = first.headers["set-cookie"] ?? [];
    assert.match(cookie, /; HttpOnly; SameSite=Strict$/);
    assert.equal(first.status, 200);
    const second = await server.askBare(path);
    assert.equal(second.status, 401);
    assert.equal(second.headers["set-cookie"], undefined);
  });

  test("stops working after an hour", async (t) => {
    let nowMs = Date.now();
    const server = await openTestServer(t, { now: () => nowMs });
    const path = `/?token=${server.server.createToken()}`;
    nowMs += 60 * 60 * 1000;
    assert.equal((await server.askBare(path)).status, 401);
  });

  test("gives a program its cookie over the route for that", async (t) => {
    const server = await openTestServer(t);
    const body = { token: server.server.createToken() };
    const answer = await server.askBare("/api/session", { method: "POST", body });
    assert.equal(answer.status, 204);
    const [cookie = ""] = answer.headers["set-cookie"] ?? [];
    const headers = { cookie: cookie.split(";")[0] ?? "" };
    assert.equal((await server.askBare("/api/runtimes", { headers })).status, 200);
    assert.equal(errorCode(await server.askBare("/api/session", { method: "POST", body })), "TOKEN_REFUSED");
  });

  test("outlives a restart, two browsers apart, and ends with signing out", async (t) => {
    const server = await openTestServer(t);
    const second = await signIn(server.server);
    await server.restart();
    assert.equal((await server.ask("/api/runtimes")).status, 200);
    assert.equal((await server.ask("/api/session", { method: "DELETE" })).status, 204);
    assert.equal((await server.ask("/api/runtimes")).status, 401);
    await server.restart();
    assert.equal((await server.ask("/api/runtimes")).status, 401);
    assert.equal((await server.askBare("/api/runtimes", { headers: { cookie: second } })).status, 200);
  });
});

describe("headers of a page", () => {
  test("allow no inline code, and styles by a nonce that is new each time", async (t) => {
    const webRoot = await builtPage(t);
    const server = await openTestServer(t, { webRoot });
    const nonces = new Set<string>();
    for (const path of ["/", "/app/chat/synth-001_chat_with_synth-001", "/app"]) {
      const { headers, text, status } = await server.ask(path, { headers: { accept: "text/html" } });
      assert.equal(status, 200);
      const policy = String(headers["content-security-policy"]);
      const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? "";
      assert.match(
        policy,
        /^default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'nonce-/,
      );
      for (const part of [
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "connect-src 'self'",
      ]) {
        assert.ok(policy.includes(part), part);
      }
      assert.doesNotMatch(policy, /unsafe|\*|https?:/);
      assert.ok(text.includes(`<meta property="csp-nonce" nonce="${nonce}"`), text);
      assert.ok(text.includes(`<style nonce="${nonce}">`), text);
      assert.equal(headers["cache-control"], "no-store");
      assert.equal(headers["x-content-type-options"], "nosniff");
      assert.equal(headers["referrer-policy"], "no-referrer");
      assert.equal(headers["cross-origin-opener-policy"], "same-origin");
      nonces.add(nonce);
    }
    assert.equal(nonces.size, 3);
  });

  test("let hashed files be kept for ever, and nothing else", async (t) => {
    const server = await openTestServer(t, { webRoot: await builtPage(t) });
    const asset = await server.ask("/assets/index-abc123.js");
    assert.equal(asset.headers["cache-control"], "public, max-age=31536000, immutable");
    assert.match(String(asset.headers["content-type"]), /javascript/);
    const missing = await server.ask("/assets/gone.js");
    assert.equal(missing.status, 404);
    for (const path of ["/assets/%2e%2e/%2e%2e/secret.txt", "/..%2fsecret.txt", "/assets/../../secret.txt"]) {
      assert.notEqual((await server.ask(path)).text, "secret", path);
    }
  });

  test("show the person's theme from the first byte", async (t) => {
    const server = await openTestServer(t, { webRoot: await builtPage(t) });
    await server.good("/api/settings", { method: "PUT", body: { theme: "dark" } });
    assert.match((await server.ask("/")).text, /<html data-theme="dark" lang="en">/);
  });

  test("are as strict for the description of the routes, which has no inline code", async (t) => {
    const server = await openTestServer(t);
    const { headers, text } = await server.ask("/api/docs");
    assert.match(
      String(headers["content-security-policy"]),
      /^default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self';/,
    );
    assert.doesNotMatch(text, /<script(?![^>]*\bsrc=)|<style|\son\w+=|style=/);
    const paths = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = ""]) => path);
    for (const path of paths) {
      const { status, text: script } = await server.ask(path);
      assert.equal(status, 200, path);
      // A script that holds HTML as text must come as it is.
      if (path.endsWith(".js")) assert.doesNotThrow(() => new Script(script), path);
      assert.doesNotMatch(script, /csp-nonce/);
    }
    assert.ok(paths.some((path) => path.endsWith("swagger-ui-bundle.js")));
  });
});

/** What a build of the page looks like from outside. */
async function builtPage(t: Parameters<typeof openTestVault>[0]): Promise<string> {
  const { folder } = await openTestVault(t);
  const root = join(folder, "page");
  mkdirSync(join(root, "assets"), { recursive: true });
  const html =
    '<!doctype html>\n<html lang="en">\n<head>\n<style nonce="__CSP_NONCE__"></style></head><body></body></html>\n';
  writeFileSync(join(root, "index.html"), html);
  writeFileSync(join(root, "assets", "index-abc123.js"), "export {};\n");
  writeFileSync(join(folder, "secret.txt"), "secret");
  return root;
}
