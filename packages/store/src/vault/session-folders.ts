import type { ConstructId, SessionId } from "@chatty/model";
import { parseConstructId, parseSessionId } from "@chatty/model";
import { absolutePath, layout } from "../files/layout.ts";
import type { UserPlace } from "../files/layout.ts";
import type { VaultStorage } from "./vault-storage.ts";

/** Folders of native sessions as they lie on disk. Names that are no ids are none of Chatty's. */
export function* sessionFolders(
  storage: VaultStorage,
  user: UserPlace,
): Generator<{ constructId: ConstructId; sessionId: SessionId }> {
  const { files, root } = storage;
  for (const instance of files.list(absolutePath(root, `${layout.user(user)}/instances`))) {
    const constructId = checked(parseConstructId, instance.name);
    if (constructId === undefined) continue;
    for (const entry of files.list(absolutePath(root, layout.sessions(user, constructId)))) {
      const sessionId = checked(parseSessionId, entry.name);
      if (sessionId !== undefined) yield { constructId, sessionId };
    }
  }
}

function checked<Id>(parse: (text: string) => Id, text: string): Id | undefined {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
