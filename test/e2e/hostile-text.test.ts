import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import type { SessionPage } from "@chatty/server/api";
import { addStandIn } from "../browser/add-stand-in.ts";
import { startHostileProvider } from "../browser/hostile-provider.ts";
import type { HostileProvider } from "../browser/hostile-provider.ts";
import type { TestBrowser } from "../browser/open-browser.ts";
import { endingAfterSuite, openServer, openTestBrowser } from "../browser/open-session.ts";
import {
  conversationTitle,
  isHomeOpen,
  openConversation,
  send,
  shownMessages,
  waitForAnswer,
} from "../browser/screen.ts";
import { createServerClient } from "../browser/server-client.ts";
import type { ServerClient } from "../browser/server-client.ts";
import type { RunningChatty } from "../browser/start-chatty.ts";
import { unsafeElements } from "../browser/unsafe-elements.ts";
import { until } from "../browser/until.ts";
import { chatgptZip } from "../browser/vendor-exports.ts";
import { xssCases } from "../browser/xss-cases.ts";

/** As an HTML file would run if it were opened instead of saved. */
const hostileFile = Buffer.from("<html><script>globalThis.__planted=1;parent.__planted=1</script></html>");

describe("text is shown as text, wherever it stands", () => {
  const ending = endingAfterSuite(after);
  let chatty: RunningChatty;
  let browser: TestBrowser;
  let page: Page;
  let client: ServerClient;
  let provider: HostileProvider;

  before(async () => {
    provider = await startHostileProvider();
    ending.after(async () => await provider.close());
    ({ chatty } = await openServer(ending));
    browser = await openTestBrowser(ending, { height: 1600 });
    page = await browser.tab();
    await page.goto(chatty.link);
    await isHomeOpen(page, "synth-001");
    client = await createServerClient(chatty.origin, await chatty.newLink());
    const zip = chatgptZip(
      xssCases.map(({ text }, index) => ({
        title: text,
        startedAt: new Date(Date.UTC(2024, 0, 1 + index)).toISOString(),
        messages: [text, `Before.\n\n${text}\n\nAfter.`],
        model: text,
        citation: {
          title: text,
          url: /^[a-z]+:/i.test(text) ? text : `javascript:globalThis.__planted=1//${text}`,
        },
        file: { name: `${text}.html`, bytes: hostileFile, mime: "text/html" },
      })),
    );
    await client.import(`${xssCases[2]?.text ?? ""}.zip`, zip);
  });

  const assertSafe = async (): Promise<void> => {
    assert.deepEqual(await unsafeElements(page), []);
    browser.watch.assertQuiet(chatty.origin);
  };

  it("in every message, title, model, file name and citation of an import", async () => {
    const { sessions } = await client.get<SessionPage>(
      "/api/sessions?runtime=chatgpt-alex&kind=imported&limit=200",
    );
    assert.equal(sessions.length, xssCases.length);
    for (const { sessionId, title } of sessions) {
      await openConversation(page, chatty.origin, sessionId);
      await until(async () => assert.equal((await shownMessages(page)).length, 2, title));
      const shown = await conversationTitle(page);
      assert.ok(shown.length > 0, `no title for ${JSON.stringify(title)}`);
      await page.mouse.move(600, 500);
      assert.deepEqual(await unsafeElements(page), [], title);
      assert.deepEqual(browser.watch.violations, [], title);
    }
    await assertSafe();
  });

  it("on the dashboard, in the list of imports and in the command palette", async () => {
    for (const path of ["/app", "/app/imports", "/app/settings"]) {
      await page.goto(`${chatty.origin}${path}`);
      await page.getByRole("main").waitFor();
      await page.waitForTimeout(300);
      await assertSafe();
    }
    await page.keyboard.press("ControlOrMeta+k");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.type("img");
    await page.waitForTimeout(500);
    await assertSafe();
    await page.keyboard.press("Escape");
  });

  it("in names of constructs and runtimes", async () => {
    for (const { text, name } of xssCases.slice(0, 12)) {
      await client.send("POST", "/api/gpts", {
        name: text.slice(0, 200),
        description: text,
        instructions: text,
        conversationStarters: [text],
      });
      assert.ok(name);
    }
    await page.goto(`${chatty.origin}/app`);
    await page.getByRole("main").waitFor();
    await page.waitForTimeout(500);
    await assertSafe();
  });

  it("in answers, thoughts, model names and errors of a provider", async () => {
    await addStandIn(page, provider.baseUrl, "plain");
    for (const isRefusing of [false, true]) {
      const { sessionId } = await client.send<{ sessionId: string }>("POST", "/api/sessions", {
        runtime: "synth",
      });
      await openConversation(page, chatty.origin, sessionId);
      // A refusal is shown by the same line whatever it says, so fewer cases will do there.
      for (const { text, name } of isRefusing ? xssCases.slice(0, 15) : xssCases) {
        provider.text = text;
        provider.isRefusing = isRefusing;
        await send(page, name);
        await waitForAnswer(page);
        assert.deepEqual(await unsafeElements(page), [], name);
      }
    }
    provider.text = xssCases[2]?.text ?? "";
    await page.goto(`${chatty.origin}/app/settings/providers`);
    await page.getByRole("main").waitFor();
    await page.waitForTimeout(300);
    await assertSafe();
  });

  it("in files: what could run is never opened in the page's origin", async () => {
    const { sessions } = await client.get<SessionPage>(
      "/api/sessions?runtime=chatgpt-alex&kind=imported&limit=1",
    );
    const { messages } = await client.get<{ messages: { parts: { kind: string; fileId?: string }[] }[] }>(
      `/api/sessions/${sessions[0]?.sessionId}/messages`,
    );
    const fileId = messages.flatMap(({ parts }) => parts).find((part) => part.fileId !== undefined)?.fileId;
    assert.ok(fileId, "the export's file is in the conversation");
    const response = await page.request.get(
      `${chatty.origin}/api/sessions/${sessions[0]?.sessionId}/files/${encodeURIComponent(fileId)}`,
    );
    const headers = response.headers();
    assert.equal(response.status(), 200);
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.match(headers["content-security-policy"] ?? "", /sandbox/);
    assert.ok(
      /attachment/.test(headers["content-disposition"] ?? "") ||
        !/html|svg|xml/.test(headers["content-type"] ?? ""),
      JSON.stringify(headers),
    );
  });
});
