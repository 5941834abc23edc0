import { createHash } from "node:crypto";
import type { RuntimeId, SessionId } from "@chatty/model";
import { absolutePath } from "../../files/layout.ts";
import { nodeFiles } from "../../files/node-files.ts";
import { readWholeFile } from "../../files/write-all.ts";
import type { ImportReceipt } from "../../views.ts";
import { getRuntime } from "../../workspace/runtimes.ts";
import { importedSessionId } from "../name-uuid.ts";
import type { ImportSpace } from "./import-space.ts";
import { lineExportBytes } from "./line-export.ts";
import type { LineConversation, LineExport } from "./line-export.ts";

/** The owner of most samples. */
export const alex = { accountId: "user-alex-1", email: "alex@example.com", name: "Alex" };
/** A conversation with a branch and a structural root. */
export const tea: LineConversation = {
  id: "conv-tea",
  title: "Tea",
  leaf: "a1",
  createdAt: 1_700_000_000,
  nodes: [
    { id: "root", parent: null, structural: true, role: "system" },
    { id: "q1", parent: "root", text: "Green or black?", time: 1_700_000_001 },
    { id: "a1", parent: "q1", role: "assistant", text: "Green.", time: 1_700_000_002 },
    { id: "a2", parent: "q1", role: "assistant", text: "Black." },
  ],
};
/** A conversation of one message without a date. */
export const rain: LineConversation = {
  id: "conv-rain",
  title: "Rain",
  leaf: "r1",
  nodes: [{ id: "r1", parent: null, text: "Wet?" }],
};
/** An export of two conversations. */
export const first: LineExport = { identity: alex, conversations: [tea, rain] };

/** Bytes in small pieces. */
export async function* streamOf(bytes: Buffer): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += 100) {
    await Promise.resolve();
    yield bytes.subarray(at, at + 100);
  }
}

/** Imports an export from a stream. */
export function runExport(
  space: Pick<ImportSpace, "imports">,
  content: LineExport,
  options: Parameters<ImportSpace["imports"]["run"]>[1] = {},
): Promise<ImportReceipt> {
  return space.imports.run(
    { kind: "stream", name: "export.jsonl", bytes: streamOf(lineExportBytes(content)) },
    options,
  );
}

/** Number of reference rows, of whatever import. */
export function rowsOf(space: ImportSpace): number {
  const { configuration } = space.context.storage;
  return Number(configuration.get("SELECT count(*) AS n FROM import_references")?.["n"]);
}

/** The session of a conversation of a runtime. */
export function sessionOf(space: ImportSpace, runtimeId: RuntimeId, sourceId: string): SessionId {
  const { context } = space;
  const runtime = getRuntime(context.storage.configuration, context.user.userId, runtimeId);
  if (runtime?.namespace === undefined) throw new TypeError(`${runtimeId} is not imported.`);
  return importedSessionId(runtime.namespace, sourceId);
}

/** Every file below a folder with its hash; what an import that did not happen must leave as it was. */
export function filesOf(root: string, below = "imports"): string[] {
  const files = nodeFiles();
  return files.list(absolutePath(root, below)).flatMap(({ name, kind }) => {
    const path = `${below}/${name}`;
    if (kind === "directory") return filesOf(root, path);
    const bytes = readWholeFile(files, absolutePath(root, path)) ?? Buffer.alloc(0);
    return [`${path} ${createHash("sha256").update(bytes).digest("hex")}`];
  });
}
