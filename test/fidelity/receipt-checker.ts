import type { ExpectedCount } from "./expected.ts";
import type { Defect } from "./source-checker.ts";

/** Numbers of an import receipt, as the contract fixes them. */
export interface ReceiptNumbers {
  conversations: Record<"seen" | "new" | "grown" | "edited" | "unchanged" | "gone" | "failed", number>;
  nodes: Record<"seen" | "stored" | "flagged" | "skipped", number>;
  attachments: Record<"referenced" | "found" | "missing", number>;
  balanced: boolean;
  problems: { code: string; message: string; where?: object }[];
}

/** Checks that a receipt accounts for every node of the conversations it is about. */
export function checkReceipt(receipt: ReceiptNumbers, expected: readonly ExpectedCount[]): Defect[] {
  const defects: Defect[] = [];
  const demand = (holds: boolean, message: string): void => {
    if (!holds) defects.push({ code: "receipt", message });
  };
  const sum = (pick: keyof ExpectedCount): number =>
    expected.reduce((total, count) => total + count[pick], 0);
  const { nodes, conversations, attachments } = receipt;
  const free = sum("free");
  const unreadable = sum("unreadable");
  const range = (low: number, high: number): string => (low === high ? `${low}` : `${low} to ${high}`);
  demand(receipt.balanced, "the receipt does not balance");
  demand(nodes.seen === sum("seen"), `expected ${sum("seen")} nodes seen, got ${nodes.seen}`);
  demand(
    nodes.seen === nodes.stored + nodes.flagged + nodes.skipped,
    `seen ${nodes.seen} is not ${nodes.stored} stored + ${nodes.flagged} flagged + ${nodes.skipped} skipped`,
  );
  demand(
    nodes.stored >= sum("clean") && nodes.stored <= sum("clean") + free,
    `expected ${range(sum("clean"), sum("clean") + free)} nodes stored, got ${nodes.stored}`,
  );
  demand(
    nodes.flagged >= sum("reserved") && nodes.flagged <= sum("reserved") + free + unreadable,
    `expected ${range(sum("reserved"), sum("reserved") + free + unreadable)} nodes flagged, got ${nodes.flagged}`,
  );
  demand(nodes.skipped <= unreadable, `only ${unreadable} nodes may be skipped, ${nodes.skipped} were`);
  demand(
    receipt.problems.length >= nodes.skipped,
    `${nodes.skipped} nodes skipped and only ${receipt.problems.length} reasons given`,
  );
  const { seen, new: fresh, grown, edited, unchanged, failed } = conversations;
  demand(
    seen === fresh + grown + edited + unchanged + failed,
    `${seen} conversations seen, and the classes add up to ${fresh + grown + edited + unchanged + failed}`,
  );
  demand(
    attachments.referenced === attachments.found + attachments.missing,
    `${attachments.referenced} attachments referenced is not ${attachments.found} found + ${attachments.missing} missing`,
  );
  return defects;
}
