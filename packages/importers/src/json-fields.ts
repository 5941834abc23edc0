import { isJsonObject } from "@chatty/model";
import type { JsonObject, JsonValue } from "@chatty/model";

/** A text field; undefined for anything else. */
export function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** A text field that says something. */
export function filledTextOf(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** An id: text, or a number as its digits. */
export function idOf(value: JsonValue | undefined): string | undefined {
  if (typeof value === "number") return String(value);
  return filledTextOf(value);
}

/** A finite number; undefined for anything else. */
export function numberOf(value: JsonValue | undefined): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** A number of bytes, which some sources write as text. */
export function sizeOf(value: JsonValue | undefined): number | undefined {
  const size = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof size === "number" && Number.isSafeInteger(size) && size >= 0 ? size : undefined;
}

/** An object field, or an object without keys. */
export function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** An array field, or an empty array. */
export function arrayOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

/** The objects of an array field. */
export function objectsOf(value: JsonValue | undefined): JsonObject[] {
  return arrayOf(value).filter(isJsonObject);
}

/**
 * A copy without some keys. Made of entries, never by assignment: a key `__proto__` stays a key like any other.
 */
export function without(value: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

/** The object, unless it has no keys. */
export function filledObject(value: JsonObject): JsonObject | undefined {
  return Object.keys(value).length === 0 ? undefined : value;
}

/** The fields that have a value, for targets that must not hold undefined. */
export function defined<Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> } {
  const entries = Object.entries(fields).filter(([, field]) => field !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> };
}

/**
 * Adds `metadata` that is made when somebody asks for it: an import goes through every message and looks at none of it.
 */
export function withMetadata<Fields extends object>(
  fields: Fields,
  make: () => JsonObject,
): Fields & { metadata: JsonObject } {
  let made: JsonObject | undefined;
  return Object.defineProperty(fields, "metadata", {
    configurable: true,
    enumerable: true,
    get: () => (made ??= make()),
  }) as Fields & { metadata: JsonObject };
}
