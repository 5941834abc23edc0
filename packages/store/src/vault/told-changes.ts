// What a change that is in force means to whoever listens.
import type { ConstructId, RuntimeId, SessionId, UserId } from "@chatty/model";
import type { JournalRecord } from "../journal/record.ts";
import type { ConfigurationChange } from "../workspace/changes.ts";
import type { ConfigurationReader } from "../workspace/connection.ts";
import { getConstructByGptId } from "../workspace/constructs.ts";
import { runtimesOfConstruct } from "../workspace/runtimes.ts";
import { activeRuntimeKey } from "../workspace/settings.ts";
import type { ChangeFeed } from "./change-feed.ts";

/** Tells of a session that was made, or got a record. */
export function tellRecord(feed: ChangeFeed, sessionId: SessionId, record: JournalRecord | undefined): void {
  feed.tell({ kind: "session", sessionId });
  if (record !== undefined && touchesMessages(record)) feed.tell({ kind: "messages", sessionId });
}

/** Tells of a change of the configuration. Homes and stars are told where rows follow them. */
export function tellConfigured(
  feed: ChangeFeed,
  reader: ConfigurationReader,
  change: ConfigurationChange,
): void {
  const row = "put" in change ? change.row : change.key;
  switch ("put" in change ? change.put : change.delete) {
    case "runtimes":
    case "homes":
      feed.tell({ kind: "runtime", runtimeId: String(row["runtime_id"]) as RuntimeId });
      break;
    case "overlays":
      feed.tell({ kind: "session", sessionId: String(row["session_id"]) as SessionId });
      break;
    case "settings": {
      const value: unknown = row["key"] === activeRuntimeKey && "put" in change ? row["value"] : undefined;
      const runtimeId: unknown = typeof value === "string" ? JSON.parse(value) : undefined;
      if (typeof runtimeId === "string") {
        feed.tell({ kind: "runtime_selected", runtimeId: runtimeId as RuntimeId });
      }
      break;
    }
    case "gpts":
    case "gpt_files":
    case "gpt_actions":
      tellRuntimesOf(feed, reader, String(row["user_id"]) as UserId, row["gpt_id"] ?? row["id"]);
      break;
    default:
      break;
  }
}

function tellRuntimesOf(feed: ChangeFeed, reader: ConfigurationReader, userId: UserId, gptId: unknown): void {
  const construct = getConstructByGptId(reader, userId, String(gptId));
  if (construct === undefined) return;
  const constructId: ConstructId = construct.constructId;
  for (const { runtimeId } of runtimesOfConstruct(reader, userId, constructId)) {
    feed.tell({ kind: "runtime", runtimeId });
  }
}

function touchesMessages(record: JournalRecord): boolean {
  switch (record.kind) {
    case "message":
    case "checkpoint":
    case "revision":
      return true;
    case "tombstone":
      return record.targetId !== undefined;
    case "title":
    case "archive":
    case "fork":
    case "note":
      return false;
  }
}
