import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { openVault } from "@chatty/store";
import type { OpenVaultOptions, UserVault, Vault } from "@chatty/store";
import { exportVectors, parseNpy } from "@chatty/store/vectors";
import { lineExportBytes, lineExportReader } from "@chatty/store/testing/explorer";
import { askNumpy, reasonWithoutNumpy } from "./numpy.ts";
import { wordEmbedder } from "./word-embedder.ts";

interface Opened {
  folder: string;
  vault: Vault;
  user: UserVault;
  reopen(options?: Partial<OpenVaultOptions>): Promise<void>;
}

const embedders = { open: () => Promise.resolve({ main: wordEmbedder() }) };

async function openMeaning(context: TestContext): Promise<Opened> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "chatty-vectors-")));
  const open = (options: Partial<OpenVaultOptions> = {}): Promise<Vault> =>
    openVault({
      home: join(folder, "home"),
      environment: "production",
      exports: lineExportReader(),
      meaning: embedders,
      ...options,
    });
  const vault = await open();
  const opened: Opened = {
    folder,
    vault,
    user: vault.user(),
    reopen: async (options) => {
      await opened.vault.close();
      opened.vault = await open(options);
      opened.user = opened.vault.user(opened.user.userId);
    },
  };
  context.after(async () => {
    await opened.vault.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });
  return opened;
}

/** Waits until everything is embedded. */
async function untilRead({ vault, user }: Opened, chunks: number): Promise<void> {
  await vault.settle();
  for (let waited = 0; waited < 30_000; waited += 20) {
    const { meaning } = await user.searchState();
    if (meaning.state === "failed") throw new Error(meaning.failure);
    if (meaning.state === "ready" && meaning.chunks === chunks) return;
    await new Promise((resolve) => void setTimeout(resolve, 20));
  }
  throw new Error(`It is still ${JSON.stringify((await user.searchState()).meaning)}.`);
}

/** Files of a tree by name, with the folder each lies in. */
function filesNamed(folder: string, name: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name === name)
    .map((entry) => entry.parentPath)
    .sort();
}

async function say(user: UserVault, title: string, ...texts: string[]): Promise<string> {
  const session = await user.createSession({ title });
  await user.append(
    session.sessionId,
    texts.map((content) => ({ role: "user", content })),
  );
  return session.sessionId;
}

const readPairs = `
told = {}
for folder in sys.argv[1:]:
    a = np.load(folder + '/embeddings.npy', allow_pickle=False)
    lines = [json.loads(line) for line in open(folder + '/vector_index.jsonl', encoding='utf8')]
    told[folder] = {
        'shape': list(a.shape), 'dtype': a.dtype.str, 'bits': a.tobytes().hex(),
        'lines': lines, 'lengths': [round(float(n), 5) for n in np.linalg.norm(a, axis=1)],
    }
print(json.dumps(told))
`;

interface PairForNumpy {
  shape: number[];
  dtype: string;
  bits: string;
  lines: { vector_index: number; session_id: string; embedding_metadata: { dimensions: number } }[];
  lengths: number[];
}

const readNpz = `
with np.load(sys.argv[1], allow_pickle=False) as z:
    print(json.dumps({name: {'shape': list(z[name].shape), 'bits': z[name].tobytes().hex()} for name in z.files}))
`;

