import { createUuid } from "@chatty/model";
import type { MessageId, SessionId } from "@chatty/model";
import { lineExportBytes, lineExportReader } from "../imports/testing/line-export.ts";
import type { LineExport } from "../imports/testing/line-export.ts";
import type { UserVault, Vault } from "../user-vault.ts";
import { openVault } from "../vault/open-vault.ts";
import { fileIn, importOf, messagesIn, titleOf, valueOf, whole } from "./fault-facts.ts";
import type { SaidMessage } from "./fault-facts.ts";
import { copyTree, poweredFiles } from "./fault-power.ts";
import type { FaultWorld } from "./fault-world.ts";

export const environment = "test";
export const testReader = lineExportReader();

/** What lies in the home that scenarios begin with. */
export interface LivedInHome {
  /** Closed cleanly. */
  closed: string;
  /** The same work as a power cut left it, with everything still to be replayed. */
  cut: string;
  tea: SessionId;
  rain: SessionId;
  /** Tells the world what it has to find there. */
  known: (world: FaultWorld) => void;
}

export const picture = Buffer.from("a small picture\n".repeat(40));

export function newMessage(content: string): SaidMessage {
  return { id: createUuid(Date.now()) as MessageId, content };
}

export function newSessionId(): SessionId {
  return createUuid(Date.now()) as SessionId;
}

export async function* piecesOf(
  bytes: Buffer,
  pieceBytes = 200,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    await Promise.resolve();
    yield bytes.subarray(at, at + pieceBytes);
  }
}

/** An export of a person's own, with two conversations. */
export function exportOf(account: string, texts: readonly [string, string]): Buffer {
  const content: LineExport = {
    identity: { accountId: account, email: `${account}@example.com`, name: account },
    conversations: texts.map((text, index) => ({
      id: `${account}-${index}`,
      title: `${account} ${index}`,
      leaf: "m2",
      nodes: [
        { id: "m1", parent: null, text: `asked: ${text}`, time: 1_700_000_000 + index },
        { id: "m2", parent: "m1", role: "assistant", text, time: 1_700_000_100 + index },
      ],
    })),
  };
  return lineExportBytes(content);
}

/** Makes a home with some of everything, below an empty folder that the caller removes. */
export async function makeLivedInHome(folder: string): Promise<LivedInHome> {
  const powered = poweredFiles();
  const home = `${folder}/working`;
  const vault = await openVault({ home, environment, exports: testReader }, { files: powered.files });
  const user = vault.user();
  const tea = newSessionId();
  const rain = newSessionId();
  const said = ["Green or black?", "Green.", "Why?"].map(newMessage);
  const pictured = newMessage("Look at this.");
  await user.createSession({ id: tea, title: "Tea" });
  await user.createSession({ id: rain, title: "Rain" });
  for (const { id, content } of said) await user.append(tea, [{ role: "user", id, content }]);
  const attached = { name: "picture.png", bytes: piecesOf(picture) };
  await user.append(rain, [{ role: "user", ...pictured }], [attached]);
  const texts = ["Wet, and then dry.", "Dry, and then wet."] as const;
  const imported = exportOf("alex", texts);
  await user.import({ kind: "stream", name: "alex.jsonl", bytes: piecesOf(imported) }, { name: "alex" });
  await user.setSettings({ theme: "dark" });
  await user.setStarred(tea, true);
  powered.cutInto(home, `${folder}/cut`);
  await vault.close();
  copyTree(home, `${folder}/closed`);
  return {
    closed: `${folder}/closed`,
    cut: `${folder}/cut`,
    tea,
    rain,
    known: (world) => {
      for (const message of said) world.know(`message ${message.content}`, whole, messagesIn(tea, [message]));
      world.know("title of Tea", "Tea", titleOf(tea));
      world.know("attached picture", whole, fileIn(rain, pictured, picture));
      world.know("import alex", whole, importOf("alex", texts));
      world.know(
        "theme",
        '"dark"',
        valueOf((known) => known.settings()["theme"]),
      );
      world.know(
        "star of Tea",
        "true",
        valueOf((known) => known.session(tea).starred),
      );
    },
  };
}

/** What a scenario works with. */
export interface ScenarioContext {
  world: FaultWorld;
  home: LivedInHome;
  vault: Vault;
  user: UserVault;
  /** Opens the vault once more after the scenario closed it. */
  reopen: () => Promise<void>;
}
