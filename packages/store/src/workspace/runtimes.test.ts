import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { isChattyError } from "@chatty/model";
import type { ConstructId, RuntimeId, UserId } from "@chatty/model";
import { aliasChange } from "./aliases.ts";
import { constructRemoval, createConstruct, getConstruct, newRuntimeChanges } from "./constructs.ts";
import { openConfiguration } from "./database.ts";
import type { Configuration } from "./database.ts";
import { providerPreset, runtimeIdBase } from "./presets.ts";
import {
  getRuntime,
  listRuntimes,
  nextCallsign,
  nextRuntimeId,
  runtimeEditChanges,
  runtimeWithJoined,
  runtimesOfProvider,
} from "./runtimes.ts";
import type { RuntimeRecord } from "./runtimes.ts";
import { seedChanges } from "./seed.ts";

const userId = "00000000-0000-7000-8000-000000000001" as UserId;

function openSeeded(context: TestContext): Configuration {
  const configuration = openConfiguration(":memory:");
  context.after(() => configuration.close());
  configuration.applyAlone(seedChanges(configuration, { userId, username: "alex", nowMs: 1 }));
  return configuration;
}

function runtimeRecord(runtimeId: string, createdAt: number): RuntimeRecord {
  return {
    runtimeId: runtimeId as RuntimeId,
    name: "ChatGPT",
    kind: "imported",
    provider: "chatgpt",
    constructId: `${runtimeId}-001` as ConstructId,
    mode: "lin",
    namespace: "00000000-0000-4000-8000-000000000000",
    identity: { email: "alex@example.org" },
    createdAt,
    updatedAt: createdAt,
    deletedAt: undefined,
    joinedInto: undefined,
  };
}

function addRuntime(configuration: Configuration, runtimeId: string, createdAt = 2): RuntimeRecord {
  const runtime = runtimeRecord(runtimeId, createdAt);
  const construct = createConstruct({ constructId: runtime.constructId, name: "ChatGPT", createdAt });
  configuration.applyAlone(newRuntimeChanges(configuration, userId, runtime, construct));
  return runtime;
}

function edit(
  configuration: Configuration,
  runtimeId: string,
  change: Parameters<typeof runtimeEditChanges>[3],
): void {
  configuration.applyAlone(runtimeEditChanges(configuration, userId, runtimeId as RuntimeId, change, 9));
}

describe("newRuntimeChanges", () => {
  test("makes a runtime and its construct that read back as they were written", (context) => {
    const configuration = openSeeded(context);
    const runtime = addRuntime(configuration, "chatgpt-alex");
    assert.deepEqual(getRuntime(configuration, userId, runtime.runtimeId), runtime);
    const construct = getConstruct(configuration, userId, runtime.constructId);
    assert.match(construct?.gptId ?? "", /^gpt-[0-9a-f-]{36}$/);
    assert.equal(construct?.modelId, "auto");
    assert.deepEqual(runtimesOfProvider(configuration, userId, "chatgpt"), [runtime]);
  });

  test("never writes over a runtime or a construct that is there", (context) => {
    const configuration = openSeeded(context);
    const runtime = addRuntime(configuration, "chatgpt-alex");
    const construct = createConstruct({ constructId: runtime.constructId, name: "Other", createdAt: 5 });
    assert.throws(
      () => newRuntimeChanges(configuration, userId, runtime, construct),
      (error) => isChattyError(error, "RUNTIME_EXISTS"),
    );
    assert.throws(
      () => newRuntimeChanges(configuration, userId, { ...runtime, runtimeId: "x" as RuntimeId }, construct),
      (error) => isChattyError(error, "CONSTRUCT_EXISTS"),
    );
    const stranger = createConstruct({
      constructId: "other-001" as ConstructId,
      name: "Other",
      createdAt: 5,
    });
    assert.throws(() => newRuntimeChanges(configuration, userId, runtime, stranger), TypeError);
  });
});

describe("nextRuntimeId", () => {
  test("gives the base, then the next free number", (context) => {
    const configuration = openSeeded(context);
    const next = (): string => nextRuntimeId(configuration, userId, "chatgpt-alex");
    assert.equal(next(), "chatgpt-alex");
    addRuntime(configuration, "chatgpt-alex");
    assert.equal(next(), "chatgpt-alex-2");
    addRuntime(configuration, "chatgpt-alex-3");
    assert.equal(next(), "chatgpt-alex-2");
    addRuntime(configuration, "chatgpt-alex-2");
    assert.equal(next(), "chatgpt-alex-4");
  });

  test("never gives an id out again: not of a deleted runtime, an alias or a construct", (context) => {
    const configuration = openSeeded(context);
    addRuntime(configuration, "chatgpt-alex");
    edit(configuration, "chatgpt-alex", { deletedAt: 9 });
    assert.equal(nextRuntimeId(configuration, userId, "chatgpt-alex"), "chatgpt-alex-2");
    configuration.applyAlone([aliasChange(userId, "runtime", "claude-alex", "chatgpt-alex", 1)]);
    assert.equal(nextRuntimeId(configuration, userId, "claude-alex"), "claude-alex-2");
    configuration.applyAlone([aliasChange(userId, "construct", "grok-alex-001", "synth-001", 1)]);
    assert.equal(nextRuntimeId(configuration, userId, "grok-alex"), "grok-alex-2");
    assert.equal(nextRuntimeId(configuration, userId, "synth"), "synth-2");
  });

  test("makes an id of any text", (context) => {
    const configuration = openSeeded(context);
    assert.equal(nextRuntimeId(configuration, userId, "ChatGPT – Zoë/../"), "chatgpt-zoe");
    assert.equal(nextRuntimeId(configuration, userId, "日本"), "runtime");
    assert.equal(
      nextRuntimeId(configuration, userId, runtimeIdBase("chatgpt", { email: "Alex.B@x.org" })),
      "chatgpt-alex-b",
    );
    assert.equal(runtimeIdBase("claude", { accountId: "AC-1" }), "claude-ac-1");
    assert.equal(runtimeIdBase("claude", { email: "日本@x.org" }), "claude-account");
  });
});

