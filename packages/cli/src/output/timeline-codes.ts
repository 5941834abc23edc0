// The codes of the timeline and its ledgers.

import { entry } from "./documented-code.ts";
import type { CodeGroup } from "./documented-code.ts";

export const timelineCodes: CodeGroup = {
  title: "Timeline and ledgers",
  about: "Told where a ledger is read.",
  codes: [
    entry(
      "LEDGER_UNREADABLE",
      "A ledger in its text form was changed, and a line of it cannot be read.",
      "Write it again; it follows from what is in the vault.",
    ),
  ],
};
