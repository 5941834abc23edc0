// Reads typed values out of rows. A value of another type than the schema promises is a programmer's mistake.
import type { JsonObject, JsonValue } from "@chatty/model";
import { isJsonObject } from "@chatty/model";
import type { Row } from "./changes.ts";

/** A text column that cannot be null. */
export function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw wrongType(column, "text");
  return value;
}

/** A text column; undefined for null. */
export function optionalTextOf(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : textOf(row, column);
}

/** An integer column that cannot be null. */
export function integerOf(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== "number") throw wrongType(column, "integer");
  return value;
}

/** An integer column; undefined for null. */
export function optionalIntegerOf(row: Row, column: string): number | undefined {
  return row[column] === null ? undefined : integerOf(row, column);
}

/** A JSON column that holds an object; an empty object for null. */
export function jsonObjectOf(row: Row, column: string): JsonObject {
  const value = jsonOf(row, column);
  return isJsonObject(value) ? value : {};
}

/** A JSON column; undefined for null. */
export function jsonOf(row: Row, column: string): JsonValue | undefined {
  const text = optionalTextOf(row, column);
  return text === undefined ? undefined : (JSON.parse(text) as JsonValue);
}

function wrongType(column: string, type: string): TypeError {
  return new TypeError(`The column ${column} does not hold ${type}.`);
}
