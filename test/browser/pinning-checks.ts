import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import type { Runtime } from "@chatty/server/api";
import { activeRuntimeName, conversationTitle, isHomeOpen, sidebarRows } from "./screen.ts";
import type { RunningChatty } from "./start-chatty.ts";
import { until } from "./until.ts";

/** What a runtime is called in every place where it shows. */
export interface ExpectedRuntime {
  runtimeId: string;
  constructId: string;
  /** Title of its home conversation. */
  homeTitle: string;
}

export const synth: ExpectedRuntime = { runtimeId: "synth", constructId: "synth-001", homeTitle: "Synth" };

/** The file in which the home conversation of a construct stands. */
export function homeFile(chatty: RunningChatty, constructId: string): string {
  return join(chatty.userFolder(), "instances", constructId, "chatty", `chat_with_${constructId}.md`);
}

/** Scenario 1 lines 2 to 4, scenario 2 lines 4 to 7, scenario 3 lines 2 to 6: all that the page shows of the active runtime. */
export async function assertWorkspaceOf(
  page: Page,
  chatty: RunningChatty,
  expected: ExpectedRuntime,
): Promise<void> {
  await isHomeOpen(page, expected.constructId);
  await until(async () => {
    const rows = await sidebarRows(page);
    const [first] = rows;
    assert.ok(first, "the sidebar is empty");
    assert.equal(first.title, expected.homeTitle, "the home stands on top");
    assert.equal(first.isHome, true, "the home bears the pin");
    assert.equal(first.isCurrent, true, "the home is the open one");
    assert.deepEqual(
      rows.filter(({ isHome }) => isHome).map(({ title }) => title),
      [expected.homeTitle],
      "only the active runtime's home bears a pin",
    );
  });
  await until(async () => assert.equal(await conversationTitle(page), expected.homeTitle));
  const { runtimes } = await chatty.ask<{ runtimes: Runtime[] }>(["runtimes"]);
  const active = runtimes.filter((runtime) => runtime.active);
  assert.deepEqual(
    active.map(({ runtimeId, constructId }) => ({ runtimeId, constructId })),
    [{ runtimeId: expected.runtimeId, constructId: expected.constructId }],
  );
  await until(async () => assert.ok((await activeRuntimeName(page)).includes(active[0]?.name ?? "?")));
}

/** Every row of the sidebar belongs to the runtime. */
export async function assertOnlySessionsOf(
  page: Page,
  chatty: RunningChatty,
  runtimeId: string,
): Promise<void> {
  const { sessions } = await chatty.ask<{ sessions: { sessionId: string }[] }>([
    "sessions",
    "--runtime",
    runtimeId,
    "--limit",
    "500",
  ]);
  const own = new Set(sessions.map(({ sessionId }) => sessionId));
  await until(async () => {
    const foreign = (await sidebarRows(page)).filter(({ sessionId }) => !own.has(sessionId));
    assert.deepEqual(foreign, [], "conversations of another runtime");
  });
}

/** The home's transcript is there, says whose home it is, and holds `words`. Transcripts follow a moment after the message. */
export async function assertHomeFile(
  chatty: RunningChatty,
  constructId: string,
  ...words: string[]
): Promise<void> {
  const path = homeFile(chatty, constructId);
  await until(() => {
    assert.ok(existsSync(path), `${path} does not exist`);
    const text = readFileSync(path, "utf8");
    for (const word of [`**Construct**: ${constructId}`, ...words]) {
      assert.ok(
        text.includes(word),
        `${path} does not hold ${JSON.stringify(word)}:\n${text.slice(0, 1500)}`,
      );
    }
  });
}
