import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isChattyError } from "@chatty/model";
import type { JsonValue } from "@chatty/model";
import type { BuiltinEngine } from "@chatty/runtimes";
import type { UserVault } from "@chatty/store";
import { createProviderBook } from "./provider-book.ts";
import type { ProviderBook } from "./provider-book.ts";

/** The few things that the book asks of a user's vault. */
function openBook(engine?: BuiltinEngine): ProviderBook {
  const settings: Record<string, JsonValue> = {};
  const secrets = new Map<string, string>();
  const user: Pick<UserVault, "settings" | "setSettings" | "secret" | "setSecret"> = {
    settings: () => settings,
    setSettings: (patch) => Promise.resolve(void Object.assign(settings, patch)),
    secret: (key) => secrets.get(key),
    setSecret: (key, value) => {
      if (value === undefined) secrets.delete(key);
      else secrets.set(key, value);
      return Promise.resolve();
    },
  };
  return createProviderBook(user as UserVault, {
    places: [],
    ...(engine === undefined ? {} : { builtin: engine }),
  });
}

/** An engine whose model comes and goes. */
function engineWith(state: { there: boolean }): BuiltinEngine {
  return {
    models: () => Promise.resolve(state.there ? [{ id: "small", name: "Small" }] : []),
    async *answer() {
      await Promise.resolve();
      yield { type: "finish", reason: "stop" };
    },
  };
}

const never = new AbortController().signal;

describe("the built-in model among the providers", () => {
  test("is listed while it is on the machine, without being set up", async () => {
    const state = { there: false };
    const book = openBook(engineWith(state));
    await book.found(never);
    assert.deepEqual(book.list(), []);
    state.there = true;
    await book.found(never);
    assert.deepEqual(
      book.list().map(({ providerId, kind, enabled, models }) => ({ providerId, kind, enabled, models })),
      [{ providerId: "builtin", kind: "builtin", enabled: true, models: [{ id: "small", name: "Small" }] }],
    );
    state.there = false;
    await book.found(never);
    assert.deepEqual(book.list(), []);
  });

  test("stands behind the providers that a person set up, and can be switched off and not removed", async () => {
    const book = openBook(engineWith({ there: true }));
    await book.found(never);
    await book.add({ kind: "openai-compatible", name: "Builtin", baseUrl: "http://127.0.0.1:1/v1" });
    assert.deepEqual(
      book.list().map(({ providerId }) => providerId),
      ["builtin-2", "builtin"],
    );
    await book.change("builtin", { kind: "builtin", name: "Built-in model", enabled: false });
    assert.equal(book.find("builtin")?.enabled, false);
    await assert.rejects(book.remove("builtin"), (error) => isChattyError(error, "PROVIDER_BUILT_IN"));
    await book.remove("builtin-2");
    assert.deepEqual(
      book.list().map(({ providerId, enabled }) => [providerId, enabled]),
      [["builtin", false]],
    );
  });
});
