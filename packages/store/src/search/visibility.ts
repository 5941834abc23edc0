import { slugFromText } from "@chatty/model";
import type { SessionId, UserId } from "@chatty/model";
import type { ConfigurationReader } from "../workspace/connection.ts";
import { listConstructs } from "../workspace/constructs.ts";
import { listRuntimes } from "../workspace/runtimes.ts";
import type { Visibility } from "./session-filter.ts";

/** What may be found at this moment. @param hiddenSessions conversations of which the index is known to say too much. */
export function visibilityOf(
  configuration: ConfigurationReader,
  userId: UserId,
  hiddenSessions: SessionId[],
): Visibility {
  const hiddenRuntimes: string[] = [];
  const joined: Record<string, string> = {};
  const names: Record<string, string> = {};
  for (const { constructId, name } of listConstructs(configuration, userId))
    names[constructId] = slugFromText(name);
  const runtimes = new Map(
    listRuntimes(configuration, userId, { all: true }).map((runtime) => [runtime.runtimeId, runtime]),
  );
  for (const runtime of runtimes.values()) {
    names[runtime.runtimeId] = slugFromText(runtime.name);
    let root = runtime;
    // A circle ends after as many steps as there are runtimes.
    for (let step = 0; step < runtimes.size && root.joinedInto !== undefined; step += 1) {
      root = runtimes.get(root.joinedInto) ?? { ...root, joinedInto: undefined };
    }
    if (root.deletedAt !== undefined) hiddenRuntimes.push(runtime.runtimeId);
    if (root !== runtime) joined[runtime.runtimeId] = root.runtimeId;
  }
  return { hiddenRuntimes, joined, names, hiddenSessions };
}
