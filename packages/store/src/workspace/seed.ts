import type { ConstructId, RuntimeId, UserId } from "@chatty/model";
import type { ConfigurationChange } from "./changes.ts";
import type { ConfigurationReader } from "./connection.ts";
import { createConstruct, getConstruct, constructChange } from "./constructs.ts";
import type { ConstructDraft } from "./constructs.ts";
import { getRuntime, runtimeChange } from "./runtimes.ts";
import { activeRuntimeKey, getSetting, settingChange } from "./settings.ts";
import { getUser, userChange } from "./users.ts";

/** Who is to get a core. */
export interface SeedOptions {
  userId: UserId;
  username: string;
  /** `shard_0000` when absent. */
  shard?: string;
  /** Integer milliseconds UTC. */
  nowMs: number;
}

/** The id of the runtime that is active at first start. */
export const synthRuntimeId = "synth" as RuntimeId;
/** The id of the runtime of the vessel. */
export const linRuntimeId = "lin" as RuntimeId;
/** The default construct of the first. */
export const synthConstructId = "synth-001" as ConstructId;
/** The default construct of the second. */
export const linConstructId = "lin-001" as ConstructId;

interface CoreSeed {
  runtimeId: RuntimeId;
  name: string;
  mode: "synth" | "lin";
  construct: Omit<ConstructDraft, "createdAt">;
}

const coreSeeds: readonly CoreSeed[] = [
  {
    runtimeId: synthRuntimeId,
    name: "Chatty",
    mode: "synth",
    construct: {
      constructId: synthConstructId,
      name: "Synth",
      description: "Chatty's own voice: several models answer side by side, and one merges what they say.",
      instructions:
        "You are Synth, the construct of Chatty. Give one answer that joins the best of what the models before you said. " +
        "Keep what they agree on, settle what they contradict each other in, and say openly what stays uncertain. " +
        "Adapt your tone to the person. Never mention the models or the merging unless you are asked.",
      conversationStarters: [
        "What can you do with my old conversations?",
        "Import my ChatGPT or Claude export.",
        "Show me around.",
      ],
      orchestrationMode: "synth",
    },
  },
  {
    runtimeId: linRuntimeId,
    name: "Lin",
    mode: "lin",
    construct: {
      constructId: linConstructId,
      name: "Lin",
      description:
        "The vessel through which imported and custom constructs speak; also helps to make new ones.",
      instructions:
        "You are Lin. Without a persona you help people to describe and improve their constructs: ask for name, purpose, " +
        "manner and examples, one thing at a time, and propose texts that they can use as they are. With a persona you speak " +
        "as that persona alone, in its own words and manner, from its history, and without smoothing its tone.",
      conversationStarters: ["Help me make a construct.", "Improve the instructions of a construct."],
      orchestrationMode: "lin",
    },
  },
];

/**
 * The changes that give a user a core: the user, the runtimes `synth` and `lin` with their constructs, and the active
 * runtime. Only what is missing is made: a row that exists, however it was changed, is left alone. Homes are sessions
 * and are made by whoever makes sessions.
 */
export function seedChanges(reader: ConfigurationReader, options: SeedOptions): ConfigurationChange[] {
  const { userId, nowMs } = options;
  const changes: ConfigurationChange[] = [];
  if (getUser(reader, userId) === undefined) changes.push(userSeed(options));
  for (const seed of coreSeeds) {
    const { constructId } = seed.construct;
    if (getConstruct(reader, userId, constructId) === undefined) {
      changes.push(constructChange(userId, createConstruct({ ...seed.construct, createdAt: nowMs })));
    }
    if (getRuntime(reader, userId, seed.runtimeId) === undefined) {
      changes.push(runtimeSeed(userId, seed, nowMs));
    }
  }
  if (getSetting(reader, userId, activeRuntimeKey) === undefined) {
    changes.push(settingChange(userId, activeRuntimeKey, synthRuntimeId));
  }
  return changes;
}

function userSeed({ userId, username, shard, nowMs }: SeedOptions): ConfigurationChange {
  return userChange({
    userId,
    username,
    shard: shard ?? "shard_0000",
    createdAt: nowMs,
    updatedAt: nowMs,
    preferences: {},
    metadata: {},
  });
}

function runtimeSeed(userId: UserId, seed: CoreSeed, nowMs: number): ConfigurationChange {
  return runtimeChange(userId, {
    runtimeId: seed.runtimeId,
    name: seed.name,
    kind: "core",
    provider: undefined,
    constructId: seed.construct.constructId,
    mode: seed.mode,
    namespace: undefined,
    identity: {},
    createdAt: nowMs,
    updatedAt: nowMs,
    deletedAt: undefined,
    joinedInto: undefined,
  });
}
