import type { EvidenceRule, Role, TimelineKind } from "@chatty/model";
import type { TimelineRow } from "./timeline-rows.ts";

/** Order of bits: three for the kind, two for the role, one for hidden, then one for each rule. */
const kinds: readonly TimelineKind[] = [
  "message",
  "conversation_created",
  "runtime_selected",
  "runtime_switched",
  "runtime_imported",
];
const roles: readonly Role[] = ["user", "assistant", "system", "tool"];
const rules: readonly EvidenceRule[] = [
  "own-time",
  "written-live",
  "selection-match",
  "conversation-time",
  "file-time",
  "relative-words",
  "between-neighbours",
  "beside-neighbour",
  "order-only",
  "clock-went-back",
  "rejected-epoch",
  "rejected-future",
  "rejected-before-provider",
  "rejected-import-stamp",
];
const roleShift = 3;
const hiddenBit = 1 << 5;
const ruleShift = 6;

/** What a line is, as one number. */
export function codeOf(row: Pick<TimelineRow, "kind" | "role" | "hidden" | "rules">): number {
  let bits = Math.max(kinds.indexOf(row.kind), 0);
  bits |= Math.max(roles.indexOf(row.role ?? "user"), 0) << roleShift;
  if (row.hidden) bits |= hiddenBit;
  for (const rule of row.rules) bits |= 1 << (ruleShift + rules.indexOf(rule));
  return bits;
}

/** As it was before {@link codeOf}; rules in the order of the list, which has what a time rests on before what was rejected. */
export function fromCode(bits: number): Pick<TimelineRow, "kind" | "role" | "hidden" | "rules"> {
  const kind = kinds[bits & 7] ?? "message";
  return {
    kind,
    ...(kind === "message" ? { role: roles[(bits >> roleShift) & 3] ?? "user" } : {}),
    hidden: (bits & hiddenBit) !== 0,
    rules: rules.filter((_, index) => (bits & (1 << (ruleShift + index))) !== 0),
  };
}

/** The number of a kind in the code, for conditions in a query. */
export function kindNumber(kind: TimelineKind): number {
  return kinds.indexOf(kind);
}

/** Which bits of a code tell the kind. */
export const kindMask = 7;
