import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ChattyError } from "@chatty/model";
import type { ImportReceipt } from "@chatty/store";
import { createFakeStreams, noTerminal } from "../testing/fake-streams.ts";
import { createCommandOutput } from "./command-output.ts";
import { reportFromError, writeError } from "./error-report.ts";
import { renderImports } from "./import-summary.ts";
import { duration, instant, listing, size } from "./phrases.ts";
import { displayWidth, fitWidth, oneLine } from "./plain-text.ts";
import { createProgress, progressLine } from "./progress.ts";
import { createStyle, typeable } from "./style.ts";
import { renderTable } from "./table.ts";

const plain = createStyle(false, noTerminal);
const onTerminal = { ...noTerminal, stdoutIsTerminal: true, stderrIsTerminal: true };

describe("createCommandOutput", () => {
  test("keeps stdout for the one object and stderr for people with JSON", async () => {
    const streams = createFakeStreams();
    const output = createCommandOutput({ ...streams, terminal: onTerminal }, true);
    output.progress.show({ label: "Reading", bytesDone: 1, bytesTotal: 2, conversations: 0 });
    await output.note("by the way");
    await output.result({ ok: true }, () => "never");
    assert.equal(streams.output(), '{"ok":true}\n');
    assert.match(streams.errors(), /by the way\n/);
  });

  test("escapes lone surrogates instead of replacing them", async () => {
    const streams = createFakeStreams();
    await createCommandOutput(streams, true).result({ text: "\uD800" }, () => "");
    assert.equal(streams.output(), '{"text":"\\ud800"}\n');
  });
});

describe("createStyle", () => {
  test("colours a terminal only, and never against NO_COLOR", () => {
    assert.equal(createStyle(true, onTerminal).good("x"), "\u001B[32mx\u001B[39m");
    assert.equal(createStyle(true, { ...onTerminal, colorAllowed: false }).good("x"), "x");
    assert.equal(createStyle(false, noTerminal).good("x"), "x");
  });
});

describe("typeable", () => {
  test("writes commands in hints as the program was called", () => {
    const told = "Run `chatty verify`. End the other chatty. Continue it with: chatty sessions fork x";
    assert.equal(
      typeable(told, "npm run --silent chatty --"),
      "Run `npm run --silent chatty -- verify`. End the other chatty. Continue it with: npm run --silent chatty -- sessions fork x",
    );
  });
});

describe("writeError", () => {
  test("gives people two lines and programs one object", async () => {
    const error = new ChattyError("SESSION_NOT_FOUND", "There is no\nsession x.", {
      hint: "Look.",
      where: { line: 3 },
    });
    const people = createFakeStreams();
    await writeError(people, false, reportFromError(error, false));
    assert.equal(
      people.errors(),
      "Error (SESSION_NOT_FOUND): There is no session x. (line 3)\nHint: Look.\n",
    );
    assert.equal(people.output(), "");
    const programs = createFakeStreams();
    await writeError(programs, true, reportFromError(error, false));
    assert.deepEqual(JSON.parse(programs.output()), {
      error: {
        code: "SESSION_NOT_FOUND",
        message: "There is no\nsession x.",
        hint: "Look.",
        where: { line: 3 },
      },
    });
    assert.equal(programs.errors(), "");
  });

  test("hides the stack of the unexpected unless it is asked for", () => {
    const report = reportFromError(new RangeError("oops"), false);
    assert.equal(report.code, "INTERNAL");
    assert.equal(report.stack, undefined);
    assert.match(reportFromError(new RangeError("oops"), true).stack ?? "", /RangeError: oops/);
  });
});

describe("renderTable", () => {
  test("aligns columns by what is seen, and cuts the flexible one", () => {
    const style = { ...plain, columns: 30 };
    const table = renderTable(
      [
        { title: "TITLE", flexible: true },
        { title: "N", align: "right" },
      ],
      [
        ["お茶の淹れ方", "7"],
        ["a very long title that does not fit anywhere", "1,200"],
      ],
      style,
    );
    const lines = table.trimEnd().split("\n");
    assert.equal(lines.length, 3);
    assert.deepEqual(new Set(lines.map(displayWidth)), new Set([30]));
    assert.match(lines[2] ?? "", /…  1,200$/);
  });

  test("shortens and leaves out what matters less before it cuts the flexible column", () => {
    const columns = [
      { title: "ID" },
      { title: "TITLE", flexible: true },
      { title: "KIND", givesWay: 2 },
      { title: "DATE", givesWay: 1, shorten: (text: string) => text.slice(0, 10) },
    ];
    const title = "a title that takes thirty-odd letters";
    const rows = [["0198", title, "imported", "2025-11-13 18:00"]];
    const lineAt = (width: number): string =>
      renderTable(columns, rows, { ...plain, columns: width }).split("\n")[1] ?? "";
    assert.equal(lineAt(71), `0198  ${title}  imported  2025-11-13 18:00`);
    assert.equal(lineAt(55), "0198  a title that takes thirty-…  imported  2025-11-13");
    assert.equal(lineAt(45), "0198  a title that takes thirty-…  2025-11-13");
    assert.equal(lineAt(30), "0198  a title that takes thir…");
    assert.equal(lineAt(10), "0198");
    for (let width = 4; width < 90; width += 1)
      assert.ok(displayWidth(lineAt(width)) <= width, String(width));
    assert.equal(lineAt(Number.POSITIVE_INFINITY), lineAt(71));
  });
});

