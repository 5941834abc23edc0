import { ChattyError, createUuid } from "@chatty/model";
import type { ConstructId, JsonObject, JsonValue, UserId } from "@chatty/model";
import type { ConfigurationChange, Row } from "./changes.ts";
import { jsonColumn } from "./changes.ts";
import type { ConfigurationReader } from "./connection.ts";
import { integerOf, jsonObjectOf, jsonOf, optionalTextOf, textOf } from "./row-values.ts";
import { getRuntime, isConstructTaken, runtimeChange } from "./runtimes.ts";
import type { RuntimeRecord } from "./runtimes.ts";

/** A construct: one row of `gpts`. Times are integer milliseconds UTC. */
export interface ConstructRecord {
  /** `gpt-{uuid}`. */
  gptId: string;
  /** The callsign. */
  constructId: ConstructId;
  name: string;
  description: string | undefined;
  instructions: string | undefined;
  conversationStarters: string[];
  avatar: string | undefined;
  capabilities: JsonObject;
  /** `auto` lets Chatty choose. */
  modelId: string;
  conversationModel: string | undefined;
  creativeModel: string | undefined;
  codingModel: string | undefined;
  orchestrationMode: string;
  active: boolean;
  createdAt: number;
  updatedAt: number;
}

/** What a new construct must say; everything else has a default. */
export type ConstructDraft = Pick<ConstructRecord, "constructId" | "name" | "createdAt"> &
  Partial<ConstructRecord>;

const selectConstructs =
  "SELECT id, name, description, instructions, conversation_starters, avatar, capabilities, construct_callsign, model_id, " +
  "is_active, created_at, updated_at, conversation_model, creative_model, coding_model, orchestration_mode " +
  "FROM gpts WHERE user_id = ?";

/** Every construct of a user, oldest first. */
export function listConstructs(reader: ConfigurationReader, userId: UserId): ConstructRecord[] {
  return reader
    .all(`${selectConstructs} ORDER BY created_at, construct_callsign`, userId)
    .map(constructFromRow);
}

/** One construct by its exact callsign. */
export function getConstruct(
  reader: ConfigurationReader,
  userId: UserId,
  constructId: ConstructId,
): ConstructRecord | undefined {
  return reader
    .all(`${selectConstructs} AND construct_callsign = ?`, userId, constructId)
    .map(constructFromRow)[0];
}

/** One construct by its `gpt-{uuid}`. */
export function getConstructByGptId(
  reader: ConfigurationReader,
  userId: UserId,
  gptId: string,
): ConstructRecord | undefined {
  return reader.all(`${selectConstructs} AND id = ?`, userId, gptId).map(constructFromRow)[0];
}

/** Makes a construct with a new id and defaults. Puts nothing anywhere. */
export function createConstruct(draft: ConstructDraft): ConstructRecord {
  return {
    gptId: `gpt-${createUuid()}`,
    description: undefined,
    instructions: undefined,
    conversationStarters: [],
    avatar: undefined,
    capabilities: {},
    modelId: "auto",
    conversationModel: undefined,
    creativeModel: undefined,
    codingModel: undefined,
    orchestrationMode: "lin",
    active: true,
    updatedAt: draft.createdAt,
    ...draft,
  };
}

/** Writes a construct's row, whole. Texts that came from an export are made well-formed Unicode. */
export function constructChange(userId: UserId, construct: ConstructRecord): ConfigurationChange {
  return {
    put: "gpts",
    row: {
      user_id: userId,
      id: construct.gptId,
      name: construct.name.toWellFormed(),
      description: construct.description?.toWellFormed() ?? null,
      instructions: construct.instructions?.toWellFormed() ?? null,
      conversation_starters: jsonColumn(construct.conversationStarters),
      avatar: construct.avatar ?? null,
      capabilities: jsonColumn(construct.capabilities),
      construct_callsign: construct.constructId,
      model_id: construct.modelId,
      is_active: construct.active ? 1 : 0,
      created_at: construct.createdAt,
      updated_at: construct.updatedAt,
      conversation_model: construct.conversationModel ?? null,
      creative_model: construct.creativeModel ?? null,
      coding_model: construct.codingModel ?? null,
      orchestration_mode: construct.orchestrationMode,
    },
  };
}

/** Deletes a construct and, by cascade, its files, actions and versions. */
export function constructRemoval(userId: UserId, gptId: string): ConfigurationChange {
  return { delete: "gpts", key: { user_id: userId, id: gptId } };
}

/**
 * The changes that make a construct. Never writes over one that is there.
 * @throws {ChattyError} CONSTRUCT_EXISTS
 */
export function newConstructChanges(
  reader: ConfigurationReader,
  userId: UserId,
  construct: ConstructRecord,
): ConfigurationChange[] {
  const taken =
    getConstruct(reader, userId, construct.constructId) ??
    getConstructByGptId(reader, userId, construct.gptId);
  if (taken !== undefined) throw constructExists(taken.constructId);
  return [constructChange(userId, construct)];
}

/**
 * The changes that make a runtime together with its default construct. Never writes over either.
 * @throws {ChattyError} RUNTIME_EXISTS, CONSTRUCT_EXISTS; a `TypeError` when the two do not belong together.
 */
export function newRuntimeChanges(
  reader: ConfigurationReader,
  userId: UserId,
  runtime: RuntimeRecord,
  construct: ConstructRecord,
): ConfigurationChange[] {
  if (runtime.constructId !== construct.constructId) {
    throw new TypeError("The construct is not the default construct of the runtime.");
  }
  if (getRuntime(reader, userId, runtime.runtimeId) !== undefined) {
    throw new ChattyError(
      "RUNTIME_EXISTS",
      `There is already a runtime ${JSON.stringify(runtime.runtimeId)}.`,
      {
        hint: "Choose another id, or merge into it.",
      },
    );
  }
  if (isConstructTaken(reader, userId, construct.constructId)) throw constructExists(construct.constructId);
  return [...newConstructChanges(reader, userId, construct), runtimeChange(userId, runtime)];
}

function constructExists(constructId: ConstructId): ChattyError {
  return new ChattyError("CONSTRUCT_EXISTS", `There is already a construct ${JSON.stringify(constructId)}.`, {
    hint: "Take the next free callsign.",
  });
}

function constructFromRow(row: Row): ConstructRecord {
  return {
    gptId: textOf(row, "id"),
    constructId: textOf(row, "construct_callsign") as ConstructId,
    name: textOf(row, "name"),
    description: optionalTextOf(row, "description"),
    instructions: optionalTextOf(row, "instructions"),
    conversationStarters: textsFrom(jsonOf(row, "conversation_starters")),
    avatar: optionalTextOf(row, "avatar"),
    capabilities: jsonObjectOf(row, "capabilities"),
    modelId: textOf(row, "model_id"),
    conversationModel: optionalTextOf(row, "conversation_model"),
    creativeModel: optionalTextOf(row, "creative_model"),
    codingModel: optionalTextOf(row, "coding_model"),
    orchestrationMode: textOf(row, "orchestration_mode"),
    active: integerOf(row, "is_active") === 1,
    createdAt: integerOf(row, "created_at"),
    updatedAt: integerOf(row, "updated_at"),
  };
}

function textsFrom(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
