// Looks at what a reader made of a store, from the bytes alone: it shares no code with the readers.
import type { LegacyFolder, LegacyReader } from "@chatty/model";
import type { LegacyFixture } from "./fixtures/fixture.ts";

/** One way in which a reading is wrong. */
export interface ReadingFault {
  kind:
    | "bytes-not-covered"
    | "text-not-in-its-place"
    | "messages-differ"
    | "time-made-up"
    | "kept-differs"
    | "goes-elsewhere";
  detail: string;
}

export function folderOf(files: Readonly<Record<string, string | Uint8Array>>): LegacyFolder {
  const bytes = new Map(
    Object.entries(files)
      .map(([path, content]) => [path, Buffer.from(content)] as const)
      .sort(([left], [right]) => (left < right ? -1 : 1)),
  );
  return {
    files: [...bytes].map(([path, content]) => ({ path, size: content.length })),
    read: (path) => Promise.resolve(bytes.get(path) ?? Buffer.alloc(0)),
    tables: () => Promise.resolve([]),
  };
}

/** Reads a whole store and accounts for every byte of the files that were read; every text must stand where it says. */
export async function examineReading(reader: LegacyReader, folder: LegacyFolder): Promise<ReadingFault[]> {
  const faults: ReadingFault[] = [];
  const survey = await reader.survey(folder);
  for (const unit of survey.units) {
    const reading = await reader.read(folder, survey, unit);
    const messages = reading.conversations.flatMap((conversation) => conversation.messages);
    for (const path of unit.paths) {
      const bytes = Buffer.from(await folder.read(path));
      const covered = new Uint8Array(bytes.length);
      const places = messages.flatMap(({ place }) => (place?.path === path ? [place] : []));
      for (const { from, to } of [...places, ...reading.spans.filter((span) => span.path === path)])
        covered.fill(1, from, to);
      const gap = covered.indexOf(0);
      if (gap !== -1)
        faults.push({
          kind: "bytes-not-covered",
          detail: `${path} at ${gap}: ${JSON.stringify(bytes.toString("utf8", gap, gap + 40))}`,
        });
    }
    for (const { content, place, time, timeToken, key } of messages) {
      if (place === undefined) continue;
      const source = Buffer.from(await folder.read(place.path)).toString("utf8", place.from, place.to);
      if (
        !source.includes(content) &&
        !source.includes(JSON.stringify(content).slice(1, -1)) &&
        !isInJson(source, content)
      ) {
        faults.push({
          kind: "text-not-in-its-place",
          detail: `${place.path} ${key}: ${JSON.stringify(content.slice(0, 60))}`,
        });
      }
      if (time !== undefined && timeToken !== undefined)
        faults.push({ kind: "time-made-up", detail: `${place.path} ${key} has a time and none` });
    }
  }
  return faults;
}

/** Holds a reading against what a fixture says must come of it. */
export async function compareWithFixture(
  reader: LegacyReader,
  fixture: LegacyFixture,
): Promise<ReadingFault[]> {
  const folder = folderOf(fixture.files);
  const faults = await examineReading(reader, folder);
  const survey = await reader.survey(folder);
  const found: string[] = [];
  const kept: string[] = [];
  for (const unit of survey.units) {
    const reading = await reader.read(folder, survey, unit);
    for (const span of reading.spans.filter(({ kind }) => kind === "kept")) {
      const bytes = Buffer.from(await folder.read(span.path));
      kept.push(`${span.path}: ${bytes.toString("utf8", span.from, span.to)}`);
    }
    for (const { title, messages, imported, home, format } of reading.conversations) {
      const said = messages.map(({ role, content, time }) => [role, content, time?.ms ?? null]);
      const goes = imported === undefined ? "native" : "imported";
      found.push(JSON.stringify([unit.paths[0], format, title ?? null, goes, home, said.sort(byText)]));
    }
  }
  const wanted = fixture.conversations.map(({ path, format, title, goes, home, messages }) => {
    const said = messages.map(([role, content, ms]) => [role, content, ms ?? null]);
    return JSON.stringify([path, format, title ?? null, goes, home === true, said.sort(byText)]);
  });
  for (const detail of difference(wanted, found)) faults.push({ kind: faultOf(detail, found), detail });
  const wantedKept = fixture.kept.map(({ path, text }) => `${path}: ${text}`);
  for (const detail of difference(wantedKept, kept)) faults.push({ kind: "kept-differs", detail });
  return faults;
}

function faultOf(detail: string, found: readonly string[]): ReadingFault["kind"] {
  const untimed = (text: string): string => text.replace(/,(?:null|-?\d+)\]/g, "]");
  return found.some((each) => detail.endsWith(each) === false && untimed(detail).endsWith(untimed(each)))
    ? "time-made-up"
    : "messages-differ";
}

function difference(wanted: readonly string[], found: readonly string[]): string[] {
  const [left, right] = [wanted.toSorted(), found.toSorted()];
  return [
    ...left.filter((each) => !right.includes(each)).map((each) => `missing ${each}`),
    ...right.filter((each) => !left.includes(each)).map((each) => `unexpected ${each}`),
    ...(left.length === right.length ? [] : [`${left.length} wanted, ${right.length} found`]),
  ];
}

function byText(left: unknown, right: unknown): number {
  const [a, b] = [JSON.stringify(left), JSON.stringify(right)];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** JSON may escape what it need not; then the text is found among the strings of the value. */
function isInJson(source: string, content: string): boolean {
  const strings = (value: unknown): string[] => {
    if (typeof value === "string") return [value, ...nested(value)];
    return typeof value === "object" && value !== null ? Object.values(value).flatMap(strings) : [];
  };
  const nested = (text: string): string[] => {
    if (!/^[[{]/.test(text)) return [];
    try {
      return strings(JSON.parse(text));
    } catch {
      // A text that only begins like JSON.
      return [];
    }
  };
  return nested(source.trim()).some((text) => text === content);
}
