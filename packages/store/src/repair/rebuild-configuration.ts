import type { ConstructId, JsonObject, RuntimeId, SessionId, UserId } from "@chatty/model";
import {
  createUuid,
  isChattyError,
  isJsonObject,
  parseConstructId,
  parseRuntimeId,
  parseUserId,
} from "@chatty/model";
import { absolutePath } from "../files/layout.ts";
import type { FilePort } from "../files/port.ts";
import { readWholeFile } from "../files/write-all.ts";
import type { RepairReport } from "../views.ts";
import type { ConfigurationChange } from "../workspace/changes.ts";
import { constructChange, createConstruct } from "../workspace/constructs.ts";
import type { Configuration } from "../workspace/database.ts";
import { homeChange } from "../workspace/homes.ts";
import { providerPreset } from "../workspace/presets.ts";
import { runtimeChange } from "../workspace/runtimes.ts";
import { seedChanges } from "../workspace/seed.ts";
import { activeRuntimeKey, settingChange } from "../workspace/settings.ts";
import { userChange } from "../workspace/users.ts";
import { findSealedLines } from "./find-sealed-lines.ts";

/** Rows of the configuration that files tell again. */
export interface RebuiltConfiguration {
  users: number;
  constructs: number;
  runtimes: number;
  homes: number;
  stars: number;
}

interface Place {
  files: FilePort;
  root: string;
  /** Integer milliseconds UTC. */
  at: number;
  report: RepairReport;
}

/** What no file tells: it comes back from a backup, from an import made again, or from the person. */
const lostParts =
  "imports and overlays, settings and secrets, drafts, names of knowledge files and versions of constructs are gone: restore a backup, or import the archives again (their conversations get new ids)";

/**
 * Fills a new configuration with what mirrors, journals' neighbours and events tell: users, constructs, runtimes, homes and stars, and
 * which runtime was active. Nothing else is made up.
 */
export function rebuildConfiguration(configuration: Configuration, place: Place): RebuiltConfiguration {
  const rebuilt = { users: 0, constructs: 0, runtimes: 0, homes: 0, stars: 0 };
  for (const shard of folders(place, "vvault/users")) {
    for (const name of folders(place, `vvault/users/${shard}`)) {
      const userId = checked(parseUserId, name);
      if (userId !== undefined) rebuildUser(configuration, { ...place, shard, userId }, rebuilt);
    }
  }
  place.report.remaining.push({ code: "CONFIGURATION_REBUILT", path: "chatty.db", message: lostParts });
  return rebuilt;
}

type UserPlaced = Place & { shard: string; userId: UserId };

function rebuildUser(configuration: Configuration, place: UserPlaced, rebuilt: RebuiltConfiguration): void {
  const { userId, shard, at } = place;
  const folder = `vvault/users/${shard}/${userId}`;
  const profile = readJson(place, `${folder}/profile.json`) ?? {};
  const createdAt = numberOf(profile["created_at"]) ?? at;
  const apply = (changes: readonly ConfigurationChange[], path: string): boolean => {
    try {
      configuration.applyAlone(changes);
      return true;
    } catch (error) {
      if (!isChattyError(error)) throw error;
      place.report.remaining.push({ code: error.code, path, message: error.message });
      return false;
    }
  };
  const user = {
    userId,
    username: textOf(profile["username"]) ?? "me",
    shard,
    createdAt,
    updatedAt: numberOf(profile["updated_at"]) ?? createdAt,
    preferences: objectOf(profile["preferences"]),
    metadata: objectOf(profile["metadata"]),
  };
  if (apply([userChange(user)], folder)) rebuilt.users += 1;
  const constructs = folders(place, `${folder}/instances`).flatMap((name) => {
    const constructId = checked(parseConstructId, name);
    return constructId === undefined ? [] : [constructId];
  });
  for (const constructId of constructs) {
    const path = `${folder}/instances/${constructId}/persona.json`;
    const persona = readJson(place, path);
    if (persona !== undefined && apply([constructOf(userId, constructId, persona, at)], path)) {
      rebuilt.constructs += 1;
    }
  }
  // Users and runtimes that every vault has; constructs that came back stay as they are.
  apply(seedChanges(configuration, { userId, username: user.username, shard, nowMs: at }), folder);
  const metas = constructs.flatMap((constructId) =>
    folders(place, `${folder}/instances/${constructId}/sessions`).flatMap((sessionId) => {
      const path = `${folder}/instances/${constructId}/sessions/${sessionId}/session_meta.json`;
      const meta = readJson(place, path);
      return meta === undefined ? [] : [{ constructId, sessionId: sessionId as SessionId, path, meta }];
    }),
  );
  const selections = selectionsOf(place);
  for (const { constructId, path, meta } of metas) {
    const runtimeId = checked(parseRuntimeId, String(meta["runtime_id"]));
    if (runtimeId === undefined || hasRuntime(configuration, userId, runtimeId)) continue;
    if (meta["isPrimary"] !== true) continue;
    const event = selections.find(({ body }) => body["runtimeId"] === runtimeId)?.body;
    const change = runtimeOf(configuration, userId, { runtimeId, constructId, event, at });
    if (apply([change], path)) rebuilt.runtimes += 1;
  }
  for (const { constructId, sessionId, path, meta } of metas) {
    const runtimeId = checked(parseRuntimeId, String(meta["runtime_id"]));
    const home = { sessionId, constructId, setAt: numberOf(meta["created_at"]) ?? at };
    if (
      meta["isPrimary"] === true &&
      runtimeId !== undefined &&
      hasRuntime(configuration, userId, runtimeId)
    ) {
      if (apply([homeChange(userId, { ...home, runtimeId })], path)) rebuilt.homes += 1;
    }
    if (meta["starred"] !== true) continue;
    const star = { user_id: userId, session_id: sessionId, starred_at: at };
    if (apply([{ put: "stars", row: star }], path)) rebuilt.stars += 1;
  }
  const active = checked(parseRuntimeId, String(selections.at(-1)?.body["runtimeId"]));
  if (active !== undefined && hasRuntime(configuration, userId, active)) {
    apply([settingChange(userId, activeRuntimeKey, active)], folder);
  }
}

