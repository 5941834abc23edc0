import { isJsonObject } from "@chatty/model";
import type { JsonObject, JsonValue } from "@chatty/model";

/** True when records have a `mapping` of nodes as only ChatGPT writes it. `current_node` comes after it and may be far off. */
export function isChatGptConversation(paths: ReadonlySet<string>): boolean {
  if (!paths.has("mapping") || paths.has("inserted_at") || paths.has("mapping.*.message.fragments"))
    return false;
  const signs = ["mapping.*.message", "mapping.*.parent", "conversation_id", "current_node"];
  return signs.some((path) => paths.has(path));
}

/** True for the files beside conversations that nobody else writes. */
export function isChatGptSidecar(record: ReadonlySet<string>, whole: ReadonlySet<string>): boolean {
  return (
    (record.has("chatgpt_plus_user") && record.has("email")) ||
    (whole.has("export_files") && whole.has("logical_files")) ||
    (record.has("rating") && record.has("conversation_id") && record.has("user_id")) ||
    (record.has("beta_settings") && record.has("user_id"))
  );
}

/** True when a parsed record is a conversation. */
export function isChatGptRecord(value: JsonValue): value is JsonObject & { mapping: JsonObject } {
  return isJsonObject(value) && isJsonObject(value["mapping"]);
}
