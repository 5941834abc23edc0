import assert from "node:assert/strict";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { TestContext } from "node:test";
import type { VerifyReport } from "@chatty/store";
import { chattyIn } from "../fidelity/chatty-process.ts";
import { createRandom } from "../fidelity/seeded-random.ts";
import { everyPage, fillVault, inVault, showEverything } from "./full-vault.ts";
import { derivedKindOf, derivedKinds, fileChanges, listFiles, pathsIn } from "./vault-files.ts";
import type { DerivedKind, FileList } from "./vault-files.ts";

const isFull = process.env["CHATTY_TEST_FULL"] === "1";

type Damage = (bytes: Buffer) => Buffer | undefined;

const remove: Damage = () => undefined;

const flip: Damage = (bytes) => {
  const flipped = Buffer.from(bytes);
  const middle = Math.floor(bytes.length / 2);
  flipped[middle] = (bytes[middle] ?? 0) ^ 0x01;
  return flipped;
};

const usualDamages: Record<string, Damage> = {
  "with a byte flipped": flip,
  "with its end cut off": (bytes) => bytes.subarray(0, Math.floor(bytes.length * 0.7)),
  removed: remove,
};

const damages: Record<string, Damage> = {
  ...usualDamages,
  ...(isFull && {
    emptied: () => Buffer.alloc(0),
    "with something after it": (bytes: Buffer) => Buffer.concat([bytes, Buffer.from("more\n")]),
    replaced: () => Buffer.from("something else altogether\n"),
  }),
};

/** Codes that tell of each kind; a pack's damage may show at its frames or its references. */
const codes: Record<DerivedKind, RegExp> = {
  transcript: /^TRANSCRIPT_(?:MISSING|CHANGED)$/,
  meta: /^MIRROR_(?:MISSING|CHANGED)$/,
  index: /^MIRROR_(?:MISSING|CHANGED)$/,
  profile: /^MIRROR_(?:MISSING|CHANGED)$/,
  persona: /^MIRROR_(?:MISSING|CHANGED)$/,
  pack: /^PACK_(?:MISSING|DAMAGED)$/,
  view: /^VIEW_(?:MISSING|CHANGED)$/,
  catalog: /^CATALOG_(?:STALE|DAMAGED)$/,
  events: /^EVENTS_(?:MISSING|CHANGED)$/,
};

let folder: string;
let pristine: string;
let files: FileList;
let sight: string;
let pages: string;
let copies = 0;

before(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "chatty-damage-")));
  pristine = join(folder, "home");
  await fillVault(pristine, folder);
  sight = await inVault(pristine, async (user, vault) => {
    await vault.rebuild("views");
    pages = JSON.stringify(everyPage(user));
    return JSON.stringify([everyPage(user), [...(await showEverything(user))]]);
  });
  files = listFiles(join(pristine, "production"));
});

