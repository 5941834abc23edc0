import assert from "node:assert/strict";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import type { Session } from "@chatty/server/api";
import type { TestBrowser } from "../browser/open-browser.ts";
import { endingAfterSuite, openServer, openTestBrowser } from "../browser/open-session.ts";
import { assertHomeFile, assertWorkspaceOf, homeFile, synth } from "../browser/pinning-checks.ts";
import {
  chooseFromRowMenu,
  conversationTitle,
  continueHere,
  importOnPage,
  isHomeOpen,
  openSidebarRow,
  removeRuntime,
  restoreRuntime,
  runtimeNames,
  shownMessages,
  sidebarRows,
  switchRuntime,
} from "../browser/screen.ts";
import type { RunningChatty } from "../browser/start-chatty.ts";
import { until } from "../browser/until.ts";
import { chatgptZip, sampleConversations } from "../browser/vendor-exports.ts";

const chatgpt = { runtimeId: "chatgpt-alex", constructId: "chatgpt-alex-001", homeTitle: "ChatGPT" };

describe("homes and runtimes change as people want them to", () => {
  const ending = endingAfterSuite(after);
  let chatty: RunningChatty;
  let browser: TestBrowser;
  let page: Page;
  let folder = "";

  before(async () => {
    ({ chatty, folder } = await openServer(ending));
    browser = await openTestBrowser(ending);
    page = await browser.tab();
    await page.goto(chatty.link);
    await isHomeOpen(page, "synth-001");
  });

  const sessionsOf = async (runtimeId: string): Promise<Session[]> => {
    const { sessions } = await chatty.ask<{ sessions: Session[] }>([
      "sessions",
      "--runtime",
      runtimeId,
      "--limit",
      "500",
    ]);
    return sessions;
  };

  it("makes another conversation the home, and slug and file follow", async () => {
    const former = (await sessionsOf("synth")).find(({ home }) => home);
    assert.ok(former);
    await chatty.ask(["append", former.sessionId, "--role", "user"], "Said in the first home.");
    const { session } = await chatty.ask<{ session: Session }>([
      "sessions",
      "new",
      "--runtime",
      "synth",
      "--title",
      "Harbour plans",
    ]);
    await chatty.ask(["append", session.sessionId, "--role", "user"], "Said in the second home.");
    await until(async () =>
      assert.ok((await sidebarRows(page)).some(({ title }) => title === "Harbour plans")),
    );

    await chooseFromRowMenu(page, session.sessionId, /make.*home/i);

    await until(async () => {
      const homes = (await sidebarRows(page)).filter(({ isHome }) => isHome);
      assert.deepEqual(
        homes.map(({ sessionId }) => sessionId),
        [session.sessionId],
      );
    });
    await page.goto(`${chatty.origin}/app/chat/synth-001_chat_with_synth-001`);
    await until(async () => assert.equal(await conversationTitle(page), "Harbour plans"));
    await assertHomeFile(chatty, "synth-001", "Said in the second home.");
    assert.ok(!readFileSync(homeFile(chatty, "synth-001"), "utf8").includes("Said in the first home."));
    const folder = dirname(homeFile(chatty, "synth-001"));
    await until(() => {
      const others = readdirSync(folder).filter((name) => name.includes("--"));
      assert.ok(
        others.some((name) => readFileSync(join(folder, name), "utf8").includes("Said in the first home.")),
        `the former home's file: ${others.join(", ")}`,
      );
    });
  });

  it("deletes a home: it is put away, and a new empty one takes its place", async () => {
    const home = (await sessionsOf("synth")).find((session) => session.home);
    assert.ok(home);
    await chooseFromRowMenu(page, home.sessionId, /^delete/i);
    const fresh = await until(async () => {
      const now = (await sidebarRows(page)).find(({ isHome }) => isHome);
      assert.ok(now !== undefined && now.sessionId !== home.sessionId, "the old home is still pinned");
      return now;
    });
    await page.goto(`${chatty.origin}/`);
    await isHomeOpen(page, "synth-001");
    assert.deepEqual(await shownMessages(page), []);
    const { sessions: archived } = await chatty.ask<{ sessions: Session[] }>([
      "sessions",
      "--runtime",
      "synth",
      "--archived",
    ]);
    assert.ok(
      archived.some(({ sessionId }) => sessionId === home.sessionId),
      "the former home is archived, not gone",
    );
    await until(() => {
      const text = readFileSync(homeFile(chatty, "synth-001"), "utf8");
      assert.ok(
        !text.includes("Said in the second home.") && text.includes("isPrimary: true"),
        fresh.sessionId,
      );
    });
  });

  it("continues an imported conversation, and makes that the home", async () => {
    const zip = join(folder, "alex.zip");
    writeFileSync(zip, chatgptZip(sampleConversations));
    await importOnPage(page, zip);
    await isHomeOpen(page, "chatgpt-alex-001");
    await openSidebarRow(page, "Boat repair");
    await until(async () => assert.equal((await shownMessages(page)).length, 4));
    const imported = page.url();

    await continueHere(page);

    await until(() => assert.notEqual(page.url(), imported));
    await until(async () => {
      assert.match(await page.getByRole("main").innerText(), /continued here/i);
      assert.equal((await shownMessages(page)).length, 4);
    });
    const fork = (await sessionsOf("chatgpt-alex")).find(
      ({ imported: isImported, home }) => !isImported && !home,
    );
    assert.ok(fork, "no native conversation was made");
    await chatty.ask(["append", fork.sessionId, "--role", "user"], "And how long does it last?");
    await until(async () =>
      assert.match((await shownMessages(page)).at(-1)?.text ?? "", /And how long does it last/),
    );

    await chooseFromRowMenu(page, fork.sessionId, /make.*home/i);
    await page.goto(`${chatty.origin}/app/chat/chatgpt-alex-001_chat_with_chatgpt-alex-001`);
    await until(async () =>
      assert.match((await shownMessages(page)).at(-1)?.text ?? "", /And how long does it last/),
    );
    await assertHomeFile(chatty, "chatgpt-alex-001", "And how long does it last?");
  });

  it("removes a runtime, says what stays, and brings it back", async () => {
    const before = await sessionsOf("chatgpt-alex");
    assert.match(await removeRuntime(page, "ChatGPT"), /stays? on disk/i);
    await until(async () => assert.ok(!(await runtimeNames(page)).some((name) => name.includes("ChatGPT"))));
    await page.goto(`${chatty.origin}/`);
    await assertWorkspaceOf(page, chatty, { ...synth, homeTitle: await conversationTitle(page) });

    await restoreRuntime(page, "ChatGPT");
    await until(async () => assert.ok((await runtimeNames(page)).some((name) => name.includes("ChatGPT"))));
    assert.deepEqual(
      (await sessionsOf("chatgpt-alex")).map(({ sessionId }) => sessionId).sort(),
      before.map(({ sessionId }) => sessionId).sort(),
    );
    await switchRuntime(page, "ChatGPT");
    await isHomeOpen(page, chatgpt.constructId);
  });

  it("opens a link to another runtime's conversation in that runtime", async () => {
    const imported = (await sessionsOf("chatgpt-alex")).find(({ title }) => title === "Swifts at night");
    assert.ok(imported);
    await switchRuntime(page, "Chatty");
    await isHomeOpen(page, "synth-001");
    await page.goto(`${chatty.origin}/app/chat/${imported.sessionId}`);
    await until(async () => assert.equal(await conversationTitle(page), "Swifts at night"));
    await until(async () =>
      assert.equal(
        (await sidebarRows(page)).find(({ isHome }) => isHome)?.sessionId,
        (await sessionsOf("chatgpt-alex")).find(({ home }) => home)?.sessionId,
      ),
    );
  });

  it("says so when nothing has an id", async () => {
    await page.goto(`${chatty.origin}/app/chat/0198c0de-0000-7000-8000-000000000000`);
    await page
      .getByText(/no conversation|not found|nothing/i)
      .first()
      .waitFor();
  });

  it("made the page do nothing that it must not do", () => {
    browser.watch.assertQuiet(chatty.origin);
  });
});
