import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { ConstructId, MessageId, RuntimeId, SessionId } from "@chatty/model";
import { buildIndex, openQuestions } from "./testing/bare-index.ts";
import type { BareAnswer } from "./testing/bare-index.ts";

const samples =
  "foo.bar(baz) const std::vector<int> naïve ÉCOLE 日本語テキスト C++ a_b-c/d.ts x=>x*2 ẞtraße 🎉🎉 the quick".split(
    " ",
  );
const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);

test("the second index finds what going through all characters finds, as it grows, shrinks and is edited", (t) => {
  t.diagnostic(`seed ${seed} (CHATTY_TEST_SEED repeats it)`);
  let state = seed;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const text = (): string =>
    Array.from({ length: 1 + below(6) }, () => samples[below(samples.length)]).join(" ");
  const folder = mkdtempSync(join(tmpdir(), "chatty-pieces-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const paths = [join(folder, "with.db"), join(folder, "without.db")] as const;
  const builders = paths.map((path) => buildIndex(path));
  const put = (number: number): void => {
    const messages = Array.from({ length: below(8) }, (_, index) => ({
      id: `${number}-${index}` as MessageId,
      role: "user" as const,
      parts: [
        { kind: "text" as const, text: text() },
        { kind: "code" as const, language: "ts", text: text() },
      ],
      hidden: false,
      timestamp: 1_700_000_000_000 + below(50) * 60_000,
    }));
    const title = text();
    for (const builder of builders) {
      builder.put({
        sessionId: `s${number}` as SessionId,
        runtimeId: "synth" as RuntimeId,
        constructId: "synth-001" as ConstructId,
        title,
        updatedAt: 1_700_000_000_000 + number,
        messages,
      });
    }
  };
  for (let number = 0; number < 120; number += 1) put(number);
  for (const builder of builders) builder.finish();
  builders[0]?.makePieces();
  let hits = 0;
  for (let round = 0; round < 4; round += 1) {
    const [first, second] = paths.map((path) => openQuestions(path));
    assert.ok(first !== undefined && second !== undefined);
    for (let count = 0; count < 60; count += 1) {
      const letters = Array.from(text());
      const from = below(letters.length);
      const stretch = letters
        .slice(from, from + 1 + below(9))
        .join("")
        .replaceAll('"', "");
      if (stretch.trim() === "") continue;
      const request = { query: `code:"${stretch}"`, limit: 200 };
      const one: BareAnswer = first.search(request);
      const other: BareAnswer = second.search(request);
      const key = (hit: { sessionId: string; messageId: string | null; field: string }): string =>
        `${hit.sessionId} ${hit.messageId} ${hit.field}`;
      assert.deepEqual(one.hits.map(key).sort(), other.hits.map(key).sort(), `${stretch} (seed ${seed})`);
      assert.equal(one.totalIsExact, true);
      hits += one.hits.length;
    }
    first.close();
    second.close();
    for (let count = 0; count < 30; count += 1) put(below(140));
    for (const builder of builders) builder.finish();
  }
  for (const builder of builders) builder.close();
  assert.ok(hits > 500, `${hits} hits`);
  t.diagnostic(`240 stretches, ${hits} hits, the same in both`);
});
