// The lines with which older programs begin a message, strict forms first. Each pattern was written from the format's grammar.

/** The beginning of a message, as its line says it. */
export interface MarkdownHead {
  form: HeadForm;
  speaker: string;
  /** The word in brackets behind a name, where the form has one. */
  role?: string;
  /** Character of the line where the text begins. */
  bodyAt: number;
  /** The text begins on a line below. */
  isBodyBelow: boolean;
  /** A time that names its day itself. */
  stamp?: string;
  /** A time of the day, to be read with the heading above. */
  clock?: string;
}

export type HeadForm =
  | "clock-iso"
  | "clock"
  | "plain-clock-iso"
  | "server"
  | "utc"
  | "html"
  | "block"
  | "lead-time"
  | "bold-name"
  | "said"
  | "name";

/** Forms that one program, or its successors on the same files, wrote. A file has the forms of one family. */
export type HeadFamily = "vault" | "utc" | "html" | "block" | "bold" | "said" | "name";

export const familyOfForm: Readonly<Record<HeadForm, HeadFamily>> = {
  "clock-iso": "vault",
  clock: "vault",
  "plain-clock-iso": "vault",
  server: "vault",
  utc: "utc",
  html: "html",
  block: "block",
  "lead-time": "block",
  "bold-name": "bold",
  said: "said",
  name: "name",
};

/** Families whose lines have a time: nothing else in a file counts as a beginning once one of these is there. */
export const strictFamilies: readonly HeadFamily[] = ["vault", "utc", "html", "block"];
/** Families that only have a name, the clearer one first. */
export const weakFamilies: readonly HeadFamily[] = ["said", "bold", "name"];

/** Forms whose text may begin on a line below. The others go on where the line goes on, even when nothing follows there. */
const formsAboveText: ReadonlySet<HeadForm> = new Set(["server", "html", "block", "said", "bold-name"]);

const clock = String.raw`\d{1,2}:\d{2}:\d{2} (?:AM|PM) [A-Za-z][A-Za-z0-9+:_/-]{0,15}`;
const stamp = String.raw`\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?`;
const name = String.raw`[^*\[\]\n]{1,120}?`;

const forms: readonly { form: HeadForm; pattern: RegExp }[] = [
  {
    form: "clock-iso",
    pattern: new RegExp(
      String.raw`^\*\*(?<clock>${clock}) - (?<speaker>${name})\*\* \[(?<stamp>${stamp})\]: ?`,
    ),
  },
  { form: "clock", pattern: new RegExp(String.raw`^\*\*(?<clock>${clock}) - (?<speaker>${name})\*\*: ?`) },
  {
    form: "plain-clock-iso",
    pattern: new RegExp(String.raw`^(?<clock>${clock}) - (?<speaker>${name}) \[(?<stamp>${stamp})\]: ?`),
  },
  {
    form: "server",
    pattern: new RegExp(String.raw`^\*\*(?<speaker>${name})\*\* \((?<stamp>[^()\n]{4,60})\):$`),
  },
  {
    form: "html",
    pattern: new RegExp(String.raw`^\[(?<stamp>${stamp})\] \*\*(?<speaker>${name}) said:\*\*(?:$| )`),
  },
  { form: "utc", pattern: new RegExp(String.raw`^\[(?<stamp>${stamp})\] \*\*(?<speaker>${name})\*\*: ?`) },
  {
    form: "block",
    pattern: new RegExp(
      String.raw`^\*\*\[(?<stamp>${stamp})\] (?<speaker>${name})(?: \((?<role>[a-z]{2,12})\))?\*\*:(?:$| )`,
    ),
  },
  {
    form: "lead-time",
    pattern: new RegExp(String.raw`^[\[(](?<stamp>${stamp})[\])] (?<speaker>[^*:\[\]()\n]{1,60}): ?`),
  },
  { form: "bold-name", pattern: new RegExp(String.raw`^\*\*(?<speaker>[^*:\[\]()\n]{1,60})\*\*:(?:$| )`) },
  { form: "said", pattern: /^(?<speaker>[^*:[\]()\n#>]{1,60}) said:$/ },
  { form: "name", pattern: /^(?<speaker>[^*:[\]()\n#>]{1,60}): / },
];

/** The beginning of a message in one of these families; undefined for any other line. */
export function matchHead(line: string, families: readonly HeadFamily[]): MarkdownHead | undefined {
  // Every form with a time begins with one of these; most lines do not.
  if (families === strictFamilies && !/^[*[(\d]/.test(line)) return undefined;
  for (const { form, pattern } of forms) {
    if (!families.includes(familyOfForm[form])) continue;
    const match = pattern.exec(line);
    const groups = match?.groups;
    const speaker = groups?.["speaker"];
    if (match === null || groups === undefined || speaker === undefined) continue;
    const endsLine = match[0].length === line.length;
    return {
      form,
      speaker,
      bodyAt: match[0].length,
      isBodyBelow: endsLine && formsAboveText.has(form),
      ...(groups["role"] === undefined ? {} : { role: groups["role"] }),
      ...(groups["stamp"] === undefined ? {} : { stamp: groups["stamp"] }),
      ...(groups["clock"] === undefined ? {} : { clock: groups["clock"] }),
    };
  }
  return undefined;
}