describe("nextCallsign", () => {
  test("gives the lowest free number and keeps that of aliases taken", (context) => {
    const configuration = openSeeded(context);
    assert.equal(nextCallsign(configuration, userId, "Synth"), "synth-002");
    assert.equal(nextCallsign(configuration, userId, "Story Teller"), "story-teller-001");
    configuration.applyAlone([aliasChange(userId, "construct", "story-teller-001", "synth-001", 1)]);
    assert.equal(nextCallsign(configuration, userId, "Story Teller"), "story-teller-002");
    assert.equal(nextCallsign(configuration, userId, "!"), "construct-001");
  });

  test("says so when all are taken", (context) => {
    const configuration = openSeeded(context);
    const taken = Array.from({ length: 999 }, (_, index) =>
      aliasChange(userId, "construct", `x-${String(index + 1).padStart(3, "0")}`, "synth-001", 1),
    );
    configuration.applyAlone(taken);
    assert.throws(
      () => nextCallsign(configuration, userId, "x"),
      (error) => isChattyError(error, "CALLSIGNS_USED_UP"),
    );
  });
});

describe("runtimeEditChanges", () => {
  test("renames, deletes and restores", (context) => {
    const configuration = openSeeded(context);
    const runtime = addRuntime(configuration, "chatgpt-alex");
    edit(configuration, "chatgpt-alex", { name: "Old chats" });
    edit(configuration, "chatgpt-alex", { deletedAt: 8 });
    const ids = (): string[] => listRuntimes(configuration, userId).map((each) => each.runtimeId);
    assert.deepEqual(ids(), ["synth", "lin"]);
    edit(configuration, "chatgpt-alex", { deletedAt: null });
    assert.deepEqual(ids(), ["synth", "lin", "chatgpt-alex"]);
    const after = { ...runtime, name: "Old chats", updatedAt: 9 };
    assert.deepEqual(getRuntime(configuration, userId, runtime.runtimeId), after);
  });

  test("refuses to take a core runtime away and to change one that is not there", (context) => {
    const configuration = openSeeded(context);
    edit(configuration, "synth", { name: "Mine" });
    for (const change of [{ deletedAt: 8 }, { joinedInto: "lin" as RuntimeId }]) {
      assert.throws(
        () => edit(configuration, "synth", change),
        (error) => isChattyError(error, "RUNTIME_IS_CORE"),
      );
    }
    assert.throws(
      () => edit(configuration, "nothing", { name: "x" }),
      (error) => isChattyError(error, "RUNTIME_NOT_FOUND"),
    );
  });
});

describe("runtimeWithJoined", () => {
  test("gives a runtime with all that were joined into it", (context) => {
    const configuration = openSeeded(context);
    for (const [index, id] of ["a", "b", "c", "d"].entries()) addRuntime(configuration, id, 10 + index);
    edit(configuration, "c", { joinedInto: "b" as RuntimeId });
    edit(configuration, "b", { joinedInto: "a" as RuntimeId });
    const ids = runtimeWithJoined(configuration, userId, "a" as RuntimeId).map((each) => each.runtimeId);
    assert.deepEqual(ids, ["a", "b", "c"]);
    assert.deepEqual(
      listRuntimes(configuration, userId).map((each) => each.runtimeId),
      ["synth", "lin", "a", "d"],
    );
  });
});

describe("providerPreset", () => {
  test("gives every provider a label and a persona, known or not", () => {
    assert.equal(providerPreset("chatgpt").label, "ChatGPT");
    assert.equal(providerPreset("Claude").provider, "claude");
    const unknown = providerPreset("constructor");
    assert.equal(unknown.label, "Constructor");
    assert.match(unknown.instructions, /Constructor/);
  });
});

describe("constructRemoval", () => {
  test("deletes the construct's row", (context) => {
    const configuration = openSeeded(context);
    const construct = getConstruct(configuration, userId, "lin-001" as ConstructId);
    configuration.applyAlone([constructRemoval(userId, construct?.gptId ?? "")]);
    assert.equal(getConstruct(configuration, userId, "lin-001" as ConstructId), undefined);
  });
});
