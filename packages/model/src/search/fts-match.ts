import type { ParsedQuery, SearchTerm, SearchWord } from "./parsed-query.ts";
import type { SearchField } from "./types.ts";

/**
 * The words of a query as a MATCH expression of SQLite's FTS5 over columns named like the fields. Every term stands in quotes,
 * so that nothing a person typed is syntax (https://sqlite.org/fts5.html, 3.1). Empty when nothing is to be found by words;
 * then `ftsExclusion` may still say what must not be there.
 * @param fields where the words are looked for; those of `in:` when absent, all when there are none. What is excluded must be in no field at all.
 */
export function toFtsMatch(
  parsed: Pick<ParsedQuery, "terms" | "filters">,
  fields: readonly SearchField[] | undefined = parsed.filters.in,
): string {
  const wanted = parsed.terms.filter((term) => !term.excluded && !term.isExact).map(anyOf);
  if (wanted.length === 0) return "";
  const all = wanted.join(" AND ");
  const columns = fields === undefined || fields.length === 0 ? "" : `{${fields.join(" ")}} : `;
  const excluded = ftsExclusion(parsed);
  if (excluded === "") return columns === "" ? all : `${columns}(${all})`;
  return `${columns}(${all}) NOT (${excluded})`;
}

/** What a hit must not have, as a MATCH expression that finds all of it; empty when the query excludes no words. */
export function ftsExclusion(parsed: Pick<ParsedQuery, "terms">): string {
  return parsed.terms
    .filter((term) => term.excluded && !term.isExact)
    .map(formatWord)
    .join(" OR ");
}

function anyOf(term: SearchTerm): string {
  if (term.alternatives.length === 0) return formatWord(term);
  return `(${[term, ...term.alternatives].map(formatWord).join(" OR ")})`;
}

function formatWord({ tokens, isPrefix }: SearchWord): string {
  return `${tokens.map((token) => `"${token}"`).join(" + ")}${isPrefix ? " *" : ""}`;
}
