import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { legacyReader } from "@chatty/importers";
import { createRandom } from "../fidelity/seeded-random.ts";
import { compareWithFixture, examineReading, folderOf } from "./check-reading.ts";
import { allFixtures } from "./fixtures/all-fixtures.ts";
import { damage, makeDocument } from "./made-up-documents.ts";
import { plantedReaders } from "./planted-readers.ts";

const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const documents = isFull ? 20_000 : 1_500;
const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);

describe("documents made by the grammars", () => {
  test("give every message, byte for byte, and account for every byte", async (t) => {
    t.diagnostic(`seed ${seed} (CHATTY_TEST_SEED repeats it)`);
    const started = performance.now();
    let messages = 0;
    for (let index = 0; index < documents; index += 1) {
      const made = makeDocument(createRandom(seed + index));
      const folder = folderOf({ [made.path]: made.text });
      const survey = await legacyReader.survey(folder);
      const [unit] = survey.units;
      assert.ok(unit !== undefined, `seed ${seed + index}: nothing was found in\n${made.text}`);
      const { conversations } = await legacyReader.read(folder, survey, unit);
      const found = conversations.flatMap((conversation) =>
        conversation.messages.map(({ role, content, time }) => [role, content, time?.ms ?? null]),
      );
      assert.deepEqual(found, made.messages, `seed ${seed + index}:\n${made.text}`);
      assert.deepEqual(await examineReading(legacyReader, folder), [], `seed ${seed + index}`);
      messages += found.length;
    }
    t.diagnostic(
      `${documents} documents, ${messages} messages, ${Math.round(performance.now() - started)} ms`,
    );
  });

  test("account for every byte when they are damaged", async (t) => {
    t.diagnostic(`seed ${seed} (CHATTY_TEST_SEED repeats it)`);
    let found = 0;
    for (let index = 0; index < documents; index += 1) {
      const random = createRandom(seed + index);
      const made = makeDocument(random);
      let bytes: Buffer = Buffer.from(made.text);
      for (let times = 0; times < 1 + random.below(3); times += 1) bytes = damage(random, bytes);
      const folder = folderOf({ [made.path]: bytes });
      const faults = await examineReading(legacyReader, folder);
      const survey = await legacyReader.survey(folder);
      found += survey.units.length;
      assert.equal(survey.units.length + survey.unrecognised.length + survey.companions.length, 1);
      assert.deepEqual(
        faults.filter(({ kind }) => kind === "bytes-not-covered"),
        [],
        `seed ${seed + index}:\n${bytes.toString()}`,
      );
    }
    t.diagnostic(`${documents} damaged documents, ${found} still read as conversations`);
  });
});

describe("readers with a fault", () => {
  for (const { name, reader, found } of plantedReaders) {
    test(`one that ${name} is found`, async () => {
      const kinds = new Set<string>();
      for (const fixture of allFixtures)
        for (const fault of await compareWithFixture(reader, fixture)) kinds.add(fault.kind);
      assert.ok(kinds.has(found), `found ${[...kinds].join(", ")}`);
    });
  }
});
