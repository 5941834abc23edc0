import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { SessionBackend, SessionChange } from "./backend.ts";
import { sessionDriver, sessionDriverNames } from "../testing/session-drivers.ts";
import { sessionBackendSuite } from "../testing/session-backend-suite.ts";
import type { OpenedBackend } from "../testing/session-backend-suite.ts";

/** One driver by name, or all of them. A name that is not one fails; it never selects nothing. */
const wanted = process.env["CHATTY_TEST_SESSION_DRIVER"];
const names = wanted === undefined ? sessionDriverNames : [wanted];

for (const name of names) {
  describe(`session backend: ${name}`, () => {
    sessionBackendSuite({ test: (title, body) => void test(title, body), open: () => openIn(name) });
  });
}

describe("the conformance suite", () => {
  test("refuses the name of a driver that does not exist", () => {
    assert.throws(() => sessionDriver("flatflie"), /no session driver "flatflie"/);
    assert.throws(() => sessionDriver("__proto__"), TypeError);
  });

  const planted: Record<string, (backend: SessionBackend) => SessionBackend> = {
    "a driver that trims text": (backend) =>
      wrapCommit(backend, (changes) =>
        changes.map((change) =>
          change.kind === "append" && change.record.kind === "message"
            ? { ...change, record: { ...change.record, content: change.record.content.trim() } }
            : change,
        ),
      ),
    "a driver that writes a repeated message again": (backend) =>
      wrapCommit(backend, (changes) =>
        changes.map((change) =>
          change.kind === "append" && change.record.kind === "message"
            ? { ...change, record: { ...change.record, id: freshId() } }
            : change,
        ),
      ),
    "a driver that commits a batch piece by piece": (backend) => ({
      ...methodsOf(backend),
      commit: async (changes) => {
        const outcomes = [];
        for (const change of madeOf(changes)) outcomes.push(...(await backend.commit([change])));
        return outcomes;
      },
    }),
    "a driver whose tail is one short": (backend) => ({
      ...methodsOf(backend),
      tail: (sessionId, limit) => backend.tail(sessionId, Math.max(1, limit - 1)),
    }),
    "a driver that purges what is not deleted": (backend) => ({
      ...methodsOf(backend),
      purge: () => Promise.resolve(),
    }),
  };

  for (const [name, plant] of Object.entries(planted)) {
    test(`catches ${name}`, async () => {
      const failures = await runSuite(async () => {
        const opened = await openIn("flatfile");
        return {
          ...opened,
          backend: plant(opened.backend),
          reopen: async () => plant(await opened.reopen()),
        };
      });
      assert.ok(failures > 0, "the planted fault went unnoticed");
    });
  }
});

function methodsOf(backend: SessionBackend): SessionBackend {
  return {
    capabilities: backend.capabilities,
    commit: (changes) => backend.commit(changes),
    summary: (sessionId) => backend.summary(sessionId),
    sessionIds: () => backend.sessionIds(),
    scan: (sessionId) => backend.scan(sessionId),
    tail: (sessionId, limit) => backend.tail(sessionId, limit),
    purge: (sessionId) => backend.purge(sessionId),
  };
}

function wrapCommit(
  backend: SessionBackend,
  change: (changes: readonly SessionChange[]) => readonly SessionChange[],
): SessionBackend {
  return { ...methodsOf(backend), commit: (changes) => backend.commit(change(madeOf(changes))) };
}

function madeOf(changes: Parameters<SessionBackend["commit"]>[0]): readonly SessionChange[] {
  return typeof changes === "function" ? changes() : changes;
}

function freshId(): never {
  return crypto.randomUUID() as never;
}

/** Runs the suite with a runner that only counts, and says how many tests failed. */
async function runSuite(open: () => Promise<OpenedBackend>): Promise<number> {
  const bodies: (() => Promise<void>)[] = [];
  sessionBackendSuite({ test: (_, body) => void bodies.push(body), open });
  let failures = 0;
  for (const body of bodies) {
    try {
      await body();
    } catch {
      failures += 1;
    }
  }
  return failures;
}

async function openIn(name: string): Promise<OpenedBackend> {
  const folder = mkdtempSync(join(tmpdir(), "chatty-backend-"));
  const opened = await sessionDriver(name)(folder);
  return {
    ...opened,
    close: async () => {
      await opened.close();
      rmSync(folder, { recursive: true });
    },
  };
}
