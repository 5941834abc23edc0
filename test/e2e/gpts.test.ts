import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import type { Page } from "playwright-core";
import type { Gpt, GptList, GptVersionList } from "@chatty/server/api";
import { openSession } from "../browser/open-session.ts";
import { homeFile } from "../browser/pinning-checks.ts";
import { isHomeOpen, runtimeNames, switchRuntime } from "../browser/screen.ts";
import { until } from "../browser/until.ts";

/** As the page itself asks: same origin, with its cookie. */
async function ask<Answer>(
  page: Page,
  method: string,
  path: string,
  json?: unknown,
): Promise<{ status: number; body: Answer }> {
  return await page.evaluate(
    async ([how, where, body]) => {
      const response = await fetch(where, {
        method: how,
        ...(body === null ? {} : { headers: { "content-type": "application/json" }, body }),
      });
      const text = await response.text();
      return { status: response.status, body: (text === "" ? null : JSON.parse(text)) as Answer };
    },
    [method, path, json === undefined ? null : JSON.stringify(json)] as const,
  );
}

test("a construct is made, changed and deleted, and its runtime comes and goes with it", async (t) => {
  const { page, chatty } = await openSession(t);
  await isHomeOpen(page, "synth-001");

  const made = await ask<Gpt>(page, "POST", "/api/gpts", {
    name: "Kitchen Poet",
    instructions: "Answer in couplets.",
    conversationStarters: ["Praise the onion"],
  });
  assert.equal(made.status, 201);
  assert.match(made.body.constructId, /^kitchen-poet-\d{3}$/);
  assert.ok(made.body.runtimeId !== undefined && made.body.homeSessionId !== undefined);
  await until(() => assert.ok(existsSync(homeFile(chatty, made.body.constructId))));
  await switchRuntime(page, "Kitchen Poet");
  await isHomeOpen(page, made.body.constructId);

  const changed = await ask<Gpt>(page, "PUT", `/api/gpts/${made.body.id}`, {
    description: "Rhymes about food.",
  });
  assert.equal(changed.status, 200);
  assert.equal(changed.body.description, "Rhymes about food.");
  assert.equal(changed.body.instructions, "Answer in couplets.", "what is not named stays");
  const { body: list } = await ask<GptList>(page, "GET", "/api/gpts");
  assert.ok(
    list.gpts.some(({ id, description }) => id === made.body.id && description === "Rhymes about food."),
  );
  const { body: versions } = await ask<GptVersionList>(page, "GET", `/api/gpts/${made.body.id}/versions`);
  assert.ok(versions.versions.length >= 1);

  await switchRuntime(page, "Chatty");
  const gone = await ask<null>(page, "DELETE", `/api/gpts/${made.body.id}`);
  assert.equal(gone.status, 204);
  await until(async () => assert.ok(!(await runtimeNames(page)).includes("Kitchen Poet")));
  const after = await ask<{ error: { code: string } }>(page, "GET", `/api/gpts/${made.body.id}`);
  assert.equal(after.status, 404);
  const core = await ask<{ error: { code: string } }>(page, "DELETE", "/api/gpts/synth-001");
  assert.equal(core.status, 409);
});
