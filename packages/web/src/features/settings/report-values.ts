// Reports come as they are kept, perhaps by another version: nothing in them is taken for granted.

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

export function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
