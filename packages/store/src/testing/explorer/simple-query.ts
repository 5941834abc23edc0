import type { ColumnValue, Row } from "../../workspace/changes.ts";
import type { ConfigurationState } from "./simulated-configuration.ts";

const form = /^SELECT (.+?) FROM (\w+)(?: (\w+))? WHERE (.+?)(?: ORDER BY [\w., ]+)?(?: LIMIT 1)?$/;

/**
 * Answers the plain questions that the code under exploration asks: columns of one table by equal values.
 * @throws {TypeError} for any other question, so that none is answered wrongly.
 */
export function answerQuery(state: ConfigurationState, sql: string, values: readonly ColumnValue[]): Row[] {
  const match = form.exec(sql.replaceAll(/\s+/g, " ").trim());
  if (match === null) throw new TypeError(`The simulated configuration does not answer: ${sql}`);
  const [, columns = "", table = "", alias = "", conditions = ""] = match;
  const column = (name: string): string => {
    const plain = alias !== "" && name.startsWith(`${alias}.`) ? name.slice(alias.length + 1) : name;
    if (!/^\w+$/.test(plain)) throw new TypeError(`The simulated configuration does not answer: ${sql}`);
    return plain;
  };
  let next = 0;
  const wanted = conditions.split(" AND ").map((condition) => {
    const [, name = "", value = ""] = /^([\w.]+) = (\?|'\w+')$/.exec(condition) ?? [];
    if (name === "") throw new TypeError(`The simulated configuration does not answer: ${sql}`);
    return { name: column(name), value: value === "?" ? (values[next++] ?? null) : value.slice(1, -1) };
  });
  const found: Row[] = [];
  for (const [place, text] of state.rows) {
    if (!place.startsWith(`${table} `)) continue;
    const row = JSON.parse(text) as Row;
    if (!wanted.every(({ name, value }) => row[name] === value)) continue;
    found.push(selected(row, columns, column));
  }
  return found;
}

function selected(row: Row, columns: string, column: (name: string) => string): Row {
  if (columns === "*") return row;
  const chosen: Row = {};
  for (const part of columns.split(", ")) {
    const [, constant, alias] = /^(\d+) AS (\w+)$/.exec(part) ?? [];
    if (constant !== undefined && alias !== undefined) chosen[alias] = Number(constant);
    else chosen[column(part)] = row[column(part)] ?? null;
  }
  return chosen;
}
