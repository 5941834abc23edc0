import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { startChatty } from "./chatty-process.ts";
import { checkReceipt } from "./receipt-checker.ts";
import { checkConversation, defectList, expectedFromSource } from "./source-checker.ts";
import { splitElements } from "./split-elements.ts";

const fixtures = join(import.meta.dirname, "..", "..", "..", "shared", "fixtures");

for (const vendor of ["chatgpt", "claude"]) {
  const folder = join(fixtures, vendor);
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];

  describe(`import of real ${vendor} files`, { concurrency: 2 }, () => {
    if (names.length === 0) {
      it("reads the shared fixtures", { skip: "the shared fixtures are not beside this checkout" });
    }
    for (const name of names.filter((each) => !each.includes("design-session"))) {
      it(`keeps everything of ${name}`, async (test) => {
        const chatty = await startChatty(test);
        const { code, receipt } = await chatty.import(join(folder, name));
        assert.equal(receipt.source, vendor);
        const elements = splitElements(readFileSync(join(folder, name)));
        const texts = elements.map((element) => Buffer.from(element).toString("utf8"));
        const counts = texts.map((text) => expectedFromSource(text).count);
        assert.equal(defectList(checkReceipt(receipt, counts)), "");
        assert.equal(receipt.conversations.new, elements.length);
        assert.equal(code, receipt.problems.length === 0 ? 0 : 3);
        for (const [index, text] of texts.entries()) {
          const { sourceId } = expectedFromSource(text);
          assert(sourceId !== undefined);
          const session = (await chatty.sessions()).find((each) => each.imported);
          assert(session !== undefined, "no imported session is listed");
          const shown = await chatty.show(session.sessionId);
          assert.equal(defectList(checkConversation(text, shown)), "");
          const raw = await chatty.run(["show", session.sessionId, "--raw"]);
          assert.equal(
            Buffer.compare(raw.stdout, elements[index] ?? Buffer.alloc(0)),
            0,
            "the raw bytes differ",
          );
        }
      });
    }

    for (const name of names.filter((each) => each.includes("design-session"))) {
      it(`keeps ${name} or says clearly that it cannot`, async (test) => {
        const chatty = await startChatty(test);
        const { code, answer } = await chatty.ask<{
          imports?: { balanced: boolean }[];
          error?: { code: string; message: string; hint: string };
        }>(["import", join(folder, name)]);
        if (answer.error === undefined) assert.equal(answer.imports?.[0]?.balanced, true);
        else assert(code === 1 && answer.error.message !== "" && answer.error.hint !== "");
      });
    }
  });
}
