import type { JsonObject, JsonValue, LegacyConstruct, LegacyTable } from "@chatty/model";
import { isJsonObject } from "@chatty/model";

/** Tables in which older versions kept their constructs; the second is a parallel copy of the first. */
const constructTables: readonly string[] = ["gpts", "ais"];

/** Constructs of an older database: rows with a name and a model, each name once. */
export function constructsIn(tables: readonly LegacyTable[]): LegacyConstruct[] {
  const found = new Map<string, LegacyConstruct>();
  for (const name of constructTables) {
    for (const row of tables.find((table) => table.name === name)?.rows ?? []) {
      const construct = constructFrom(row);
      const key = construct === undefined ? "" : (construct.callsign ?? construct.name).toLowerCase();
      if (construct !== undefined && !found.has(key)) found.set(key, construct);
    }
  }
  return [...found.values()];
}

function constructFrom(row: JsonObject): LegacyConstruct | undefined {
  const name = text(row["name"]);
  if (name === undefined) return undefined;
  const starters = parsed(row["conversation_starters"]);
  const capabilities = parsed(row["capabilities"]);
  const construct: LegacyConstruct = {
    name,
    conversationStarters: Array.isArray(starters)
      ? starters.filter((each): each is string => typeof each === "string" && each !== "")
      : [],
    capabilities: isJsonObject(capabilities) ? capabilities : {},
  };
  const columns = {
    callsign: "construct_callsign",
    description: "description",
    instructions: "instructions",
    avatar: "avatar",
    modelId: "model_id",
    conversationModel: "conversation_model",
    creativeModel: "creative_model",
    codingModel: "coding_model",
    orchestrationMode: "orchestration_mode",
  } as const;
  for (const [field, column] of Object.entries(columns) as [keyof typeof columns, string][]) {
    const value = text(row[column]);
    if (value !== undefined) construct[field] = value;
  }
  return construct;
}

function parsed(value: JsonValue | undefined): JsonValue | undefined {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as JsonValue;
  } catch {
    // The row stays in the kept file; a setting that is no JSON cannot be taken over.
    return undefined;
  }
}

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}
