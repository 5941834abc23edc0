import { after, before, describe, it } from "node:test";
import { endingAfterSuite } from "../browser/open-session.ts";
import { pinningSteps } from "../browser/pinning-suite.ts";
import { chatgptZip, sampleConversations } from "../browser/vendor-exports.ts";

describe("runtimes, homes and routes with a ChatGPT export", () => {
  const { open, steps } = pinningSteps({
    vendor: "ChatGPT",
    zip: chatgptZip(sampleConversations),
    expected: { runtimeId: "chatgpt-alex", constructId: "chatgpt-alex-001", homeTitle: "ChatGPT" },
  });
  const ending = endingAfterSuite(after);
  before(async () => await open(ending));
  for (const { name, run } of steps) it(name, run);
});
