import type { FacetCount, SearchFacets } from "@chatty/model";
import { monthNumber } from "../catalog/catalog-rows.ts";
import type { AttributeTable } from "./attribute-table.ts";
import { featureBit, featureOrder, fieldBit, fieldOrder, roleBit, roleOrder } from "./document.ts";
import type { FoundDocuments } from "./found-documents.ts";
import { shownRuntime } from "./session-filter.ts";
import type { Visibility } from "./session-filter.ts";

/** Counts how hits are spread. */
export function countFacets(
  table: AttributeTable,
  { positions, count: hits, isComplete }: FoundDocuments,
  visibility: Visibility,
): SearchFacets {
  const sessions = new Int32Array(table.sessionCount);
  const models = new Int32Array(table.modelNames.length);
  const roles = new Int32Array(roleOrder.length);
  const features = new Int32Array(featureOrder.length);
  const fields = new Int32Array(fieldOrder.length);
  const roleBits = roleOrder.map(roleBit);
  const featureBits = featureOrder.map(featureBit);
  const fieldBits = fieldOrder.map(fieldBit);
  const months = new Map<number, number>();
  const month = monthCounter();
  for (let hit = 0; hit < hits; hit += 1) {
    const position = positions[hit] ?? 0;
    const bits = table.bitsAt(position);
    bump(sessions, table.sessionNumberAt(position));
    bump(models, table.modelAt(position));
    for (let index = 0; index < roles.length; index += 1)
      if ((bits & (roleBits[index] ?? 0)) !== 0) bump(roles, index);
    for (let index = 0; index < features.length; index += 1)
      if ((bits & (featureBits[index] ?? 0)) !== 0) bump(features, index);
    for (let index = 0; index < fields.length; index += 1)
      if ((bits & (fieldBits[index] ?? 0)) !== 0) bump(fields, index);
    const key = month(table.timeAt(position));
    months.set(key, (months.get(key) ?? 0) + 1);
  }
  const runtimes = new Map<string, number>();
  const constructs = new Map<string, number>();
  for (let number = 0; number < sessions.length; number += 1) {
    const count = sessions[number] ?? 0;
    const session = count === 0 ? undefined : table.session(number);
    if (session === undefined) continue;
    const runtime = shownRuntime(session, visibility);
    runtimes.set(runtime, (runtimes.get(runtime) ?? 0) + count);
    constructs.set(session.constructId, (constructs.get(session.constructId) ?? 0) + count);
  }
  return {
    runtimes: mostFirst(runtimes),
    constructs: mostFirst(constructs),
    roles: mostFirst(named(roles, roleOrder)),
    models: mostFirst(named(models, table.modelNames)),
    has: mostFirst(named(features, featureOrder)),
    fields: mostFirst(named(fields, fieldOrder)),
    months: [...months]
      .sort(([left], [right]) => left - right)
      .map(([key, count]) => ({ value: key === 0 ? "undated" : monthText(key), count })),
    exact: isComplete,
  };
}

function bump(counts: Int32Array, index: number): void {
  counts[index] = (counts[index] ?? 0) + 1;
}

function named(counts: Int32Array, names: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  names.forEach((name, index) => {
    const count = counts[index] ?? 0;
    if (count > 0 && name !== "") found.set(name, count);
  });
  return found;
}

function mostFirst(counts: ReadonlyMap<string, number>): FacetCount[] {
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((left, right) => right.count - left.count || (left.value < right.value ? -1 : 1));
}

/** Months as numbers (202403; 0 for no time). Hits come in the order of time, so most fall into the month of the one before. */
function monthCounter(): (time: number) => number {
  let from = 0;
  let to = 0;
  let month = 0;
  return (time) => {
    if (time === -Infinity) return 0;
    if (time >= from && time < to) return month;
    month = monthNumber(time);
    const date = new Date(time);
    from = Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
    to = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
    return month;
  };
}

function monthText(month: number): string {
  return `${String(Math.floor(month / 100)).padStart(4, "0")}-${String(month % 100).padStart(2, "0")}`;
}
