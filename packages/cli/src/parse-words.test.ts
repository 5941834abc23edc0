import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isChattyError } from "@chatty/model";
import { commandList } from "./command-list.ts";
import type { Request } from "./parse-words.ts";
import { parseWords, wantsJson } from "./parse-words.ts";

const defaults = { workingFolder: "/home/alex", home: "/data", environment: "production" };

function parse(...words: string[]): Request {
  return parseWords(words, commandList, defaults);
}

function parseCommand(...words: string[]): Extract<Request, { kind: "command" }> {
  const request = parse(...words);
  assert.equal(request.kind, "command");
  return request;
}

function refuses(words: string[], message: RegExp, hint?: RegExp): void {
  assert.throws(
    () => parse(...words),
    (error) => {
      assert.ok(isChattyError(error, "USAGE"), String(error));
      assert.match(error.message, message);
      if (hint !== undefined) assert.match(error.hint ?? "", hint);
      return true;
    },
  );
}

describe("parseWords", () => {
  test("takes options before and after the command", () => {
    for (const words of [
      ["--json", "--limit", "5", "sessions", "--home", "elsewhere"],
      ["sessions", "--limit=5", "--home=elsewhere", "--json"],
    ]) {
      const { invocation, home } = parseCommand(...words);
      assert.deepEqual(invocation, { command: "sessions", arguments: [], options: { limit: 5 }, json: true });
      assert.equal(home, "/home/alex/elsewhere");
    }
  });

  test("knows commands of two words and their own options", () => {
    const { invocation } = parseCommand("sessions", "new", "--title", "Ein Titel");
    assert.deepEqual(invocation.options, { title: "Ein Titel" });
    assert.equal(invocation.command, "sessions new");
    refuses(["sessions", "star", "x", "--limit", "3"], /no option --limit/);
  });

  test("lets two hyphens end the options", () => {
    const { invocation } = parseCommand("sessions", "rename", "home", "--", "--json");
    assert.deepEqual(invocation.arguments, ["home", "--json"]);
    assert.equal(invocation.json, false);
  });

  test("makes paths absolute and leaves standard input alone", () => {
    const { invocation } = parseCommand("import", "a.zip", "-", "/b.zip");
    assert.deepEqual(invocation.arguments, ["/home/alex/a.zip", "-", "/b.zip"]);
    assert.deepEqual(
      parseCommand("append", "s", "--role", "user", "--file", "a", "--file", "b").invocation.options,
      {
        role: "user",
        file: ["/home/alex/a", "/home/alex/b"],
      },
    );
  });

  test("refuses what it does not know and suggests what was meant", () => {
    refuses(["improt", "x"], /no command "improt"/, /chatty import/);
    refuses(["sessions", "--limt", "3"], /no option --limt/, /--limit/);
    refuses(["runtimes", "selct"], /no command "runtimes selct"/, /select/);
    refuses(["dance", "word"], /no command "dance"/);
    refuses(["--nonsense"], /no option --nonsense/);
    refuses(["--json"], /No command/);
  });

  test("refuses missing, superfluous and impossible values", () => {
    refuses(["import"], /PATH is missing/, /Usage: chatty import PATH…/);
    refuses(["show", "a", "b"], /"b" is one argument too many/);
    refuses(["sessions", "--limit"], /--limit needs a value/);
    refuses(["sessions", "--limit", "--json"], /looks like an option/);
    refuses(["sessions", "--limit", "0"], /--limit cannot be "0"/, /from 1 to 1000/);
    refuses(["sessions", "--starred=yes"], /takes no value/);
    refuses(["rebuild", "everthing"], /SCOPE cannot be/);
    refuses(["import", "x", "--source", "chatgbt"], /--source cannot be/, /chatgpt/);
    refuses(["show", "x", "--at", "yesterday"], /not a time/);
    refuses(["sessions", "fork", "x", "--at", "17"], /not a message id/);
    refuses(["sessions", "--env", "../x"], /not an environment/);
    refuses(["sessions", "--user", "me"], /not a user id/);
    refuses(["append", "x"], /--role is missing/);
    refuses(["append", "x", "--lines", "--role", "user"], /exclude each other/);
    refuses(["show", "x", "--at", "2020"], /not a time/, /2020-12-31/);
    refuses(["show", "x", "--at", "1700000000"], /not a time/, /milliseconds.*1700000000000/);
  });

  test("reads times as milliseconds, and a date as its whole day", () => {
    assert.equal(
      parseCommand("show", "x", "--at", "1700000000000").invocation.options["at"],
      1_700_000_000_000,
    );
    const endOfDay = Date.UTC(2025, 10, 14) - 1;
    assert.equal(parseCommand("show", "x", "--at", "2025-11-13").invocation.options["at"], endOfDay);
    assert.equal(
      parseCommand("show", "x", "--at", "2025-11-13T18:00:05+01:00").invocation.options["at"],
      Date.UTC(2025, 10, 13, 17, 0, 5),
    );
  });

  test("asks for help and version in every spelling", () => {
    assert.deepEqual(parse(), { kind: "help", topic: [], json: false });
    assert.deepEqual(parse("-h", "--json"), { kind: "help", topic: [], json: true });
    assert.deepEqual(parse("sessions", "new", "--help"), {
      kind: "help",
      topic: ["sessions", "new"],
      json: false,
    });
    assert.deepEqual(parse("help", "import"), { kind: "help", topic: ["import"], json: false });
    assert.deepEqual(parse("-V", "--json"), { kind: "version", json: true });
  });

  test("says again which vault was named, so that hints lead back to it", () => {
    const named = parse("sessions", "--home", "my data", "--env", "test");
    assert.equal(named.kind === "command" && named.vaultWords, ' --home "/home/alex/my data" --env test');
    const unnamed = parse("sessions");
    assert.equal(unnamed.kind === "command" && unnamed.vaultWords, "");
  });

  test("gives a single append an id before it is sent", () => {
    const { command, invocation } = parseCommand("append", "x", "--role", "user");
    assert.match(String(command.prepare?.(invocation).options["id"]), /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  });
});

describe("wantsJson", () => {
  test("sees the option however wrong the rest is", () => {
    assert.equal(wantsJson(["nonsense", "--json"]), true);
    assert.equal(wantsJson(["sessions", "rename", "x", "--", "--json"]), false);
  });
});
