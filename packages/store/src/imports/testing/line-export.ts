import type {
  ByteSource,
  ExportReader,
  ImportRecord,
  NodeFlag,
  Problem,
  SourceConversation,
  SourceIdentity,
  SourceName,
  SourceNode,
} from "@chatty/model";
import { ChattyError, contentFromParts, parseSourceTime } from "@chatty/model";

/** A node as the tests write it. */
export interface LineNode {
  id: string;
  parent: string | null;
  text?: string;
  role?: SourceNode["role"];
  /** Seconds since 1970 UTC. */
  time?: number;
  structural?: boolean;
  file?: string;
  /** Text that the vendor took out of the file. */
  fileText?: string;
  opaque?: string;
}

/** A conversation as the tests write it. */
export interface LineConversation {
  id: string;
  title?: string;
  leaf?: string;
  account?: string;
  customGpt?: { sourceId: string; name?: string };
  createdAt?: number;
  updatedAt?: number;
  /** Anything else; `current_node` is a pointer. */
  extra?: Record<string, string>;
  nodes: LineNode[];
  files?: { fileId: string; member?: string; name?: string }[];
  /** Makes the count wrong by so many nodes. */
  lost?: number;
}

/** An export as the tests write it: one line of JSON for its owner, then one for each record. */
export interface LineExport {
  source?: SourceName;
  identity?: SourceIdentity;
  conversations?: LineConversation[];
  broken?: string[];
  sidecars?: { kind: "project" | "user"; id: string; name?: string }[];
}

/** The bytes of an export. */
export function lineExportBytes(content: LineExport): Buffer {
  const lines = [
    JSON.stringify({ kind: "export", source: content.source ?? "chatgpt", identity: content.identity ?? {} }),
    ...(content.conversations ?? []).map((each) => JSON.stringify({ kind: "conversation", ...each })),
    ...(content.broken ?? []).map((text) => JSON.stringify({ kind: "broken", text })),
    ...(content.sidecars ?? []).map((each) =>
      JSON.stringify({ ...each, kind: "sidecar", sidecar: each.kind }),
    ),
  ];
  return Buffer.from(lines.map((line) => `${line}\n`).join(""), "utf8");
}

/** Name of the member of a folder or archive that holds the lines. */
export const lineMember = "export.jsonl";

/** A reader of line exports: the smallest thing that keeps the contract of {@link ExportReader}. */
export function lineExportReader(version = "lines-1"): ExportReader {
  return {
    version,
    async open(bytes) {
      const whole = Buffer.from(await bytes.read(0, bytes.size));
      const members =
        whole.subarray(0, 2).toString("latin1") === "PK" ? storedMembers(whole) : new Map<string, Buffer>();
      const member = members.has(lineMember) ? lineMember : "";
      const lines = members.get(lineMember) ?? whole;
      const head = headOf(lines, bytes);
      return {
        source: head.source,
        description: "Lines",
        identity: head.identity,
        totalBytes: lines.length,
        problems: [],
        records: (onProgress) => recordsOf(lines, member, onProgress),
        readMember: (name) => memberBytes(members, name),
      };
    },
    convert: (_, raw) => convertLine(JSON.parse(Buffer.from(raw).toString("utf8")) as LineConversation),
  };
}

interface Head {
  kind: string;
  source: SourceName;
  identity: SourceIdentity;
}

function headOf(lines: Buffer, bytes: ByteSource): Head {
  const end = lines.indexOf(0x0a);
  try {
    const head = JSON.parse(lines.subarray(0, end).toString("utf8")) as Head;
    if (head.kind === "export") return head;
  } catch {
    // Told below, as for everything else that is no export.
  }
  throw new ChattyError("NOT_AN_EXPORT", `${bytes.name} is not an export of lines.`);
}

