import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import type { ConstructId, RuntimeId, SessionId, UserId } from "@chatty/model";
import {
  aliasChange,
  aliasRemoval,
  aliasesOfSession,
  resolveConstruct,
  resolveRuntime,
  resolveSession,
  storedAliases,
} from "./aliases.ts";
import { createConstruct, newRuntimeChanges } from "./constructs.ts";
import { openConfiguration } from "./database.ts";
import type { Configuration } from "./database.ts";
import { homeChange } from "./homes.ts";
import { runtimeEditChanges } from "./runtimes.ts";
import type { RuntimeRecord } from "./runtimes.ts";
import { seedChanges } from "./seed.ts";

const userId = "00000000-0000-7000-8000-000000000001" as UserId;
const synthHome = "00000000-0000-7000-8000-00000000000a" as SessionId;
const importedHome = "00000000-0000-7000-8000-00000000000b" as SessionId;
const other = "00000000-0000-7000-8000-00000000000c" as SessionId;

function importedRuntime(runtimeId: string, createdAt: number): RuntimeRecord {
  return {
    runtimeId: runtimeId as RuntimeId,
    name: "ChatGPT",
    kind: "imported",
    provider: "chatgpt",
    constructId: `${runtimeId}-001` as ConstructId,
    mode: "lin",
    namespace: "00000000-0000-4000-8000-000000000000",
    identity: {},
    createdAt,
    updatedAt: createdAt,
    deletedAt: undefined,
    joinedInto: undefined,
  };
}

function addRuntime(configuration: Configuration, runtimeId: string, createdAt: number): void {
  const runtime = importedRuntime(runtimeId, createdAt);
  const construct = createConstruct({ constructId: runtime.constructId, name: "ChatGPT", createdAt });
  configuration.applyAlone(newRuntimeChanges(configuration, userId, runtime, construct));
}

function openSeeded(context: TestContext): Configuration {
  const configuration = openConfiguration(":memory:");
  context.after(() => configuration.close());
  configuration.applyAlone(seedChanges(configuration, { userId, username: "alex", nowMs: 1 }));
  addRuntime(configuration, "chatgpt-alex", 2);
  const setAt = 3;
  configuration.applyAlone([
    homeChange(userId, {
      runtimeId: "synth" as RuntimeId,
      sessionId: synthHome,
      constructId: "synth-001" as ConstructId,
      setAt,
    }),
    homeChange(userId, {
      runtimeId: "chatgpt-alex" as RuntimeId,
      sessionId: importedHome,
      constructId: "chatgpt-alex-001" as ConstructId,
      setAt,
    }),
    aliasChange(userId, "session", "Session_20240722_1", other, 4),
    aliasChange(userId, "runtime", "My-Old-Runtime", "chatgpt-alex", 4),
    aliasChange(userId, "construct", "zen-001", "synth-001", 4),
  ]);
  return configuration;
}

describe("resolveSession", () => {
  const spellings: [string, SessionId | undefined][] = [
    [synthHome, synthHome],
    [other.toUpperCase(), other],
    ["synth-001_chat_with_synth-001", synthHome],
    ["SYNTH-001_Chat_With_Synth-001", synthHome],
    ["chat_with_synth-001", synthHome],
    ["chat_with_synth-001.md", synthHome],
    ["synth-001_chat_with_synth-001.md", synthHome],
    ["synth-001-001_chat_with_synth-001-001", synthHome],
    ["chat_with_synth-001-001.md", synthHome],
    ["synth_chat_with_synth-001", synthHome],
    ["chat_with_synth", synthHome],
    ["zen-001_chat_with_zen-001", synthHome],
    ["chatgpt-alex-001_chat_with_chatgpt-alex-001", importedHome],
    ["chat_with_chatgpt-alex-001.md", importedHome],
    ["chat_with_chatgpt-alex-001-001.md", importedHome],
    ["chat_with_chatgpt-alex.md", importedHome],
    ["session_20240722_1", other],
    ["SESSION_20240722_1", other],
    ["lin-001_chat_with_lin-001", undefined],
    ["lin-001_chat_with_synth-001", undefined],
    ["chat_with_synth-002", undefined],
    ["chat_with_", undefined],
    ["synth-001", undefined],
    ["%", undefined],
    ["' OR 1=1 --", undefined],
    ["", undefined],
  ];
  for (const [name, expected] of spellings) {
    test(`gives ${expected ?? "nothing"} for ${JSON.stringify(name)}`, (context) => {
      assert.equal(resolveSession(openSeeded(context), userId, name), expected);
    });
  }

  test("follows the home to another session", (context) => {
    const configuration = openSeeded(context);
    const constructId = "synth-001" as ConstructId;
    configuration.applyAlone([
      homeChange(userId, { runtimeId: "synth" as RuntimeId, sessionId: other, constructId, setAt: 9 }),
    ]);
    assert.equal(resolveSession(configuration, userId, "chat_with_synth-001.md"), other);
    assert.deepEqual(aliasesOfSession(configuration, userId, synthHome), []);
  });

  test("forgets an alias that was taken away", (context) => {
    const configuration = openSeeded(context);
    configuration.applyAlone([aliasRemoval(userId, "session", "SESSION_20240722_1")]);
    assert.equal(resolveSession(configuration, userId, "session_20240722_1"), undefined);
  });
});

