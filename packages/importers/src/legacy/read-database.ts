import type {
  JsonObject,
  JsonValue,
  LegacyConversation,
  LegacyMessage,
  LegacyReading,
  LegacyTable,
} from "@chatty/model";
import { ChattyError, parseSourceTime } from "@chatty/model";
import { constructsIn } from "./database-constructs.ts";
import { lastKey } from "./jsonl-reading.ts";
import { roleFromWord } from "./read-chat-lines.ts";

/** Which columns of a table of messages say what, in the spellings of the older databases. */
const columns = {
  session: [
    "chat_session_uuid",
    "conversation_id",
    "conversationId",
    "session_id",
    "sessionId",
    "thread_id",
    "userId",
  ],
  role: ["role", "sender", "author"],
  text: ["content", "text", "message"],
  time: ["timestamp", "ts", "created_at", "createdAt"],
  order: ["sequence_number", "sequence", "id", "message_id"],
} as const;

/**
 * Reads the tables of an older database: every table whose rows have a role and a text holds messages, and a table whose rows have the
 * same ids as those name their conversations. Constructs come from the tables of their settings.
 * @returns undefined when no table holds either.
 * @throws {ChattyError} LEGACY_SEVERAL_USERS: nothing of one user may come to another.
 */
export function readDatabase(path: string, tables: readonly LegacyTable[]): LegacyReading | undefined {
  const conversations: LegacyConversation[] = [];
  for (const table of tables) {
    const [first] = table.rows;
    if (
      first === undefined ||
      pick(first, columns.role) === undefined ||
      pick(first, columns.text) === undefined
    )
      continue;
    const groups = new Map<string, JsonObject[]>();
    for (const row of table.rows) {
      const session = pick(row, columns.session);
      const id = typeof session === "string" ? session : JSON.stringify(session ?? "");
      const group = groups.get(id) ?? [];
      group.push(row);
      groups.set(id, group);
    }
    for (const [id, rows] of groups) conversations.push(conversationOf(path, table, id, rows, tables));
  }
  const constructs = constructsIn(tables);
  if (conversations.length === 0 && constructs.length === 0) return undefined;
  assertOneUser(path, tables);
  return { conversations, constructs, spans: [], problems: [] };
}

/** Rows that older versions made for everybody have this owner. */
const everybody = "all_users";

function assertOneUser(path: string, tables: readonly LegacyTable[]): void {
  const users = new Set<string>();
  for (const { rows } of tables) {
    for (const row of rows) {
      for (const column of ["user_id", "userId", "user_uuid"]) {
        const user = row[column];
        if (typeof user === "string" && user !== everybody) users.add(user);
      }
    }
  }
  if (users.size < 2) return;
  throw new ChattyError(
    "LEGACY_SEVERAL_USERS",
    `${path} has rows of ${users.size} users; it is kept and nothing of it was taken over. Make a copy with the rows of one user.`,
    { hint: "Make a copy with the rows of one user, and migrate that one.", where: { file: path } },
  );
}

function conversationOf(
  path: string,
  table: LegacyTable,
  id: string,
  rows: readonly JsonObject[],
  tables: readonly LegacyTable[],
): LegacyConversation {
  const described = tables
    .filter((other) => other !== table)
    .flatMap((other) => other.rows)
    .find(
      (row) =>
        columns.session.concat().some((column) => column !== "userId" && row[column] === id) ||
        row["id"] === id,
    );
  const title = text(described?.["title"]);
  const construct =
    text(described?.["construct_callsign"]) ??
    text(described?.["construct_id"]) ??
    text(described?.["constructId"]);
  const messages: LegacyMessage[] = [];
  const ordered = rows
    .map((row, index) => ({ row, index, order: pick(row, columns.order.slice(0, 2)) }))
    .sort((left, right) => numberOf(left.order) - numberOf(right.order) || left.index - right.index);
  for (const { row } of ordered) messages.push(messageOf(row, messages));
  const stem = (path.split("/").at(-1) ?? path).replace(/\.[^.]+$/, "");
  return {
    key: `database/${stem}/${table.name}/${id}`,
    format: "chatty-database",
    ...(title === undefined ? {} : { title }),
    ...(construct === undefined ? {} : { construct }),
    home: false,
    deleted: false,
    messages,
    metadata: { table: table.name, ...(described === undefined ? {} : { row: described }) },
  };
}

function messageOf(row: JsonObject, before: readonly LegacyMessage[]): LegacyMessage {
  const word = text(pick(row, columns.role));
  const role = roleFromWord(word);
  const content = pick(row, columns.text);
  const token = pick(row, columns.time);
  const time = parseSourceTime(token);
  const used = columns.text.find((column) => row[column] === content);
  return {
    key: `m${before.length}`,
    parentKey: lastKey(before),
    role: role ?? "system",
    ...(role === undefined && word !== undefined ? { author: word } : {}),
    content:
      typeof content === "string"
        ? content
        : content === undefined || content === null
          ? ""
          : JSON.stringify(content),
    ...(time === undefined
      ? { timestampSource: "none", ...(typeof token === "string" ? { timeToken: token } : {}) }
      : { time, timestampSource: "message" }),
    metadata: { row: Object.fromEntries(Object.entries(row).filter(([key]) => key !== used)) },
  };
}

function pick(row: JsonObject, names: readonly string[]): JsonValue | undefined {
  const name = names.find((each) => Object.hasOwn(row, each));
  return name === undefined ? undefined : row[name];
}

function numberOf(value: JsonValue | undefined): number {
  return typeof value === "number" ? value : 0;
}

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