describe("oneLine", () => {
  test("takes the power over the terminal away from a title", () => {
    assert.equal(oneLine("a\u001B]0;evil\u0007b\r\n c\u202E"), "a␛]0;evil␇b c\uFFFD");
    assert.equal(fitWidth("abcdef", 4), "abc…");
  });
});

describe("phrases", () => {
  test("speak as people do", () => {
    assert.equal(size(999), "999 B");
    assert.equal(size(4_213_000), "4.2 MB");
    assert.equal(size(999_960), "1.0 MB");
    assert.equal(duration(400), "0.4 s");
    assert.equal(duration(200_000), "3 min 20 s");
    assert.equal(duration(3_900_000), "1 h 05 min");
    assert.equal(instant(Date.UTC(2025, 10, 13, 18)), "2025-11-13 18:00");
    assert.equal(instant(undefined), "–");
    assert.equal(listing(["a", "b", "c"]), "a, b and c");
  });
});

describe("createProgress", () => {
  test("tells share, rate and rest", () => {
    const state = { label: "Reading", bytesDone: 25_000_000, bytesTotal: 100_000_000, conversations: 1204 };
    assert.equal(
      progressLine(state, 5000),
      "Reading  [#####---------------]  25 %  25.0 MB of 100 MB  1,204 conversations  5.0 MB/s  15 s left",
    );
  });

  test("keeps rate and rest whole in a narrow terminal", () => {
    const state = { label: "Reading", bytesDone: 25_000_000, bytesTotal: 100_000_000, conversations: 1204 };
    assert.equal(
      progressLine(state, 5000, 79),
      "Reading  25 %  25.0 MB of 100 MB  1,204 conversations  5.0 MB/s  15 s left",
    );
    assert.equal(progressLine(state, 5000, 30), "Reading  5.0 MB/s  15 s left");
    assert.equal(progressLine(state, 5000, 25), "Rea…  5.0 MB/s  15 s left");
    for (let width = 5; width < 100; width += 1) {
      assert.ok(displayWidth(progressLine(state, 5000, width)) <= width, String(width));
    }
  });

  test("is silent without a terminal and cleans up on one", async () => {
    const streams = createFakeStreams();
    const state = { label: "Reading", bytesDone: 1, bytesTotal: 2, conversations: 0 };
    createProgress(streams.stderr, noTerminal).show(state);
    assert.equal(streams.errors(), "");
    const progress = createProgress(streams.stderr, onTerminal);
    progress.show(state);
    await progress.clear();
    assert.match(streams.errors(), /Reading/);
    assert.ok(streams.errors().endsWith("\r\u001B[2K"));
  });
});

describe("renderImports", () => {
  test("says what came in, that it balances, and what was not there", () => {
    const text = renderImports([receipt(25)], false, plain);
    assert.match(text, /2,836 conversations, 61,204 messages, every node accounted for/);
    assert.match(text, /14 pictures and files were not in the export/);
    assert.match(text, /2,800 new and 36 grown/);
    assert.match(text, /… and 5 more/);
    assert.match(text, /chatty sessions --runtime chatgpt-alex/);
    assert.match(text, /chatty rebuild views/);
  });

  test("says plainly what could not be read, and names every runtime", () => {
    const broken = receipt(2);
    broken.conversations.failed = 2;
    broken.messages = 61_000;
    const other = { ...receipt(0), runtimeId: "claude-alex" } as ImportReceipt;
    const text = renderImports([broken, other], false, plain);
    assert.match(text, /61,000 messages, every node of what could be read accounted for/);
    assert.match(text, /2 records could not be read; they are kept and listed/);
    assert.match(text, /chatty runtimes select chatgpt-alex/);
    assert.match(text, /chatty runtimes select claude-alex/);
  });
});

function receipt(problems: number): ImportReceipt {
  const known: Partial<ImportReceipt> = {
    path: "export.zip",
    source: "chatgpt",
    archive: "sha256:00",
    alreadyImported: false,
    conversations: { seen: 2836, new: 2800, grown: 36, edited: 0, unchanged: 0, gone: 0, failed: 0 },
    nodes: { seen: 61_204, stored: 61_000, flagged: 204, skipped: 0 },
    attachments: { referenced: 20, found: 6, missing: 14 },
    balanced: true,
    problems: Array.from({ length: problems }, () => ({ code: "NODE_UNREADABLE", message: "A node." })),
    durationMs: 5000,
  };
  return { ...known, runtimeId: "chatgpt-alex" } as ImportReceipt;
}
