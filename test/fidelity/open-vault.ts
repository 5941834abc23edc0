import { exportReader } from "@chatty/importers";
import { openVault } from "@chatty/store";
import type { ShownConversation } from "./source-checker.ts";

/** Many conversations at once, read in this process through the library and not through the program. */
export interface BulkReader {
  /** Every imported session, deleted ones left out. */
  sessions(): { sessionId: string; runtimeId: string }[];
  show(name: string): Promise<ShownConversation>;
  raw(name: string): Promise<Buffer>;
  readFile(name: string, fileId: string): Promise<Buffer>;
}

/** Opens the vault of a test for reading in bulk and closes it again, whatever `read` does. */
export async function readInBulk<Result>(
  home: string,
  read: (reader: BulkReader) => Promise<Result>,
): Promise<Result> {
  const vault = await openVault({ home, environment: "production", exports: exportReader });
  try {
    const user = vault.user();
    return await read({
      sessions: () => {
        const all: { sessionId: string; runtimeId: string }[] = [];
        for (const archived of [false, true]) {
          let after: string | undefined;
          do {
            const page = user.sessions({ limit: 1000, archived, ...(after === undefined ? {} : { after }) });
            all.push(...page.sessions.filter((session) => session.imported));
            after = page.next;
          } while (after !== undefined);
        }
        return all;
      },
      show: async (name) => overTheWire(await user.show(name)),
      raw: async (name) => await collect(user.raw(name)),
      readFile: async (name, fileId) => await collect(user.readFile(name, fileId)),
    });
  } finally {
    await vault.close();
  }
}

/** Only what survives being printed counts as shown. */
function overTheWire(value: object): ShownConversation {
  return JSON.parse(JSON.stringify(value)) as ShownConversation;
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(Uint8Array.from(chunk));
  return Buffer.concat(all);
}
