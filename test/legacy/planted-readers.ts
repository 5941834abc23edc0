// Readers with one fault each; the checks must find every one of them.
import type { LegacyMessage, LegacyReader, LegacyReading } from "@chatty/model";
import { legacyReader } from "@chatty/importers";
import type { ReadingFault } from "./check-reading.ts";

export interface PlantedReader {
  name: string;
  reader: LegacyReader;
  /** How the check must call it. */
  found: ReadingFault["kind"];
}

export const plantedReaders: readonly PlantedReader[] = [
  { name: "drops what it does not understand", reader: changed(dropKept), found: "bytes-not-covered" },
  { name: "calls what it does not understand structure", reader: changed(hideKept), found: "kept-differs" },
  {
    name: "splits a text at what looks like a speaker",
    reader: changed(splitAt(/\n\n(?=\w+ said:)/)),
    found: "messages-differ",
  },
  { name: "splits a text at a rule", reader: changed(splitAt(/\n\n---\n\n/)), found: "messages-differ" },
  { name: "splits a text at a heading", reader: changed(splitAt(/\n\n(?=## )/)), found: "messages-differ" },
  {
    name: "gives messages without a time the present one",
    reader: changed(everyMessage(inventTime)),
    found: "time-made-up",
  },
  {
    name: "takes EST for five hours behind everywhere",
    reader: changed(everyMessage(guessZone)),
    found: "time-made-up",
  },
  {
    name: "trims texts",
    reader: changed(everyMessage((message) => ({ ...message, content: message.content.trim() }))),
    found: "messages-differ",
  },
  {
    name: "drops a message that says the same again",
    reader: changed(dropRepeated),
    found: "bytes-not-covered",
  },
  { name: "keeps imports among one's own", reader: changed(forgetImports), found: "messages-differ" },
  {
    name: "leaves alternatives of an answer out",
    reader: changed(dropAlternatives),
    found: "messages-differ",
  },
];

function changed(change: (reading: LegacyReading) => void): LegacyReader {
  return {
    survey: (folder) => legacyReader.survey(folder),
    async read(folder, survey, unit) {
      const reading = await legacyReader.read(folder, survey, unit);
      change(reading);
      return reading;
    },
  };
}

function dropKept(reading: LegacyReading): void {
  reading.spans = reading.spans.filter(({ kind }) => kind !== "kept");
}

function hideKept(reading: LegacyReading): void {
  for (const span of reading.spans) span.kind = "structure";
}

function splitAt(mark: RegExp): (reading: LegacyReading) => void {
  return (reading) => {
    for (const conversation of reading.conversations) {
      conversation.messages = conversation.messages.flatMap((message) =>
        message.content
          .split(mark)
          .map((content, index) => ({ ...message, key: `${message.key}/${index}`, content })),
      );
    }
  };
}

function everyMessage(change: (message: LegacyMessage) => LegacyMessage): (reading: LegacyReading) => void {
  return (reading) => {
    for (const conversation of reading.conversations)
      conversation.messages = conversation.messages.map(change);
  };
}

function inventTime(message: LegacyMessage): LegacyMessage {
  if (message.time !== undefined) return message;
  return {
    ...message,
    time: { ms: Date.UTC(2026, 0, 1), precision: "instant", token: "" },
    timestampSource: "message",
  };
}

function guessZone(message: LegacyMessage): LegacyMessage {
  if (message.time !== undefined || message.timeToken?.endsWith(" EST") !== true) return message;
  return {
    ...message,
    time: { ms: Date.UTC(2025, 10, 4, 4, 59, 59), precision: "instant", token: message.timeToken },
  };
}

function dropRepeated(reading: LegacyReading): void {
  for (const conversation of reading.conversations) {
    const seen = new Set<string>();
    conversation.messages = conversation.messages.filter(({ content }) => {
      const start = content.slice(0, 3);
      return !seen.has(start) && seen.add(start).has(start);
    });
  }
}

function forgetImports(reading: LegacyReading): void {
  for (const conversation of reading.conversations) delete conversation.imported;
}

function dropAlternatives(reading: LegacyReading): void {
  for (const conversation of reading.conversations) {
    conversation.messages = conversation.messages.filter(({ key }) => !key.includes("."));
  }
}