function hasRuntime(configuration: Configuration, userId: UserId, runtimeId: RuntimeId): boolean {
  const sql = "SELECT 1 AS found FROM runtimes WHERE user_id = ? AND runtime_id = ?";
  return configuration.get(sql, userId, runtimeId) !== undefined;
}

function runtimeOf(
  configuration: Configuration,
  userId: UserId,
  known: {
    runtimeId: RuntimeId;
    constructId: ConstructId;
    event: Record<string, unknown> | undefined;
    at: number;
  },
): ConfigurationChange {
  const { runtimeId, constructId, event, at } = known;
  const metadata = objectOf(event?.["metadata"]);
  const provider = textOf(metadata["provider"]);
  const isImported = metadata["isImported"] === true && provider !== undefined;
  const sql = "SELECT name FROM gpts WHERE user_id = ? AND construct_callsign = ?";
  const construct = configuration.get(sql, userId, constructId);
  const name = textOf(construct?.["name"]) ?? (isImported ? providerPreset(provider).label : runtimeId);
  return runtimeChange(userId, {
    runtimeId,
    name,
    kind: isImported ? "imported" : "custom",
    provider: isImported ? provider : undefined,
    constructId,
    mode: "lin",
    // The former one is gone: conversations that are imported again get new ids.
    namespace: isImported ? createUuid(at) : undefined,
    identity: {},
    createdAt: at,
    updatedAt: at,
    deletedAt: undefined,
    joinedInto: undefined,
  });
}

function constructOf(
  userId: UserId,
  constructId: ConstructId,
  persona: Record<string, unknown>,
  at: number,
): ConfigurationChange {
  const draft = {
    constructId,
    name: textOf(persona["name"]) ?? constructId,
    createdAt: numberOf(persona["created_at"]) ?? at,
  };
  const starters = persona["conversation_starters"];
  return constructChange(userId, {
    ...createConstruct(draft),
    ...defined({
      gptId: textOf(persona["gpt_id"]),
      description: textOf(persona["description"]),
      instructions: textOf(persona["instructions"]),
      avatar: textOf(persona["avatar"]),
      modelId: textOf(persona["model_id"]),
      conversationModel: textOf(persona["conversation_model"]),
      creativeModel: textOf(persona["creative_model"]),
      codingModel: textOf(persona["coding_model"]),
      orchestrationMode: textOf(persona["orchestration_mode"]),
      updatedAt: numberOf(persona["updated_at"]),
    }),
    capabilities: objectOf(persona["capabilities"]),
    ...(Array.isArray(starters) ? { conversationStarters: starters.map(String) } : {}),
    ...(typeof persona["is_active"] === "boolean" ? { active: persona["is_active"] } : {}),
  });
}

function selectionsOf({ files, root, shard, userId }: UserPlaced): { body: Record<string, unknown> }[] {
  const path = `continuity/users/${shard}/${userId}/events/runtime_selections.jsonl`;
  const bytes = readWholeFile(files, absolutePath(root, path)) ?? Buffer.alloc(0);
  return findSealedLines(bytes).lines.filter(({ body }) => typeof body["runtimeId"] === "string");
}

function folders({ files, root }: Place, path: string): string[] {
  return files
    .list(absolutePath(root, path))
    .filter(({ kind }) => kind === "directory")
    .map(({ name }) => name);
}

function readJson({ files, root }: Place, path: string): Record<string, unknown> | undefined {
  for (const version of [path, `${path}.bak`]) {
    try {
      const value: unknown = JSON.parse(
        readWholeFile(files, absolutePath(root, version))?.toString("utf8") ?? "",
      );
      if (isJsonObject(value)) return value;
    } catch {
      // A damaged mirror tells nothing; the version before it may.
      continue;
    }
  }
  return undefined;
}

function checked<Id>(parse: (text: string) => Id, text: string): Id | undefined {
  try {
    return parse(text);
  } catch {
    // Names that are no ids are none of Chatty's.
    return undefined;
  }
}

function defined<Values extends object>(
  values: Values,
): Partial<{ [Key in keyof Values]: NonNullable<Values[Key]> }> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : undefined;
}

function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}
