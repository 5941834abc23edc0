import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { discoverLocal } from "./discover-local.ts";
import { listModels } from "./list-models.ts";
import { bindKey } from "./provider-key.ts";
import type { ProviderConfig } from "./provider-config.ts";
import { startStandInProvider } from "./testing/stand-in-provider.ts";
import type { StandInProvider } from "./testing/stand-in-provider.ts";
import { testProvider } from "./test-provider.ts";

const { signal } = new AbortController();
let open: StandInProvider;
let locked: StandInProvider;
const silent = createServer(() => undefined);
const page = createServer((_, response) => response.end("<!doctype html><title>Router</title>"));

before(async () => {
  open = await startStandInProvider({ models: ["small", "large"] });
  locked = await startStandInProvider({ key: "right-key-123" });
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  await new Promise<void>((resolve) => page.listen(0, "127.0.0.1", resolve));
});
after(async () => {
  await open.close();
  await locked.close();
  for (const server of [silent, page]) {
    server.closeAllConnections();
    server.close();
  }
});

const portOf = (server: typeof silent): number => (server.address() as AddressInfo).port;
const compatible = (baseUrl: string): ProviderConfig => ({
  providerId: "p",
  kind: "openai-compatible",
  name: "Models",
  baseUrl,
});

describe("testProvider", () => {
  test("counts the models of a provider that answers", async () => {
    const result = await testProvider(compatible(open.baseUrl), signal);
    assert.equal(result.ok, true);
    assert.deepEqual(result.models, [{ id: "small" }, { id: "large" }]);
    assert.equal(result.message, "Models answers and offers 2 models.");
  });

  test("tells a missing key from a wrong one from a right one", async () => {
    const config = compatible(locked.baseUrl);
    const missing = await testProvider(config, signal);
    assert.deepEqual([missing.ok, missing.code], [false, "KEY_REFUSED"]);
    assert.match(missing.message, /none is stored/);
    const wrong = await testProvider({ ...config, key: bindKey(config, "wrong-key-123") }, signal);
    assert.match(wrong.message, /refused the key/);
    assert.ok(!JSON.stringify(wrong).includes("wrong-key"));
    const right = await testProvider({ ...config, key: bindKey(config, "right-key-123") }, signal);
    assert.equal(right.ok, true);
  });

  test("says what is wrong with an address where something else answers, or nobody", async () => {
    const other = await testProvider(compatible(`http://127.0.0.1:${portOf(page)}/v1`), signal);
    assert.equal(other.code, "PROVIDER_ERROR");
    assert.match(other.hint ?? "", /\/v1/);
    const elsewhere = await testProvider(compatible(open.baseUrl.replace("/v1", "/api")), signal);
    assert.equal(elsewhere.code, "PROVIDER_ERROR");
    assert.match(elsewhere.hint ?? "", /\/v1/);
    const slow = await testProvider(compatible(`http://127.0.0.1:${portOf(silent)}/v1`), signal, {
      patienceMs: 100,
    });
    assert.equal(slow.code, "PROVIDER_DOWN");
    const bad = await testProvider(compatible("localhost:11434"), signal);
    assert.equal(bad.code, "PROVIDER_ADDRESS");
  });
});

describe("discoverLocal", () => {
  test("finds what lists models and passes over what does not, in time", async () => {
    const startedMs = performance.now();
    const found = await discoverLocal(signal, {
      places: [
        { name: "One", port: open.port },
        { name: "Page", port: portOf(page) },
        { name: "Silent", port: portOf(silent) },
        { name: "Locked", port: locked.port },
      ],
    });
    assert.deepEqual(found, [
      { name: "One", baseUrl: open.baseUrl, models: [{ id: "small" }, { id: "large" }] },
    ]);
    assert.ok(performance.now() - startedMs < 2000);
  });
});

describe("listModels", () => {
  test("reads Google's pages and leaves out what does not talk", async () => {
    const pages: Record<string, unknown> = {
      "": {
        models: [
          {
            name: "models/gemini-x",
            displayName: "Gemini X",
            inputTokenLimit: 1000,
            supportedGenerationMethods: ["generateContent"],
          },
          { name: "models/embed", supportedGenerationMethods: ["embedContent"] },
        ],
        nextPageToken: "2",
      },
      "2": { models: [{ name: "models/gemini-y" }] },
    };
    const config: ProviderConfig = { providerId: "g", kind: "google", name: "Google" };
    const keys: (string | null)[] = [];
    const models = await listModels({ ...config, key: bindKey(config, "google-key-1") }, signal, {
      fetch: (input, init) => {
        keys.push(new Headers(init?.headers).get("x-goog-api-key"));
        const url = new URL(input instanceof Request ? input.url : input);
        assert.ok(!url.href.includes("google-key"), "a key in an address ends in logs");
        return Promise.resolve(Response.json(pages[url.searchParams.get("pageToken") ?? ""]));
      },
    });
    assert.deepEqual(models, [{ id: "gemini-x", name: "Gemini X", contextTokens: 1000 }, { id: "gemini-y" }]);
    assert.deepEqual(keys, ["google-key-1", "google-key-1"]);
  });
});
