import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createTestHome, finish, linesPrinted } from "./run-chatty.ts";
import type { TestHome } from "./run-chatty.ts";

interface Receipt {
  source: string;
  archive: string;
  runtimeId: string;
  alreadyImported: boolean;
  conversations: { seen: number; new: number; unchanged: number };
  nodes: { seen: number; stored: number; flagged: number; skipped: number };
  attachments: { referenced: number; found: number; missing: number };
  balanced: boolean;
  problems: unknown[];
}

interface Imported {
  imports: Receipt[];
  files?: string[];
}

interface SessionList {
  sessions: { sessionId: string; title: string; imported: boolean }[];
  next?: string;
}

let home: TestHome;
let chatgpt: string;
let claude: string;

before(async () => {
  home = createTestHome();
  const written = (await home.json(["demo", "--out", "exports"])) as { files: string[] };
  [chatgpt = "", claude = ""] = written.files;
});

after(() => {
  home.remove();
});

describe("chatty demo", () => {
  test("writes the same bytes again, and touches no vault with --out", async () => {
    await home.json(["demo", "--out", "again"]);
    const name = "chatty-demo-chatgpt.zip";
    assert.deepEqual(readFileSync(join(home.folder, "again", name)), readFileSync(chatgpt));
  });

  test("imports both exports without a problem, and nothing twice", async () => {
    const other = createTestHome();
    try {
      const first = (await other.json(["demo"])) as Imported;
      assert.deepEqual(
        first.imports.map(({ source }) => source),
        ["chatgpt", "claude"],
      );
      for (const receipt of first.imports) {
        assert.deepEqual(receipt.problems, []);
        assert.ok(receipt.balanced);
        assert.equal(receipt.attachments.missing, 0);
        const { seen, stored, flagged, skipped } = receipt.nodes;
        assert.equal(seen, stored + flagged + skipped);
      }
      const before2 = await other.json(["sessions", "--limit", "1000"]);
      const second = (await other.json(["demo"])) as Imported;
      assert.deepEqual(
        second.imports.map(({ alreadyImported }) => alreadyImported),
        [true, true],
      );
      assert.deepEqual(await other.json(["sessions", "--limit", "1000"]), before2);
      assert.equal(((await other.json(["verify"])) as { ok: boolean }).ok, true);
      const people = await other.run(["demo"]);
      assert.equal(people.code, 0);
      assert.match(people.stdout.toString(), /every node accounted for/);
      assert.equal(people.stderr, "");
    } finally {
      other.remove();
    }
  });
});

describe("chatty import", () => {
  test("tells what an export holds and changes nothing with --dry-run", async () => {
    const before2 = await home.json(["runtimes"]);
    const { imports } = (await home.json(["import", chatgpt, "--dry-run"])) as Imported;
    assert.equal(imports[0]?.conversations.seen, 24);
    assert.deepEqual(await home.json(["runtimes"]), before2);
  });

  test("goes on after a path that fails, and keeps what succeeded", async () => {
    const broken = join(home.folder, "broken.zip");
    writeFileSync(broken, readFileSync(chatgpt).subarray(0, 4000));
    const result = (await home.json(["import", broken, claude], { code: 1 })) as Imported & {
      error: { code: string };
      failures: { path: string }[];
    };
    assert.deepEqual(
      result.failures.map(({ path }) => path),
      [broken],
    );
    assert.match(result.error.code, /^ARCHIVE_/);
    assert.deepEqual(
      result.imports.map(({ source }) => source),
      ["claude"],
    );
  });

  test("reads an export from standard input", async () => {
    const { imports } = (await home.json(["import", "-"], { input: readFileSync(chatgpt) })) as Imported;
    assert.equal(imports[0]?.source, "chatgpt");
    assert.equal(imports[0]?.conversations.new, 24);
  });

  test("shows every branch, and the vendor's own bytes with --raw", async () => {
    const { imports } = (await home.json(["import", chatgpt])) as Imported;
    assert.equal(imports[0]?.alreadyImported, true);
    const runtime = imports[0]?.runtimeId ?? "";
    const { sessions } = (await home.json([
      "sessions",
      "--runtime",
      runtime,
      "--limit",
      "1000",
    ])) as SessionList;
    const imported = sessions.filter((session) => session.imported);
    assert.equal(imported.length, 24);
    for (const { sessionId } of imported.slice(0, 4)) {
      const raw = (await home.run(["show", sessionId, "--raw"])).stdout.toString();
      const source = JSON.parse(raw) as {
        conversation_id: string;
        mapping: Record<string, { message: unknown }>;
      };
      const shown = (await home.json(["show", sessionId])) as {
        session: { sourceId: string };
        messages: { sourceId: string }[];
      };
      assert.equal(shown.session.sourceId, source.conversation_id);
      const withMessage = Object.entries(source.mapping).filter(([, node]) => node.message !== null);
      assert.deepEqual(
        shown.messages.map(({ sourceId }) => sourceId).sort(),
        withMessage.map(([id]) => id).sort(),
      );
      assert.equal((await home.run(["append", sessionId, "--role", "user"], "no")).code, 1);
      const people = await home.run(["show", sessionId]);
      assert.match(people.stdout.toString(), /sessions fork/);
    }
  });

  test("goes through a process that owns the vault, also from standard input", async () => {
    const owner = home.start("append", "synth-001_chat_with_synth-001", "--lines");
    const finished = finish(owner);
    owner.stdin.write('{"role":"user","content":"here"}\n');
    await linesPrinted(owner, 1);
    const words = ["import", "-", "--into", "new"];
    const { imports } = (await home.json(words, { input: readFileSync(claude) })) as Imported;
    assert.equal(imports[0]?.source, "claude");
    owner.stdin.end();
    assert.equal((await finished).code, 0);
  });

  test("is taken up by the asker when the owner is killed in the middle", async () => {
    const [large = ""] = (
      (await home.json(["demo", "--out", "large", "--conversations", "3000"])) as { files: string[] }
    ).files;
    const owner = home.start("append", "synth-001_chat_with_synth-001", "--lines");
    const finished = finish(owner);
    owner.stdin.write('{"role":"user","content":"here"}\n');
    await linesPrinted(owner, 1);
    const asking = home.json(["import", large]) as Promise<Imported>;
    setTimeout(() => owner.kill("SIGKILL"), 900);
    const { imports } = await asking;
    await finished;
    assert.equal(imports[0]?.conversations.seen, 1800);
    const { imports: again } = (await home.json(["import", large])) as Imported;
    assert.equal(again[0]?.alreadyImported, true);
  });

  test("stops at Ctrl-C with 130, and the next run does all of it", async () => {
    const other = createTestHome();
    try {
      const { files } = (await other.json(["demo", "--out", "out", "--conversations", "6000"])) as {
        files: string[];
      };
      const child = other.start("import", ...files);
      const finished = finish(child);
      await fileAppeared(join(other.folder, "home", "production", "owner.sock"));
      setTimeout(() => child.kill("SIGINT"), 100);
      const { code, stderr } = await finished;
      assert.equal(code, 130, stderr);
      assert.match(stderr, /INTERRUPTED/);
      const { imports } = (await other.json(["import", ...files])) as Imported;
      assert.deepEqual(
        imports.map(({ conversations }) => conversations.seen),
        [3600, 2400],
      );
      assert.equal(((await other.json(["verify"])) as { ok: boolean }).ok, true);
    } finally {
      other.remove();
    }
  });
});

async function fileAppeared(path: string): Promise<void> {
  for (let tries = 0; tries < 1500 && !existsSync(path); tries += 1) {
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}