async function* recordsOf(
  lines: Buffer,
  member: string,
  onProgress: ((bytesDone: number) => void) | undefined,
): AsyncGenerator<ImportRecord, void, undefined> {
  let offset = lines.indexOf(0x0a) + 1;
  while (offset < lines.length) {
    await Promise.resolve();
    const end = lines.indexOf(0x0a, offset);
    const raw = lines.subarray(offset, end);
    const place = { member, offset, length: raw.length };
    const line = JSON.parse(raw.toString("utf8")) as {
      kind: string;
      id?: string;
      name?: string;
      sidecar?: "project";
    };
    if (line.kind === "conversation") {
      yield {
        kind: "conversation",
        place,
        raw,
        conversation: convertLine(line as unknown as LineConversation),
      };
    } else if (line.kind === "broken") {
      yield { kind: "broken", place, raw, problem: { code: "RECORD_UNREADABLE", message: "It is broken." } };
    } else {
      const { id: sourceId, name, sidecar = "project" } = line;
      yield {
        kind: "sidecar",
        sidecar,
        place,
        ...(sourceId === undefined ? {} : { sourceId }),
        ...(name === undefined ? {} : { name }),
      };
    }
    offset = end + 1;
    onProgress?.(offset);
  }
}

function convertLine(line: LineConversation): SourceConversation {
  const nodes = line.nodes.map(convertNode);
  const flagged = nodes.filter(({ flags }) => flags.length > 0).length;
  const createdAt = parseSourceTime(line.createdAt);
  const updatedAt = parseSourceTime(line.updatedAt);
  const problems: Problem[] = [];
  return {
    sourceId: line.id,
    ...(line.title === undefined ? {} : { title: line.title }),
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(updatedAt === undefined ? {} : { updatedAt }),
    nodes,
    ...(line.leaf === undefined ? {} : { activeLeafSourceId: line.leaf }),
    activeLeafInferred: false,
    ...(line.account === undefined ? {} : { accountId: line.account }),
    ...(line.customGpt === undefined ? {} : { customGpt: line.customGpt }),
    attachments: line.files ?? [],
    metadata: { ...line.extra },
    count: {
      seen: nodes.length + (line.lost ?? 0),
      stored: nodes.length - flagged,
      flagged,
      skipped: 0,
    },
    problems,
  };
}

function convertNode(line: LineNode): SourceNode {
  const time = parseSourceTime(line.time);
  const flags: NodeFlag[] = line.structural === true ? ["structural"] : [];
  const parts: SourceNode["parts"] = [
    ...(line.text === undefined ? [] : [{ kind: "text" as const, text: line.text }]),
    ...(line.file === undefined
      ? []
      : [
          {
            kind: "image" as const,
            fileId: line.file,
            ...(line.fileText === undefined ? {} : { extractedText: line.fileText }),
          },
        ]),
    ...(line.opaque === undefined ? [] : [{ kind: "opaque" as const, type: line.opaque, raw: null }]),
  ];
  return {
    sourceId: line.id,
    parentSourceId: line.parent,
    structural: line.structural === true,
    role: line.role ?? "user",
    hidden: false,
    content: contentFromParts(parts),
    parts,
    ...(time === undefined ? {} : { time }),
    timestampSource: time === undefined ? "none" : "message",
    flags,
    metadata: {},
  };
}

async function* memberBytes(
  members: ReadonlyMap<string, Buffer>,
  name: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const found = members.get(name);
  if (found === undefined) throw new ChattyError("MEMBER_NOT_FOUND", `There is no member ${name}.`);
  for (let at = 0; at < found.length; at += 1000) {
    await Promise.resolve();
    yield found.subarray(at, at + 1000);
  }
}

/** Members of a ZIP without compression, as the folder writer makes them. */
function storedMembers(zip: Buffer): Map<string, Buffer> {
  const members = new Map<string, Buffer>();
  for (let at = 0; zip.readUInt32LE(at) === 0x04034b50;) {
    const size = zip.readUInt32LE(at + 18);
    const nameLength = zip.readUInt16LE(at + 26);
    const start = at + 30 + nameLength + zip.readUInt16LE(at + 28);
    members.set(zip.toString("utf8", at + 30, at + 30 + nameLength), zip.subarray(start, start + size));
    at = start + size;
  }
  return members;
}