describe("vectors of a vault", () => {
  test(
    "lie beside conversations, and NumPy opens them with equal values",
    { skip: reasonWithoutNumpy() },
    async (t) => {
      const opened = await openMeaning(t);
      const { user, folder } = opened;
      const first = await say(
        user,
        "Animals",
        "Lions sleep through the afternoon",
        "Penguins swim in cold water",
      );
      await say(user, "Cooking", "Boil water and add pasta");
      const nodes = [
        { id: "n1", parent: null, text: "Lava flows from volcanoes", time: 1_600_000_000 },
        { id: "n2", parent: "n1", text: "Obsidian is cooled lava", time: 1_600_000_100 },
      ];
      const bytes = lineExportBytes({
        conversations: [{ id: "volcano", createdAt: 1_600_000_000, leaf: "n2", nodes }],
      });
      const input = { kind: "stream", name: "export.jsonl", bytes: Readable.from([bytes]) } as const;
      await user.import(input);
      await untilRead(opened, 5);
      const folders = filesNamed(folder, "embeddings.npy");
      assert.equal(folders.length, 3);
      assert.deepEqual(folders, filesNamed(folder, "vector_index.jsonl"));
      const told = askNumpy<Record<string, PairForNumpy>>(readPairs, ...folders);
      for (const each of folders) {
        const { shape, dtype, bits, lines, lengths } = told[each] ?? assert.fail(each);
        const ours = parseNpy(readFileSync(join(each, "embeddings.npy")));
        assert.deepEqual({ shape, dtype }, { shape: ours.shape, dtype: "<f4" });
        assert.equal(bits, Buffer.from(ours.values.buffer).toString("hex"));
        assert.deepEqual(
          lines.map((line) => line.vector_index),
          Array.from({ length: shape[0] ?? 0 }, (_, row) => row),
        );
        assert.ok(lines.every((line) => line.embedding_metadata.dimensions === shape[1]));
        assert.ok(lengths.every((length) => Math.abs(length - 1) < 1e-3));
      }
      const own = folders.find((each) => each.includes(first));
      assert.deepEqual(own && told[own]?.lines.map((line) => line.session_id), [first, first]);
      const { problems } = await opened.vault.verify();
      assert.deepEqual(problems, []);
      const target = join(folder, "vectors.npz");
      const names = await exportVectors(
        new Map(folders.map((each, index) => [`pair${index}`, each])),
        target,
      );
      const arrays = askNumpy<Record<string, { shape: number[]; bits: string }>>(readNpz, target);
      assert.deepEqual(Object.keys(arrays), names);
      for (const [index, each] of folders.entries()) {
        assert.equal(arrays[`pair${index}`]?.bits, told[each]?.bits);
      }
    },
  );

  test("are no news to a vault that is opened again, and go with what is purged", async (t) => {
    const opened = await openMeaning(t);
    const secret = await say(opened.user, "Secret", "The treasure lies under the oak");
    await say(opened.user, "Plain", "Nothing to see here, really nothing");
    await untilRead(opened, 2);
    let embedded = 0;
    const counting = {
      open: () => {
        const main = wordEmbedder();
        const embed: typeof main.embed = (texts, kind, signal) => {
          if (kind === "document") embedded += texts.length;
          return main.embed(texts, kind, signal);
        };
        return Promise.resolve({ main: { ...main, embed } });
      },
    };
    await opened.reopen({ meaning: counting });
    await untilRead(opened, 2);
    assert.equal(embedded, 0);
    assert.equal(filesNamed(opened.folder, "embeddings.npy").length, 2);
    await opened.user.deleteSession(secret);
    await opened.user.purgeSession(secret);
    await untilRead(opened, 1);
    assert.equal(filesNamed(opened.folder, "embeddings.npy").length, 1);
    await opened.vault.close();
    const traces = readdirSync(opened.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/audit\.jsonl$|chatty\.db/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter(
        (path) => path.includes("vectors.db") || path.includes("embeddings") || path.includes("vector_index"),
      )
      .filter((path) => readFileSync(path).includes(secret));
    assert.deepEqual(traces, []);
  });

  test("are not made while it is switched off, and stay where they are", async (t) => {
    const opened = await openMeaning(t);
    await say(opened.user, "First", "Something that was read before");
    await untilRead(opened, 1);
    await opened.user.setSettings({ "search.meaning": false });
    await say(opened.user, "Second", "Something that is not read any more");
    await opened.vault.settle();
    await new Promise((resolve) => void setTimeout(resolve, 200));
    assert.equal((await opened.user.searchState()).meaning.state, "off");
    assert.equal(filesNamed(opened.folder, "embeddings.npy").length, 1);
    await opened.user.setSettings({ "search.meaning": true });
    await untilRead(opened, 2);
  });
});
