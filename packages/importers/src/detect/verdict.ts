import { ChattyError } from "@chatty/model";
import type { Problem, SourceName } from "@chatty/model";
import type { SniffedMember } from "../export-plan.ts";

const sourceNames: Record<SourceName, string> = {
  chatgpt: "ChatGPT",
  claude: "Claude",
  legacy: "older Chatty",
};
const readable =
  "Chatty reads the exports of ChatGPT and Claude: the downloaded ZIP, or the conversations.json in it.";

/** True when a member holds conversations of a source that Chatty reads. */
export function holdsConversations(sniffed: readonly SniffedMember[]): boolean {
  return sniffed.some(({ recognised }) => recognised?.kind === "conversations");
}

/**
 * Decides whose export it is. @param wanted the person's own word, which decides where the content says nothing.
 * @throws {ChattyError} NOT_AN_EXPORT, UNSUPPORTED_EXPORT, SOURCE_MISMATCH, or what a nested archive was refused for
 */
export function chooseSource(
  archive: string,
  sniffed: readonly SniffedMember[],
  problems: readonly Problem[],
  wanted: SourceName | undefined,
): SourceName {
  for (const kind of ["conversations", "sidecar"] as const) {
    const found = new Set(
      sniffed.flatMap(({ recognised }) => (recognised?.kind === kind ? [recognised.source] : [])),
    );
    const source = pickSource(archive, found, wanted);
    if (source !== undefined) return source;
  }
  for (const { member, recognised } of sniffed) {
    const subject = member.name === "" ? archive : member.name;
    switch (recognised?.kind) {
      case "claude-manifest":
        throw unsupported(
          `${subject} is only the list of the files of a Claude export.`,
          "Download the ZIP files that it names (conversations-000.zip and so on) and import those.",
        );
      case "foreign":
        throw new ChattyError(
          "UNSUPPORTED_EXPORT",
          `This is ${article(recognised.vendor)}; Chatty cannot read those yet.`,
          { hint: readable, where: { file: subject } },
        );
      case "chatgpt-html":
        throw unsupported(
          `${subject} is the page chat.html of a ChatGPT export.`,
          "Give the whole ZIP, or the conversations.json that lies beside it.",
        );
      case "wrong-encoding":
        throw new ChattyError(
          "UNSUPPORTED_ENCODING",
          `${subject} is written in ${recognised.encoding}, not in UTF-8.`,
          {
            hint: "Give the file as it was downloaded, or save it as UTF-8.",
          },
        );
      default:
        break;
    }
  }
  const [refusal] = problems;
  if (refusal !== undefined) {
    throw new ChattyError(refusal.code, refusal.message, {
      hint: "Download the export again, and give the archives in it one by one.",
    });
  }
  if (
    wanted !== undefined &&
    sniffed.some(({ recognised, member }) => recognised === undefined && isJsonName(member.name))
  ) {
    return wanted;
  }
  throw new ChattyError("NOT_AN_EXPORT", `${archive} holds no conversations that Chatty knows.`, {
    hint: readable,
  });
}

function pickSource(
  archive: string,
  found: ReadonlySet<SourceName>,
  wanted: SourceName | undefined,
): SourceName | undefined {
  const [first, second] = found;
  if (first === undefined) return undefined;
  if (wanted !== undefined) {
    if (found.has(wanted)) return wanted;
    throw new ChattyError(
      "SOURCE_MISMATCH",
      `${archive} is an export of ${sourceNames[first]}, not of ${sourceNames[wanted]}.`,
      { hint: "Leave the source out; it is recognised by content." },
    );
  }
  if (second === undefined) return first;
  throw unsupported(
    `${archive} holds exports of ${sourceNames[first]} and of ${sourceNames[second]}.`,
    "Import them one at a time, or say which of the two is meant.",
  );
}

function unsupported(message: string, hint: string): ChattyError {
  return new ChattyError("UNSUPPORTED_EXPORT", message, { hint });
}

function article(vendor: string): string {
  if (vendor === "character card" || vendor === "SQLite database") return `a ${vendor}`;
  return `${/^[AEIO]/.test(vendor) ? "an" : "a"} ${vendor} export`;
}

function isJsonName(name: string): boolean {
  return name === "" || name.toLowerCase().endsWith(".json");
}
