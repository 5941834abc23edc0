import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { isChattyError } from "@chatty/model";
import fc from "fast-check";
import { openContainer, readAll } from "../container.ts";
import { sourceOf } from "../testing/byte-source.ts";
import { writeZip } from "../testing/zip-writer.ts";
import type { TestArchive, TestMember } from "../testing/zip-writer.ts";

const good: TestMember[] = [
  { name: "conversations.json", data: '[{"mapping":{}}]'.repeat(50) },
  { name: "wrap/user.json", data: "{}", method: 0 },
  { name: "wrap/", method: 0 },
];

async function readEverything(archive: Uint8Array): Promise<Map<string, string>> {
  const container = await openContainer(sourceOf(archive, "test.zip"));
  const contents = new Map<string, string>();
  for (const member of container.members)
    contents.set(member.name, (await readAll(member.read())).toString());
  return contents;
}

async function refusal(
  archive: Uint8Array,
): Promise<{ code: string; message: string; hint: string | undefined }> {
  try {
    await readEverything(archive);
  } catch (error) {
    if (!isChattyError(error)) throw error;
    return error;
  }
  throw new assert.AssertionError({ message: "the archive was accepted" });
}

describe("a sound archive", () => {
  test("gives the bytes of its members and leaves folders out", async () => {
    const contents = await readEverything(writeZip(good));
    assert.deepEqual([...contents.keys()], ["conversations.json", "wrap/user.json"]);
    assert.equal(contents.get("wrap/user.json"), "{}");
    assert.equal(contents.get("conversations.json")?.length, 800);
  });

  for (const descriptor of ["signed", "unsigned", "wide"] as const) {
    test(`may write sizes behind the data (${descriptor})`, async () => {
      const members = good.map((member) => (member.data === undefined ? member : { ...member, descriptor }));
      assert.equal((await readEverything(writeZip(members))).size, 2);
    });
  }

  test("may be ZIP64 throughout", async () => {
    const members = good.map((member) => ({ ...member, zip64: true }));
    assert.equal((await readEverything(writeZip(members, { zip64End: true }))).size, 2);
  });

  test("may carry a comment", async () => {
    assert.equal((await readEverything(writeZip(good, { comment: Buffer.from("made by hand") }))).size, 2);
  });

  test("may hold what macOS and Windows leave in folders, which is passed over", async () => {
    const leftovers = [
      "__MACOSX/._conversations.json",
      ".DS_Store",
      "wrap/.DS_Store",
      "Thumbs.db",
      "wrap/._user.json",
    ];
    const contents = await readEverything(
      writeZip([...good, ...leftovers.map((name) => ({ name, data: "x" }))]),
    );
    assert.equal(contents.size, 2);
  });

  test("may use backslashes, doubled slashes, a leading ./ and uploads with odd names", async () => {
    const names = [
      "wrap\\a.json",
      "wrap//b.json",
      "./c.json",
      "file-abc-12:30 o'clock.",
      "ünïcode.json",
      "d…/e.json",
    ];
    const contents = await readEverything(writeZip(names.map((name) => ({ name, data: "x" }))));
    assert.deepEqual([...contents.keys()], names);
  });

  test("may hold empty members of either method", async () => {
    const members: TestMember[] = [
      { name: "a", method: 0 },
      { name: "b", method: 8 },
      { name: "c", method: 8, compressed: new Uint8Array() },
    ];
    assert.deepEqual([...(await readEverything(writeZip(members))).values()], ["", "", ""]);
  });

  test("may name members in code page 437 or in UTF-8 without saying so", async () => {
    const members: TestMember[] = [
      { name: Buffer.from([0x84, 0x2e, 0x74]), data: "x", flags: 0 },
      { name: "größe", data: "x", flags: 0 },
    ];
    assert.deepEqual([...(await readEverything(writeZip(members))).keys()], ["ä.t", "größe"]);
  });
});

