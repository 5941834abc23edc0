// A vault in memory with one owner at a time, for tests of what happens around it. It knows appending and showing, no more.
import { ChattyError } from "@chatty/model";
import type { MessageId, SessionId } from "@chatty/model";
import type { AppendResult, MessageDraft, UserVault, Vault } from "@chatty/store";

export const fakeSessionId = "0198c0de-0000-7000-8000-000000000001" as SessionId;

export interface FakeDisk {
  /** What is durable, in order. */
  messages: (MessageDraft & { id: MessageId })[];
  isOwned: boolean;
  /** How long an append takes to be durable. */
  appendMs: number;
  open(): Promise<Vault>;
}

export function createFakeDisk(): FakeDisk {
  const disk: FakeDisk = {
    messages: [],
    isOwned: false,
    appendMs: 0,
    open() {
      if (disk.isOwned) return Promise.reject(new ChattyError("VAULT_BUSY", "Owned."));
      disk.isOwned = true;
      return Promise.resolve(fakeVault(disk));
    },
  };
  return disk;
}

function fakeVault(disk: FakeDisk): Vault {
  const user = fakeUser(disk);
  const vault: Partial<Vault> = {
    vaultId: "0198c0de-0000-7000-8000-0000000000ff",
    environment: "test",
    user: () => user,
    close() {
      disk.isOwned = false;
      return Promise.resolve();
    },
  };
  return vault as Vault;
}

function fakeUser(disk: FakeDisk): UserVault {
  let queue = Promise.resolve();
  const user: Partial<UserVault> = {
    resolveSession(name) {
      if (name === fakeSessionId || name === "home") return fakeSessionId;
      throw new ChattyError("SESSION_NOT_FOUND", `There is no session ${name}.`, {
        hint: "Look at the list.",
      });
    },
    append(_name, drafts) {
      const results: AppendResult[] = [];
      queue = queue.then(async () => {
        if (disk.appendMs > 0) await pause(disk.appendMs);
        for (const draft of drafts) results.push(appendDraft(disk, draft));
      });
      const done = queue.then(() => results);
      queue = queue.catch(() => undefined);
      return done;
    },
  };
  return user as UserVault;
}

function appendDraft(disk: FakeDisk, draft: MessageDraft): AppendResult {
  const { id } = draft;
  if (id === undefined) throw new TypeError("The asker gives an id to every message.");
  if (draft.content === "refuse")
    throw new ChattyError("MESSAGE_TOO_LARGE", "Refused.", { hint: "Another." });
  let seq = disk.messages.findIndex((message) => message.id === id);
  if (seq === -1) seq = disk.messages.push({ ...draft, id }) - 1;
  return { sessionId: fakeSessionId, messageId: id, seq, hash: `hash-${seq}` };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
