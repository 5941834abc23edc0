import type { StatementSync } from "node:sqlite";
import { findMarks, makeSnippet } from "@chatty/model";
import type { MessageId, ParsedQuery, RuntimeId, SearchField, SearchHit } from "@chatty/model";
import type { AttributeTable } from "./attribute-table.ts";
import { noTime } from "./attribute-table.ts";
import { activeBit, fieldBit, fieldOrder, markBits, roleBit, roleOrder, titleBit } from "./document.ts";
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
  /** How each was found, where that is not by words alone. */
  passages?: ReadonlyMap<number, FoundPassage>;
}

/** What was found by its meaning. */
export interface FoundPassage {
  field: "text" | "file";
  /** UTF-16 units of the field, the end exclusive. */
  from: number;
  to: number;
  /** Whether the words were found there as well. */
  hasWords: boolean;
}

/** A document as a person sees it in an answer; undefined when it is gone. */
export function buildHit(context: HitContext, { position, doc, score }: BestDocument): SearchHit | undefined {
  const { body, table, visibility, parsed } = context;
  const bits = table.bitsAt(position);
  const session = table.session(table.sessionNumberAt(position));
  const row = body.get(doc);
  if (session === undefined || row === undefined) return undefined;
  const passage = context.passages?.get(position);
  const { field, text } =
    passage === undefined || passage.hasWords
      ? shownField(context, bits, row, session.title)
      : { field: passage.field, text: String(row[passage.field]).slice(passage.from, passage.to) };
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
    ...((session.marks & markBits.archived) === 0 ? {} : { archived: true }),
    foundBy: passage === undefined ? ["text"] : passage.hasWords ? ["text", "meaning"] : ["meaning"],
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