after(() => {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

/** A copy of the vault in a folder of its own, as if it had never been moved. */
function copyVault(t: TestContext): { folder: string; home: string; root: string } {
  copies += 1;
  const place = join(folder, `copy-${copies}`);
  const home = join(place, "home");
  cpSync(pristine, home, { recursive: true, preserveTimestamps: true });
  const root = join(home, "production");
  chmodSync(root, 0o700);
  t.after(() => rmSync(place, { recursive: true, force: true, maxRetries: 3 }));
  return { folder: place, home, root };
}

/** The biggest file of a kind, so that every damage is inside what counts. */
function victim(kind: DerivedKind): string {
  const root = join(pristine, "production");
  const paths = pathsIn(root).filter((path) => derivedKindOf(path) === kind && !/-(?:wal|shm)$/.test(path));
  const [biggest] = paths.sort(
    (left, right) => statSync(join(root, right)).size - statSync(join(root, left)).size,
  );
  assert.ok(biggest !== undefined, `there is no ${kind}`);
  return biggest;
}

function harm(root: string, path: string, damage: Damage): void {
  const bytes = damage(readFileSync(join(root, path)));
  if (bytes === undefined) rmSync(join(root, path));
  else writeFileSync(join(root, path), bytes);
}

/** Every victim is told of with a code of its kind, and nothing else is blamed. */
function tells(report: VerifyReport, victims: ReadonlyMap<string, DerivedKind>): void {
  assert.equal(report.ok, false);
  for (const [path, kind] of victims) {
    const found = report.problems.filter(
      (problem) => problem.path === path && codes[kind].test(problem.code),
    );
    assert.ok(found.length > 0, `${path}: ${JSON.stringify(report.problems.slice(0, 5))}`);
  }
  assert.deepEqual(
    report.problems.filter((problem) => !victims.has(problem.path)),
    [],
  );
}

/** Changes but for copies of edited and replaced files that are kept. */
function unkept(root: string): string[] {
  const kept = / \(edited(?: \d+)?\)\.md: |\.json\.bak: /;
  return fileChanges(files, listFiles(root)).filter((line) => !kept.test(line));
}

const damagedKinds = derivedKinds.filter((kind) => kind !== "catalog");
/** One of each kind at once, or each alone where there is time. */
const damagedTogether: DerivedKind[][] = isFull ? damagedKinds.map((kind) => [kind]) : [damagedKinds];

describe("a derived file", () => {
  for (const kinds of damagedTogether) {
    for (const [what, damage] of Object.entries(damages)) {
      test(`(${kinds.join(", ")}) ${what} is told by verify and made right by repair`, async (t) => {
        const { home, root } = copyVault(t);
        const victims = new Map(kinds.map((kind) => [victim(kind), kind]));
        await inVault(home, async (_, vault) => {
          await vault.settle();
          for (const path of victims.keys()) harm(root, path, damage);
          tells(await vault.verify(), victims);
          const dry = await vault.repair({ dryRun: true });
          assert.ok(dry.recovered >= victims.size, "a dry run tells of it");
          assert.notDeepEqual(unkept(root), [], "a dry run changes nothing");
          const report = await vault.repair();
          assert.ok(report.recovered >= victims.size);
          assert.deepEqual(report.lost, []);
          assert.deepEqual((await vault.verify()).problems, []);
        });
        assert.deepEqual(unkept(root), []);
      });
    }
  }

  for (const [what, damage] of Object.entries(damages)) {
    test(`(catalog) ${what} never hides a conversation for longer than a repair`, async (t) => {
      const place = copyVault(t);
      harm(place.root, victim("catalog"), damage);
      const chatty = chattyIn(place.folder);
      const verified = await chatty.ask<VerifyReport>(["verify"]);
      assert.ok(verified.code === 0 || verified.code === 3, JSON.stringify(verified.answer));
      for (const { code, path } of verified.answer.problems) {
        assert.match(code, codes.catalog, path);
      }
      assert.equal((await chatty.ask(["repair"])).code, 0);
      assert.deepEqual((await chatty.ask<VerifyReport>(["verify"])).answer.problems, []);
      const seen = await inVault(place.home, async (user) =>
        JSON.stringify([everyPage(user), [...(await showEverything(user))]]),
      );
      assert.equal(seen, sight);
    });
  }

  test("(catalog) with any byte changed gives the lists back after a repair", async (t) => {
    const random = createRandom(5);
    const { home, root } = copyVault(t);
    const path = join(root, victim("catalog"));
    const sound = readFileSync(path);
    for (let round = 0; round < (isFull ? 300 : 12); round += 1) {
      const bytes = Buffer.from(sound);
      const at = random.below(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 + random.below(255));
      writeFileSync(path, bytes);
      await inVault(home, async (user, vault) => {
        await vault.verify();
        await vault.repair();
        assert.deepEqual((await vault.verify()).problems, [], `byte ${at}`);
        assert.equal(JSON.stringify(everyPage(user)), pages, `byte ${at}`);
      });
    }
  });
});

describe("a sound vault", () => {
  test("is left byte for byte alone by verify, by repair and by a dry run", async (t) => {
    const { folder: place, root } = copyVault(t);
    const chatty = chattyIn(place);
    const times = new Map([...files.keys()].map((path) => [path, statSync(join(root, path)).mtimeMs]));
    for (const words of [["verify"], ["repair", "--dry-run"], ["repair"], ["verify"]]) {
      const { code, answer } = await chatty.ask<Record<string, unknown>>(words);
      assert.equal(code, 0, JSON.stringify(answer));
      assert.deepEqual(fileChanges(files, listFiles(root)), [], words.join(" "));
      for (const [path, time] of times) assert.equal(statSync(join(root, path)).mtimeMs, time, path);
    }
    assert.ok(!existsSync(join(root, "quarantine")));
  });
});

describe("a transcript edited by hand", () => {
  test("is kept beside the fresh one, as often as it is edited", async (t) => {
    const { folder: place, root } = copyVault(t);
    const chatty = chattyIn(place);
    const path = victim("transcript");
    const texts = ["# My own words\n", `${readFileSync(join(root, path), "utf8")}\nmore of my own\n`];
    for (const [index, text] of texts.entries()) {
      writeFileSync(join(root, path), text);
      const verified = await chatty.ask<VerifyReport>(["verify"]);
      assert.equal(verified.code, 3);
      tells(verified.answer, new Map([[path, "transcript"]]));
      const repaired = await chatty.ask<{ recovered: number }>(["repair"]);
      assert.deepEqual([repaired.code, repaired.answer.recovered], [0, 1]);
      const aside = path.replace(/\.md$/, index === 0 ? " (edited).md" : " (edited 2).md");
      assert.equal(readFileSync(join(root, aside), "utf8"), text);
    }
    assert.deepEqual(unkept(root), []);
    const sound = await chatty.ask<VerifyReport>(["verify"]);
    assert.equal(sound.code, 0);
    const asides = [" (edited 2).md", " (edited).md"].map((end) => path.replace(/\.md$/, end));
    assert.deepEqual(sound.answer.edited, asides);
  });
});

describe("a rebuild while messages come", () => {
  test("loses none of their events", async (t) => {
    const { home, root } = copyVault(t);
    await inVault(home, async (user, vault) => {
      harm(root, victim("events"), (bytes) =>
        Buffer.from(bytes.toString("utf8").replace("canary", "canarY")),
      );
      harm(root, victim("events"), (bytes) =>
        Buffer.concat([bytes.subarray(0, 40), Buffer.from("X"), bytes.subarray(41)]),
      );
      let isRunning = true;
      const rebuilding = vault.rebuild("all").finally(() => {
        isRunning = false;
      });
      let appended = 0;
      while (isRunning) {
        await user
          .append("synth", [{ role: "user", content: `while it runs ${appended}` }])
          .catch(() => undefined);
        await user.append("chat_with_synth-001", [{ role: "user", content: `while it runs ${appended}` }]);
        appended += 1;
      }
      await rebuilding;
      assert.ok(appended > 0);
      assert.deepEqual((await vault.verify()).problems, []);
      assert.equal((await vault.rebuild("all")).identical, true);
    });
  });
});

describe("what is true", () => {
  const truths: { what: string; path: RegExp; damage: Damage; code: string }[] = [
    {
      what: "an attachment",
      path: /\/sessions\/[^/]+\/files\/[^/]+\.txt$/,
      damage: flip,
      code: "FILE_CHANGED",
    },
    {
      what: "an attachment",
      path: /\/sessions\/[^/]+\/files\/[^/]+\.txt$/,
      damage: remove,
      code: "FILE_MISSING",
    },
    {
      what: "a knowledge file",
      path: /\/instances\/[^/]+\/files\/[^/]+$/,
      damage: flip,
      code: "FILE_CHANGED",
    },
    {
      what: "a knowledge file",
      path: /\/instances\/[^/]+\/files\/[^/]+$/,
      damage: remove,
      code: "FILE_MISSING",
    },
    { what: "an archive", path: /\/archives\/[0-9a-f]{64}$/, damage: flip, code: "ARCHIVE_DAMAGED" },
    { what: "an archive", path: /\/archives\/[0-9a-f]{64}$/, damage: remove, code: "ARCHIVE_MISSING" },
  ];

  for (const { what, path: pattern, damage, code } of truths) {
    test(`(${what}) is told of with ${code}, and nothing is invented in its place`, async (t) => {
      const { home, root } = copyVault(t);
      const candidates = pathsIn(root).filter(
        (path) => pattern.test(path) && !path.includes("/events/messages"),
      );
      const [path] = candidates.sort(
        (left, right) => statSync(join(root, right)).size - statSync(join(root, left)).size,
      );
      assert.ok(path !== undefined);
      harm(root, path, damage);
      const left = existsSync(join(root, path)) ? readFileSync(join(root, path)) : undefined;
      await inVault(home, async (_, vault) => {
        const isTold = async (): Promise<void> => {
          const { problems } = await vault.verify();
          // A file that is gone is named by its hash; its ending is not known any more.
          const told = problems.filter((problem) => problem.code === code && path.startsWith(problem.path));
          assert.ok(told.length > 0, JSON.stringify(problems.slice(0, 4)));
        };
        await isTold();
        await vault.repair();
        await vault.rebuild("all");
        await isTold();
      });
      const now = existsSync(join(root, path)) ? readFileSync(join(root, path)) : undefined;
      assert.deepEqual(now, left);
    });
  }
});
