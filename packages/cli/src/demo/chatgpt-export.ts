import type { ArchiveMember } from "./demo-archive.ts";
import { jsonArray, jsonMember } from "./demo-archive.ts";
import { createChatgptConversation, pictureOf } from "./chatgpt-conversation.ts";
import { demoPerson } from "./demo-person.ts";
import { createPlot } from "./plot.ts";

const shardSize = 100;

/** Members of a made-up ChatGPT export: one file up to a hundred conversations, shards with a manifest above. */
export function* chatgptMembers(seed: string, count: number): Generator<ArchiveMember> {
  const conversations = function* (from: number, to: number): Generator<object> {
    for (let index = from; index < to; index += 1) {
      yield createChatgptConversation(seed, createPlot(seed, "chatgpt", index, count));
    }
  };
  const isSharded = count > shardSize;
  const sizes: { path: string; size_bytes: number }[] = [];
  for (let from = 0, shard = 0; from < Math.max(1, count); from += shardSize, shard += 1) {
    const name = isSharded ? `conversations-${String(shard).padStart(3, "0")}.json` : "conversations.json";
    yield {
      name,
      *bytes() {
        const file = { path: name, size_bytes: 0 };
        sizes.push(file);
        const to = Math.min(count, from + shardSize);
        for (const chunk of jsonArray(conversations(from, to))) {
          file.size_bytes += chunk.length;
          yield chunk;
        }
      },
    };
  }
  yield jsonMember("user.json", {
    id: demoPerson.chatgptUserId,
    email: demoPerson.email,
    chatgpt_plus_user: true,
  });
  yield jsonMember("message_feedback.json", []);
  yield jsonMember("shared_conversations.json", []);
  for (let index = 0; index < count; index += 1) {
    const picture = pictureOf(seed, index);
    if (picture !== undefined) yield { name: picture.member, bytes: () => [picture.create().bytes] };
  }
  if (isSharded) {
    yield {
      name: "export_manifest.json",
      bytes: () =>
        jsonMember("export_manifest.json", {
          version: 1,
          manifest_file: "export_manifest.json",
          export_files: sizes,
          logical_files: { "conversations.json": { files: sizes.map(({ path }) => path), sharded: true } },
        }).bytes(),
    };
  }
}
