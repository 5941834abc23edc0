// What is typed and not sent: kept soon, kept at the latest after a while, and never taken from anybody by another tab.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import type { ActiveSession, Session, SessionDetail } from "@chatty/server/api";
import type { TestBrowser } from "../browser/open-browser.ts";
import { endingAfterSuite, openServer, openTestBrowser } from "../browser/open-session.ts";
import { composer, openConversation, openSidebarRow } from "../browser/screen.ts";
import { createServerClient } from "../browser/server-client.ts";
import type { ServerClient } from "../browser/server-client.ts";
import type { RunningChatty } from "../browser/start-chatty.ts";
import { until } from "../browser/until.ts";

describe("what is typed is kept", () => {
  const ending = endingAfterSuite(after);
  let chatty: RunningChatty;
  let browser: TestBrowser;
  let page: Page;
  let client: ServerClient;
  let first = "";
  let second = "";

  const newConversation = async (title: string): Promise<string> => {
    const words = ["sessions", "new", "--runtime", "synth", "--title", title];
    return (await chatty.ask<{ session: Session }>(words)).session.sessionId;
  };
  const draftOf = async (sessionId: string): Promise<string> =>
    (await client.get<SessionDetail>(`/api/sessions/${sessionId}`)).draft?.text ?? "";

  before(async () => {
    ({ chatty } = await openServer(ending));
    client = await createServerClient(chatty.origin, chatty.link);
    first = await newConversation("First of two");
    second = await newConversation("Second of two");
    browser = await openTestBrowser(ending);
    page = await browser.tab();
    await page.goto(await chatty.newLink());
    await page.waitForURL("**/app/chat/**");
  });

  it("soon after the last key, and shows it again after a reload", async () => {
    await openConversation(page, chatty.origin, first);
    await composer(page).pressSequentially("half a thought");
    await until(async () => assert.equal(await draftOf(first), "half a thought"));
    await page.reload();
    await until(async () => assert.equal(await composer(page).inputValue(), "half a thought"));
  });

  it("also while somebody types without a pause, and as soon as the settings say", async () => {
    await client.send("PUT", "/api/settings", { draftSaveMs: 2000, draftSaveMaxMs: 1000 });
    await page.reload();
    await composer(page).waitFor();
    await composer(page).fill("");
    const typing = composer(page).pressSequentially("x".repeat(60), { delay: 50 });
    let kept = "";
    await until(async () => {
      kept = await draftOf(first);
      assert.match(kept, /^x+$/);
    });
    assert.ok(kept.length < 60, `${kept.length} of 60 keys were there when it was first kept`);
    await typing;
    await until(async () => assert.equal(await draftOf(first), "x".repeat(60)));
  });

  it("at once when another conversation is opened, and never in that one", async () => {
    await client.send("PUT", "/api/settings", { draftSaveMs: 10_000, draftSaveMaxMs: 60_000 });
    await openConversation(page, chatty.origin, second);
    await composer(page).fill("for the second alone");
    await openSidebarRow(page, "First of two");
    await until(async () => assert.equal(await draftOf(second), "for the second alone"));
    await until(async () => assert.equal(await composer(page).inputValue(), "x".repeat(60)));
    assert.equal(await draftOf(first), "x".repeat(60));
  });

  it("at once when the page is left", async () => {
    await composer(page).fill("left in a hurry");
    await page.goto("about:blank");
    await until(async () => assert.equal(await draftOf(first), "left in a hurry"));
  });

  it("and so is where one was, in each runtime, through a kill of the server", async () => {
    await openConversation(page, chatty.origin, second);
    await until(async () => {
      const { sessionId } = await client.get<ActiveSession>("/api/runtimes/synth/active");
      assert.equal(sessionId, second);
    });
    const other = await browser.tab();
    await openConversation(other, chatty.origin, first);
    await until(async () => {
      const { sessionId } = await client.get<ActiveSession>("/api/runtimes/synth/active");
      assert.equal(sessionId, first);
    });
    await other.close();
    const port = Number(new URL(chatty.origin).port);
    await chatty.kill();
    await chatty.start({ port });
    client = await createServerClient(chatty.origin, await chatty.newLink());
    assert.equal(await draftOf(first), "left in a hurry");
    assert.equal(await draftOf(second), "for the second alone");
    const active = await client.get<ActiveSession>("/api/runtimes/synth/active");
    assert.deepEqual(active, { sessionId: first, foundBy: "kept" });
    await chatty.ask(["sessions", "delete", first]);
    const { sessionId } = await client.get<ActiveSession>("/api/runtimes/synth/active");
    assert.notEqual(sessionId, first, "where one was is always one that is there");
    await chatty.ask(["sessions", "restore", first]);
  });

  it("of both tabs when two write over the same draft", async () => {
    await client.send("PUT", "/api/settings", { draftSaveMs: 750, draftSaveMaxMs: 10_000 });
    await openConversation(page, chatty.origin, first);
    await composer(page).fill("common");
    await until(async () => assert.equal(await draftOf(first), "common"));
    const other = await browser.tab();
    await openConversation(other, chatty.origin, first);
    await until(async () => assert.equal(await composer(other).inputValue(), "common"));
    await Promise.all([composer(page).fill("common from here"), composer(other).fill("common from there")]);
    const together = await until(async () => {
      const text = await draftOf(first);
      assert.ok(text.includes("from here") && text.includes("from there"), text);
      return text;
    });
    // Both show both in the end.
    await until(async () => assert.equal(await composer(page).inputValue(), together));
    await until(async () => assert.equal(await composer(other).inputValue(), together));
    await other.close();
  });

  it("and a change that was meant for an older state is refused, not made", async () => {
    const seen = await client.get<Session>(`/api/sessions/${first}`);
    await chatty.ask(["sessions", "rename", first, "Renamed elsewhere"]);
    const status = await page.evaluate(
      async ({ id, revision }) => {
        const answer = await fetch(`/api/sessions/${id}`, {
          method: "PATCH",
          headers: { "content-type": "application/json", "if-match": revision },
          body: JSON.stringify({ title: "From a stale tab" }),
        });
        return answer.status;
      },
      { id: first, revision: seen.revision },
    );
    assert.equal(status, 409);
    assert.equal((await client.get<Session>(`/api/sessions/${first}`)).title, "Renamed elsewhere");
  });

  it("made the page do nothing that it must not do", () => {
    browser.watch.assertQuiet(chatty.origin);
  });
});
