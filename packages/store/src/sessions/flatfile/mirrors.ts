import { canonicalJson, type JsonObject, type JsonValue } from "@chatty/model";

/** What `session_meta.json` mirrors. Times are integer milliseconds UTC. */
export interface SessionMirror {
  sessionId: string;
  userId: string;
  title: string;
  createdAt: number;
  updatedAt: number;
  messageCount: number;
  runtimeId: string;
  constructId: string;
  /** True for the home conversation of its runtime. */
  home: boolean;
  starred: boolean;
  archived: boolean;
  deleted: boolean;
  /** Every other spelling that finds it, the home slug first. */
  aliases: readonly string[];
  metadata?: JsonObject;
}

/** What `profile.json` mirrors. */
export interface ProfileMirror {
  userId: string;
  username: string;
  /** Stored, never computed again: it is part of every path of the user. */
  shard: string;
  createdAt: number;
  updatedAt: number;
  preferences?: JsonObject;
  metadata?: JsonObject;
}

/** What `persona.json` mirrors: a construct whole, so that its configuration can be brought back from the file. */
export interface PersonaMirror {
  /** `gpt-{uuid}`. */
  gptId: string;
  constructId: string;
  name: string;
  description?: string | undefined;
  instructions?: string | undefined;
  conversationStarters: readonly string[];
  avatar?: string | undefined;
  capabilities: JsonObject;
  modelId: string;
  conversationModel?: string | undefined;
  creativeModel?: string | undefined;
  codingModel?: string | undefined;
  /** `synth`, `lin` or `custom`. */
  orchestrationMode: string;
  active: boolean;
  createdAt: number;
  updatedAt: number;
}

/** The session that a persona is a snapshot for. */
export interface PersonaSnapshot {
  sessionId: string;
  runtimeId: string;
}

/** Content of a session's `session_meta.json`, with the names of specifications 001 and 002. */
export function sessionMetaJson(session: SessionMirror): string {
  return mirrorJson({ ...sessionEntry(session), user_id: session.userId, metadata: session.metadata ?? {} }, [
    "session_id",
    "user_id",
  ]);
}

/** Content of a user's `session_index.json`: every session, oldest first, with the folder it lies in. */
export function sessionIndexJson(userId: string, sessions: Iterable<SessionMirror>): string {
  const ordered = [...sessions].sort(
    (left, right) => left.createdAt - right.createdAt || (left.sessionId < right.sessionId ? -1 : 1),
  );
  return mirrorJson({
    user_id: userId,
    sessions: ordered.map((session) => ({
      ...sessionEntry(session),
      path: `instances/${session.constructId}/sessions/${session.sessionId}`,
    })),
  });
}

/** Content of a user's `profile.json`. */
export function profileJson(profile: ProfileMirror): string {
  return mirrorJson({
    user_id: profile.userId,
    username: profile.username,
    shard: profile.shard,
    created_at: profile.createdAt,
    updated_at: profile.updatedAt,
    preferences: profile.preferences ?? {},
    metadata: profile.metadata ?? {},
  });
}

/** Content of a construct's `persona.json` or, with `snapshot`, of the copy that a session keeps of it. */
export function personaJson(persona: PersonaMirror, snapshot?: PersonaSnapshot): string {
  return mirrorJson({
    ...(snapshot === undefined ? {} : { session_id: snapshot.sessionId, runtime_id: snapshot.runtimeId }),
    construct_id: persona.constructId,
    gpt_id: persona.gptId,
    name: persona.name,
    description: persona.description ?? null,
    instructions: persona.instructions ?? null,
    conversation_starters: [...persona.conversationStarters],
    avatar: persona.avatar ?? null,
    capabilities: persona.capabilities,
    model_id: persona.modelId,
    conversation_model: persona.conversationModel ?? null,
    creative_model: persona.creativeModel ?? null,
    coding_model: persona.codingModel ?? null,
    orchestration_mode: persona.orchestrationMode,
    is_active: persona.active,
    created_at: persona.createdAt,
    updated_at: persona.updatedAt,
  });
}

function sessionEntry(session: SessionMirror): JsonObject {
  return {
    session_id: session.sessionId,
    title: session.title,
    created_at: session.createdAt,
    updated_at: session.updatedAt,
    message_count: session.messageCount,
    runtime_id: session.runtimeId,
    construct_id: session.constructId,
    isPrimary: session.home,
    canonicalForRuntime: session.home ? session.runtimeId : null,
    starred: session.starred,
    archived: session.archived,
    deleted: session.deleted,
    aliases: [...session.aliases],
  };
}

/**
 * JSON with two spaces and a final newline, the same for equal values: fields in the order written here, keys of free values
 * (`metadata`, `preferences`, `capabilities`) in code-unit order.
 * @param first keys to put in front.
 */
function mirrorJson(fields: JsonObject, first: readonly string[] = []): string {
  const keys = [...first, ...Object.keys(fields).filter((key) => !first.includes(key))];
  const ordered = Object.fromEntries(keys.map((key) => [key, sortFree(fields[key] ?? null)]));
  return `${JSON.stringify(ordered, null, 2)}\n`;
}

function sortFree(value: JsonValue): JsonValue {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (JSON.parse(canonicalJson(value)) as JsonValue)
    : value;
}
