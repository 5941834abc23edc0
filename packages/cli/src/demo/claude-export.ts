import type { ArchiveMember } from "./demo-archive.ts";
import { jsonArray, jsonMember } from "./demo-archive.ts";
import { createClaudeConversation } from "./claude-conversation.ts";
import { demoPerson } from "./demo-person.ts";
import { createPlot } from "./plot.ts";

const projectId = "7b1c0de0-0000-4000-8000-0000000000f1";

/** Members of a made-up Claude export. */
export function* claudeMembers(seed: string, count: number): Generator<ArchiveMember> {
  yield {
    name: "conversations.json",
    *bytes() {
      const conversations = function* (): Generator<object> {
        for (let index = 0; index < count; index += 1) {
          yield createClaudeConversation(createPlot(seed, "claude", index, count));
        }
      };
      yield* jsonArray(conversations());
    },
  };
  yield jsonMember("users.json", [
    {
      uuid: demoPerson.claudeAccountId,
      full_name: demoPerson.name,
      email_address: demoPerson.email,
      verified_phone_number: null,
    },
  ]);
  yield jsonMember("projects.json", [
    {
      uuid: projectId,
      name: "A year in the garden",
      description: "What to sow, when, and what became of it.",
      is_private: true,
      is_starter_project: false,
      prompt_template: "Answer as a patient gardener would.",
      created_at: "2024-02-01T08:00:00.000000+00:00",
      updated_at: "2025-03-02T09:30:00.000000+00:00",
      creator: { uuid: demoPerson.claudeAccountId, full_name: demoPerson.name },
      docs: [
        {
          uuid: "7b1c0de0-0000-4000-8000-0000000000f2",
          filename: "sowing.md",
          content: "# Sowing\n\n- March: peas\n- May: beans\n",
          created_at: "2024-02-01T08:05:00.000000+00:00",
        },
      ],
    },
  ]);
  yield jsonMember("memories.json", [
    {
      conversations_memory: "Robin gardens on a shady balcony, sings in a choir and likes short answers.",
      project_memories: { [projectId]: "The fig tree survived the winter of 2024." },
      account_uuid: demoPerson.claudeAccountId,
    },
  ]);
}
