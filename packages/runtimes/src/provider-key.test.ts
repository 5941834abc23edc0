import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { baseUrlOf } from "./provider-config.ts";
import type { ProviderConfig } from "./provider-config.ts";
import { bindKey, keyFor, parseStoredKey, storedFromKey } from "./provider-key.ts";

const place = { kind: "openai-compatible", baseUrl: "https://models.example/v1" } as const;
const config = (baseUrl: string, key: ProviderConfig["key"]): ProviderConfig => ({
  providerId: "p",
  kind: "openai-compatible",
  name: "P",
  baseUrl,
  ...(key === undefined ? {} : { key }),
});

describe("a provider's key", () => {
  test("comes back from the store with its origin", () => {
    const key = parseStoredKey(storedFromKey(bindKey(place, " top-secret-1 \n")));
    assert.equal(key?.origin, "https://models.example");
    assert.equal(keyFor(config("https://models.example/other/", key)), "top-secret-1");
  });

  test("is refused for another scheme, host or port", () => {
    const key = bindKey(place, "top-secret-1");
    for (const baseUrl of [
      "http://models.example/v1",
      "https://models.example:8443/v1",
      "https://models.example.evil.test/v1",
    ]) {
      assert.throws(() => keyFor(config(baseUrl, key)), { code: "KEY_REFUSED" });
    }
  });

  test("does not show when it is printed or serialised", () => {
    const whole = config("https://models.example/v1", bindKey(place, "top-secret-1"));
    const shown = JSON.stringify(whole) + inspect(whole, { depth: 9, showHidden: true });
    assert.ok(!shown.includes("top-secret"), shown);
  });

  test("without an origin is none", () => {
    for (const stored of ["top-secret-1", "{}", '{"key":"top-secret-1"}', "[]", "null"]) {
      assert.equal(parseStoredKey(stored), undefined);
    }
  });

  test("must be something that a header can carry", () => {
    for (const bad of ["", "  ", "two words", "naïve", "line\nbreak"]) {
      assert.throws(() => bindKey(place, bad), { code: "PROVIDER_KEY" });
    }
  });
});

describe("baseUrlOf", () => {
  test("refuses what is no plain web address, without repeating it", () => {
    for (const baseUrl of [
      "",
      "ollama",
      "file:///etc/passwd",
      "https://user:pass@models.example/",
      "https://a/?k=1",
    ]) {
      assert.throws(
        () => baseUrlOf({ kind: "openai-compatible", baseUrl }),
        (error: Error) => {
          assert.ok(!error.message.includes("pass@"));
          return "code" in error && error.code === "PROVIDER_ADDRESS";
        },
      );
    }
  });
});
