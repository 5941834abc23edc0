import { homeSlug, type ConstructId } from "@chatty/model";
import type { JournalHeader, SealedHeader } from "./record.ts";
import { commentJson, commentValue, inlineText, quoteYaml, quoteYamlList } from "./transcript-quote.ts";

/** Version of the transcript format; a reader of another version does not guess. */
export const transcriptFormat = 1;

/** What the line begins with that carries the sealed header. Nothing before it in a head can begin like this. */
export const headerLineStart = '<!-- chatty:transcript {"format":1,"header":';

/** What the line ends with that carries the sealed header. */
export const headerLineEnd = "} -->";

/**
 * The head of a transcript, fixed at creation: front matter, the sealed header itself in a comment, and lines for people.
 * What changes later (title, links) is appended as blocks.
 */
export function renderHead(header: SealedHeader): Buffer {
  const lines = [
    ...frontMatter(header),
    `${headerLineStart}${commentJson(header)}${headerLineEnd}`,
    "",
    ...(header.metadata.home === undefined ? sessionLines(header) : homeLines(header)),
    "",
  ];
  return Buffer.from(`${lines.join("\n")}\n`, "utf8");
}

function frontMatter({ chat_id: sessionId, metadata }: JournalHeader): string[] {
  const { forkedFrom, home } = metadata;
  const linked = forkedFrom === undefined ? [] : [forkedFrom.sessionId];
  const across =
    forkedFrom === undefined || forkedFrom.runtimeId === metadata.runtimeId
      ? []
      : [`${forkedFrom.sessionId}@${forkedFrom.runtimeId}`];
  return [
    "---",
    "IMPORT_METADATA:",
    `  source: ${quoteYaml(home?.source ?? "chatty")}`,
    ...(home?.importedAt === undefined ? [] : [`  importedAt: ${quoteYaml(isoTime(home.importedAt))}`]),
    `  runtimeId: ${quoteYaml(metadata.runtimeId)}`,
    `  constructId: ${quoteYaml(metadata.constructId)}`,
    ...(forkedFrom === undefined ? [] : [`  originalSessionId: ${quoteYaml(forkedFrom.sessionId)}`]),
    "CONTINUITY:",
    `  sessionId: ${quoteYaml(sessionId)}`,
    `  runtimeId: ${quoteYaml(metadata.runtimeId)}`,
    // Number of the first message that follows.
    "  messageSequence: 1",
    `  linkedSessions: ${quoteYamlList(linked)}`,
    `  crossRuntimeReferences: ${quoteYamlList(across)}`,
    "---",
  ];
}

function homeLines(header: JournalHeader): string[] {
  const { constructId, home, runtimeId } = header.metadata;
  const provider = inlineText(home?.providerLabel ?? "");
  const imported = home?.importedAt;
  return [
    `# Chat with ${provider}`,
    "",
    ...headerLines(header, homeSlug(constructId as ConstructId)),
    "",
    "<!-- IMPORT_METADATA",
    `source: ${commentValue(home?.source ?? "")}`,
    ...(imported === undefined ? [] : [`importedAt: ${isoTime(imported)}`]),
    `constructId: ${commentValue(constructId)}`,
    `runtimeId: ${commentValue(runtimeId)}`,
    "isPrimary: true",
    "-->",
    "",
    "---",
    "",
    imported === undefined
      ? `Welcome to your ${provider} workspace.`
      : `Welcome to your ${provider} workspace. Your imported conversations are available in the sidebar.`,
  ];
}

function sessionLines(header: JournalHeader): string[] {
  const title = inlineText(header.metadata.title);
  return [`# ${title === "" ? "Untitled" : title}`, "", ...headerLines(header, header.chat_id), "", "---"];
}

function headerLines({ metadata, timestamp }: JournalHeader, sessionName: string): string[] {
  return [
    `**Created**: ${isoTime(timestamp)}`,
    `**Session ID**: ${inlineText(sessionName)}`,
    `**Construct**: ${inlineText(metadata.constructId)}`,
    `**Runtime**: ${inlineText(metadata.runtimeId)}`,
  ];
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