describe("resolveRuntime", () => {
  const spellings: [string, string | undefined][] = [
    ["synth", "synth"],
    ["Synth", "synth"],
    ["synth-001", "synth"],
    ["synth-001-001", "synth"],
    ["synth-001-001-001", "synth"],
    ["zen-001", "synth"],
    ["lin", "lin"],
    ["chatgpt-alex", "chatgpt-alex"],
    ["chatgpt-alex-001", "chatgpt-alex"],
    ["ChatGPT-Alex-001-001", "chatgpt-alex"],
    ["my-old-runtime", "chatgpt-alex"],
    ["synth-002", undefined],
    ["chatgpt", undefined],
    ["", undefined],
  ];
  for (const [name, expected] of spellings) {
    test(`gives ${expected ?? "nothing"} for ${JSON.stringify(name)}`, (context) => {
      assert.equal(resolveRuntime(openSeeded(context), userId, name), expected);
    });
  }

  test("finds a deleted runtime, so that it can be restored", (context) => {
    const configuration = openSeeded(context);
    const id = "chatgpt-alex" as RuntimeId;
    configuration.applyAlone(runtimeEditChanges(configuration, userId, id, { deletedAt: 9 }, 9));
    assert.equal(resolveRuntime(configuration, userId, "chatgpt-alex-001"), id);
  });

  test("gives the runtime that another one was joined into, and does not run in rings", (context) => {
    const configuration = openSeeded(context);
    addRuntime(configuration, "chatgpt-sam", 5);
    addRuntime(configuration, "chatgpt-kim", 6);
    const join = (from: string, joinedInto: string): void =>
      configuration.applyAlone(
        runtimeEditChanges(
          configuration,
          userId,
          from as RuntimeId,
          { joinedInto: joinedInto as RuntimeId },
          9,
        ),
      );
    join("chatgpt-kim", "chatgpt-sam");
    join("chatgpt-sam", "chatgpt-alex");
    assert.equal(resolveRuntime(configuration, userId, "chatgpt-kim-001"), "chatgpt-alex");
    join("chatgpt-alex", "chatgpt-kim");
    assert.equal(resolveRuntime(configuration, userId, "chatgpt-kim"), "chatgpt-kim");
  });
});

describe("resolveConstruct", () => {
  test("prefers a construct's own callsign to every other reading of it", (context) => {
    const configuration = openSeeded(context);
    addRuntime(configuration, "synth-001", 5);
    assert.equal(resolveConstruct(configuration, userId, "synth-001-001"), "synth-001-001");
    assert.equal(resolveConstruct(configuration, userId, "synth-001"), "synth-001");
    configuration.applyAlone([aliasChange(userId, "construct", "lin-001", "synth-001", 6)]);
    assert.equal(resolveConstruct(configuration, userId, "lin-001"), "lin-001");
  });
});

describe("aliasesOfSession", () => {
  test("puts the home slug first and leaves out what other sessions have", (context) => {
    const configuration = openSeeded(context);
    configuration.applyAlone([aliasChange(userId, "session", "first", synthHome, 7)]);
    assert.deepEqual(aliasesOfSession(configuration, userId, synthHome), [
      "synth-001_chat_with_synth-001",
      "chat_with_synth-001",
      "chat_with_synth-001.md",
      "first",
    ]);
    assert.deepEqual(aliasesOfSession(configuration, userId, other), ["session_20240722_1"]);
    assert.deepEqual(storedAliases(configuration, userId, "construct", "synth-001"), ["zen-001"]);
  });

  test("gives only names that find the session again", (context) => {
    const configuration = openSeeded(context);
    for (const sessionId of [synthHome, importedHome, other]) {
      for (const alias of aliasesOfSession(configuration, userId, sessionId)) {
        assert.equal(resolveSession(configuration, userId, alias), sessionId, alias);
      }
    }
  });
});
