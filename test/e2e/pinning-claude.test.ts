import { after, before, describe, it } from "node:test";
import { endingAfterSuite } from "../browser/open-session.ts";
import { pinningSteps } from "../browser/pinning-suite.ts";
import { claudeZip, sampleConversations } from "../browser/vendor-exports.ts";

describe("runtimes, homes and routes with a Claude export", () => {
  const { open, steps } = pinningSteps({
    vendor: "Claude",
    zip: claudeZip(sampleConversations),
    expected: { runtimeId: "claude-alex", constructId: "claude-alex-001", homeTitle: "Claude" },
  });
  const ending = endingAfterSuite(after);
  before(async () => await open(ending));
  for (const { name, run } of steps) it(name, run);
});