describe("a refused archive", () => {
  const one = (member: Partial<TestMember>, archive?: TestArchive): Buffer => {
    return writeZip(
      [
        { name: "a.json", data: "some data, some data" },
        { name: "b.json", data: "more", ...member },
      ],
      archive,
    );
  };
  const overlapping = (): Buffer => {
    const first: TestMember = { name: "a", data: "x".repeat(1000) };
    return writeZip([first, { ...first, name: "b", offset: 0, local: { name: "a" } }]);
  };
  const cases: [what: string, code: string, archive: () => Buffer][] = [
    ["encrypted", "ARCHIVE_ENCRYPTED", () => one({ flags: 0x801 })],
    ["strongly encrypted", "ARCHIVE_ENCRYPTED", () => one({ flags: 0x840 })],
    ["with a masked directory", "ARCHIVE_ENCRYPTED", () => one({ flags: 0x2800 })],
    ["with AES encryption", "ARCHIVE_ENCRYPTED", () => one({ extra: Buffer.from([0x01, 0x99, 0, 0]) })],
    [
      "with an unknown method",
      "ARCHIVE_UNSUPPORTED",
      () => one({ central: { method: 9 }, local: { method: 9 } }),
    ],
    ["with a symbolic link", "ARCHIVE_UNSAFE_ENTRY", () => one({ mode: 0o120777 })],
    ["with a device", "ARCHIVE_UNSAFE_ENTRY", () => one({ mode: 0o020666 })],
    ["with a name twice", "ARCHIVE_DUPLICATE_NAME", () => one({ name: "a.json" })],
    ["with names that differ by case", "ARCHIVE_DUPLICATE_NAME", () => one({ name: "A.JSON" })],
    ["with names that differ by slashes", "ARCHIVE_DUPLICATE_NAME", () => one({ name: ".//a.json" })],
    [
      "with names that differ by invisible characters",
      "ARCHIVE_DUPLICATE_NAME",
      () => one({ name: "a\u200d.json" }),
    ],
    ["with overlapping members", "ARCHIVE_OVERLAP", overlapping],
    ["with another name in the local header", "ARCHIVE_CORRUPT", () => one({ local: { name: "c.json" } })],
    ["with another method in the local header", "ARCHIVE_CORRUPT", () => one({ local: { method: 0 } })],
    ["with other flags in the local header", "ARCHIVE_CORRUPT", () => one({ local: { flags: 0 } })],
    ["with another checksum in the local header", "ARCHIVE_CORRUPT", () => one({ local: { crc: 1 } })],
    ["with another size in the local header", "ARCHIVE_CORRUPT", () => one({ local: { size: 1 } })],
    [
      "with another compressed size in the local header",
      "ARCHIVE_CORRUPT",
      () => one({ local: { compressedSize: 1 } }),
    ],
    ["with a wrong checksum", "ARCHIVE_CORRUPT", () => one({ central: { crc: 7 }, local: { crc: 7 } })],
    [
      "with a member bigger than declared",
      "ARCHIVE_CORRUPT",
      () => one({ central: { size: 2 }, local: { size: 2 } }),
    ],
    [
      "with a member smaller than declared",
      "ARCHIVE_CORRUPT",
      () => one({ central: { size: 9 }, local: { size: 9 } }),
    ],
    [
      "with bytes behind the compressed data",
      "ARCHIVE_CORRUPT",
      () => one({ compressed: Buffer.concat([deflateRawSync(Buffer.from("more")), Buffer.from("zz")]) }),
    ],
    [
      "with data that do not inflate",
      "ARCHIVE_CORRUPT",
      () => one({ compressed: Buffer.from([0xff, 0xff, 0xff]) }),
    ],
    [
      "with data that end early",
      "ARCHIVE_CORRUPT",
      () => one({ compressed: deflateRawSync(Buffer.from("more")).subarray(0, 3) }),
    ],
    [
      "with a stored member of two sizes",
      "ARCHIVE_CORRUPT",
      () => one({ method: 0, central: { size: 1 }, local: { size: 1 } }),
    ],
    ["with a folder that has content", "ARCHIVE_CORRUPT", () => one({ name: "b/" })],
    [
      "with bytes before the first member",
      "ARCHIVE_CORRUPT",
      () => one({}, { prefix: Buffer.from("PK\x07\x08") }),
    ],
    ["with bytes before the directory", "ARCHIVE_CORRUPT", () => one({}, { gap: Buffer.from("hidden") })],
    ["with bytes behind the end", "ARCHIVE_CORRUPT", () => one({}, { trailing: Buffer.from("tail") })],
    ["with an end record in its comment", "ARCHIVE_CORRUPT", () => one({}, { comment: writeZip([]) })],
    ["that counts more members than it has", "ARCHIVE_CORRUPT", () => one({}, { count: 3 })],
    ["that counts fewer members than it has", "ARCHIVE_CORRUPT", () => one({}, { count: 1 })],
    [
      "with an extra field that is too long",
      "ARCHIVE_CORRUPT",
      () => one({ extra: Buffer.from([9, 9, 200, 0, 1]) }),
    ],
    [
      "with a declared size beyond reason",
      "ARCHIVE_TOO_LARGE",
      () => one({ zip64: true, central: { size: 9 * 2 ** 30 } }),
    ],
    [
      "with a member that grows a thousandfold",
      "ARCHIVE_TOO_LARGE",
      () => one({ data: Buffer.alloc(100 * 2 ** 20) }),
    ],
    [
      "with a descriptor that lies",
      "ARCHIVE_CORRUPT",
      () => one({ descriptor: "signed", central: { crc: 3 } }),
    ],
  ];
  for (const [what, code, archive] of cases) {
    test(`is one ${what}`, async () => {
      const error = await refusal(archive());
      assert.equal(error.code, code, error.message);
      assert.ok(error.hint !== undefined);
    });
  }

  describe("finds the same faults in a member too big to be unpacked at once", () => {
    const data = randomBytes(3 * 2 ** 20);
    const compressed = deflateRawSync(data);
    const lies: [what: string, lie: Partial<TestMember>][] = [
      ["a wrong checksum", { central: { crc: 7 }, local: { crc: 7 } }],
      ["a size that is too small", { central: { size: 2 ** 21 }, local: { size: 2 ** 21 } }],
      ["a size that is too big", { central: { size: 2 ** 22 }, local: { size: 2 ** 22 } }],
      ["bytes behind its data", { compressed: Buffer.concat([compressed, Buffer.from("zz")]) }],
      ["data that end early", { compressed: compressed.subarray(0, -100) }],
      ["data that do not inflate", { compressed: Buffer.from(compressed).fill(0xff, 2 ** 20) }],
    ];
    for (const [what, lie] of lies) {
      test(what, async () => {
        assert.equal((await refusal(one({ data, ...lie }))).code, "ARCHIVE_CORRUPT");
      });
    }
  });

  const badNames = [
    "../up.json",
    "a/../../up.json",
    "a\\..\\up.json",
    "/absolute",
    "\\\\server\\share",
    "C:\\x",
    "c:x",
    "nul\0l",
    "line\nbreak",
    "a/./b",
    "CON",
    "a/aux.txt",
    "lpt1.json",
    "stream.txt:hidden",
    "ends.",
    "ends ",
    "x".repeat(300),
    "\u0085",
  ];
  for (const name of badNames) {
    test(`is one with the name ${JSON.stringify(name.slice(0, 30))}`, async () => {
      const error = await refusal(one({ name }));
      assert.equal(error.code, "ARCHIVE_UNSAFE_NAME");
    });
  }

  test("is named with its member in the message", async () => {
    const { message, hint } = await refusal(one({ name: "secret.json", flags: 0x801 }));
    assert.match(message, /test\.zip: "secret\.json" is encrypted/);
    assert.match(hint ?? "", /password/);
  });

  test("is any archive cut off at any byte", async () => {
    const archive = writeZip(
      good.map((member) => (member.data === undefined ? member : { ...member, descriptor: "signed" })),
    );
    for (let length = 4; length < archive.length; length += 1) {
      const error = await refusal(archive.subarray(0, length));
      assert.match(error.code, /^ARCHIVE_(?:TRUNCATED|CORRUPT)$/, `cut at ${length}: ${error.message}`);
    }
  });

  test("or a readable one, whatever bytes are changed; nothing else comes out", async () => {
    const archive = writeZip(good, { zip64End: true });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(archive.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        async (changes) => {
          const changed = Buffer.from(archive);
          for (const [at, byte] of changes) changed[at] = byte;
          if (changed[0] !== 0x50 || changed[1] !== 0x4b) return;
          try {
            await readEverything(changed);
          } catch (error) {
            assert.ok(isChattyError(error), String(error));
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
