import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import type { ConstructId, RuntimeId, UserId } from "@chatty/model";
import { constructRemoval, getConstruct, listConstructs } from "./constructs.ts";
import { openConfiguration } from "./database.ts";
import type { Configuration } from "./database.ts";
import { getRuntime, listRuntimes, runtimeEditChanges } from "./runtimes.ts";
import { seedChanges } from "./seed.ts";
import { activeRuntimeId, activeRuntimeKey, settingChange } from "./settings.ts";
import { getUser, listUsers, userChange } from "./users.ts";

const userId = "00000000-0000-7000-8000-000000000001" as UserId;
const options = { userId, username: "alex", nowMs: 1763056805000 };

function openBlank(context: TestContext): Configuration {
  const configuration = openConfiguration(":memory:");
  context.after(() => configuration.close());
  return configuration;
}

describe("seedChanges", () => {
  test("makes the user, both core runtimes with their constructs, and Chatty active", (context) => {
    const configuration = openBlank(context);
    configuration.applyGroup(0, seedChanges(configuration, options));
    assert.equal(getUser(configuration, userId)?.shard, "shard_0000");
    const runtimes = listRuntimes(configuration, userId);
    assert.deepEqual(
      runtimes.map(({ runtimeId, name, kind, mode, constructId }) => [
        runtimeId,
        name,
        kind,
        mode,
        constructId,
      ]),
      [
        ["synth", "Chatty", "core", "synth", "synth-001"],
        ["lin", "Lin", "core", "lin", "lin-001"],
      ],
    );
    const constructs = listConstructs(configuration, userId);
    assert.deepEqual(constructs.map((construct) => construct.name).sort(), ["Lin", "Synth"]);
    for (const construct of constructs) {
      assert.match(construct.gptId, /^gpt-[0-9a-f-]{36}$/);
      assert.equal(construct.modelId, "auto");
      assert.ok(construct.description !== undefined && construct.instructions !== undefined);
    }
    assert.equal(activeRuntimeId(configuration, userId), "synth");
  });

  test("has nothing to change the second time", (context) => {
    const configuration = openBlank(context);
    configuration.applyAlone(seedChanges(configuration, options));
    assert.deepEqual(seedChanges(configuration, { ...options, username: "other", nowMs: 2 }), []);
  });

  test("leaves what a person changed as it is and makes only what is missing", (context) => {
    const configuration = openBlank(context);
    configuration.applyAlone(seedChanges(configuration, options));
    const user = getUser(configuration, userId);
    const lin = getConstruct(configuration, userId, "lin-001" as ConstructId);
    assert.ok(user !== undefined && lin !== undefined);
    configuration.applyAlone([
      userChange({ ...user, username: "renamed" }),
      settingChange(userId, activeRuntimeKey, "lin"),
      ...runtimeEditChanges(configuration, userId, "synth" as RuntimeId, { name: "Mine" }, 5),
      constructRemoval(userId, lin.gptId),
    ]);
    const changes = seedChanges(configuration, options);
    assert.equal(changes.length, 1);
    configuration.applyAlone(changes);
    assert.equal(getUser(configuration, userId)?.username, "renamed");
    assert.equal(getRuntime(configuration, userId, "synth" as RuntimeId)?.name, "Mine");
    assert.equal(activeRuntimeId(configuration, userId), "lin");
    assert.notEqual(getConstruct(configuration, userId, "lin-001" as ConstructId)?.gptId, lin.gptId);
  });

  test("gives each user a core of their own", (context) => {
    const configuration = openBlank(context);
    const second = "00000000-0000-7000-8000-000000000002" as UserId;
    configuration.applyAlone(seedChanges(configuration, options));
    configuration.applyAlone(
      seedChanges(configuration, { ...options, userId: second, nowMs: options.nowMs + 1 }),
    );
    assert.deepEqual(
      listUsers(configuration).map((user) => user.userId),
      [userId, second],
    );
    assert.equal(listConstructs(configuration, second).length, 2);
  });
});
