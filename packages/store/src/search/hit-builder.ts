import type { StatementSync } from "node:sqlite";
import { findMarks, makeSnippet } from "@chatty/model";
import type { MessageId, ParsedQuery, RuntimeId, SearchField, SearchHit } from "@chatty/model";
import type { AttributeTable } from "./attribute-table.ts";
import { noTime } from "./attribute-table.ts";
import { activeBit, fieldBit, fieldOrder, roleBit, roleOrder, titleBit } from "./document.ts";
import type { BestDocument } from "./found-documents.ts";
import { shownRuntime } from "./session-filter.ts";
import type { Visibility } from "./session-filter.ts";

/** Length of a snippet, in UTF-16 units. */
const snippetChars = 240;

/** What of a document is shown. */
export const bodySql =
  "SELECT d.message_id, b.text, b.thinking, b.tool, b.file FROM docs d LEFT JOIN bodies b ON b.doc = d.doc WHERE d.doc = ?";

/** What a hit is made with. */
export interface HitContext {
  /** {@link bodySql}, prepared. */
  body: StatementSync;
  table: AttributeTable;
  visibility: Visibility;
  parsed: ParsedQuery;
  fields: readonly SearchField[] | undefined;
}

/** A document as a person sees it in an answer; undefined when it is gone. */
export function buildHit(context: HitContext, { position, doc, score }: BestDocument): SearchHit | undefined {
  const { body, table, visibility, parsed } = context;
  const bits = table.bitsAt(position);
  const session = table.session(table.sessionNumberAt(position));
  const row = body.get(doc);
  if (session === undefined || row === undefined) return undefined;
  const { field, text } = shownField(context, bits, row, session.title);
  const { snippet, marks } = makeSnippet(text, parsed, { maxChars: snippetChars });
  const time = table.timeAt(position);
  const model = table.modelNames[table.modelAt(position)] ?? "";
  const isTitle = (bits & titleBit) !== 0;
  return {
    sessionId: session.sessionId,
    messageId: typeof row["message_id"] === "string" ? (row["message_id"] as MessageId) : null,
    runtimeId: shownRuntime(session, visibility) as RuntimeId,
    constructId: session.constructId,
    title: session.title,
    role: roleOrder.find((role) => (bits & roleBit(role)) !== 0) ?? "user",
    ...(model === "" || isTitle ? {} : { model }),
    ...(time === noTime ? {} : { timestamp: time }),
    score,
    snippet,
    marks,
    titleMarks: findMarks(session.title, parsed),
    field,
    onActivePath: (bits & activeBit) !== 0,
    foundBy: ["text"],
  };
}

/** The first field that is looked in and has something to mark. */
function shownField(
  { parsed, fields }: HitContext,
  bits: number,
  row: Record<string, unknown>,
  title: string,
): { field: SearchField; text: string } {
  if ((bits & titleBit) !== 0) return { field: "title", text: title };
  const there = fieldOrder.flatMap((field) => {
    const text = row[field];
    return (bits & fieldBit(field)) !== 0 && typeof text === "string" ? [{ field, text }] : [];
  });
  const among = there.filter(({ field }) => fields?.includes(field) !== false);
  return (
    among.find(({ text }) => findMarks(text, parsed, { limit: 1 }).length > 0) ??
    among[0] ??
    there[0] ?? { field: "text", text: "" }
  );
}
