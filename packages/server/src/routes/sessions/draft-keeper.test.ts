import assert from "node:assert/strict";
import { test } from "node:test";
import { isChattyError } from "@chatty/model";
import type { SessionId } from "@chatty/model";
import { createDraftKeeper } from "./draft-keeper.ts";

const id = "019a7e6f-0000-7000-8000-000000000009" as SessionId;

/** A vault that takes its time to keep a draft. */
function slowVault() {
  const drafts = new Map<string, string>();
  return {
    drafts,
    draft: (name: string) => {
      const text = drafts.get(name);
      return text === undefined ? undefined : { text, updatedAt: 1 };
    },
    setDraft: async (name: string, text: string) => {
      await new Promise((resolve) => {
        setTimeout(resolve, 5);
      });
      drafts.set(name, text);
    },
  };
}

test("of two that write over the same draft one is told, and what is there is the other's, whole", async () => {
  const vault = slowVault();
  const keep = createDraftKeeper(vault);
  await keep(id, { text: "begun", base: "" });
  const done = await Promise.allSettled([
    keep(id, { text: "begun here", base: "begun" }),
    keep(id, { text: "begun there", base: "begun" }),
  ]);
  assert.deepEqual(
    done.map(({ status }) => status),
    ["fulfilled", "rejected"],
  );
  assert.equal(vault.drafts.get(id), "begun here");
  const refused = done[1];
  assert.ok(refused?.status === "rejected" && isChattyError(refused.reason, "DRAFT_CHANGED"));
  await keep(id, { text: "begun here\nbegun there", base: "begun here" });
  assert.equal(vault.drafts.get(id), "begun here\nbegun there");
});

test("a request whose answer was lost may be repeated", async () => {
  const vault = slowVault();
  const keep = createDraftKeeper(vault);
  await keep(id, { text: "one", base: "" });
  await keep(id, { text: "one", base: "" });
  assert.equal(vault.drafts.get(id), "one");
});

test("without naming what it was written over, a draft is kept as it comes", async () => {
  const vault = slowVault();
  const keep = createDraftKeeper(vault);
  await keep(id, { text: "one" });
  await keep(id, { text: "two" });
  assert.equal(vault.drafts.get(id), "two");
});
