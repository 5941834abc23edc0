import {
  messagesIn,
  deletionOf,
  fileIn,
  importOf,
  titleOf,
  uploadOf,
  valueOf,
  whole,
} from "./fault-facts.ts";
import { exportOf, newMessage, newSessionId, picture, piecesOf } from "./fault-home.ts";
import type { ScenarioContext } from "./fault-home.ts";
import { absent } from "./fault-world.ts";

/** Work on the whole vault, among whose file calls faults are put. */
export interface FaultScenario {
  name: string;
  /** What it begins with: nothing, a home that was closed, or one that a power cut left. */
  home: "empty" | "closed" | "cut";
  /** True when faults may also befall the opening. */
  withOpening?: boolean;
  /** Acts one after the other; a refused one does not keep the next from being tried. */
  run: (context: ScenarioContext) => Promise<void>;
}

async function append(
  context: ScenarioContext,
  session: ScenarioContext["home"]["tea"],
  content: string,
): Promise<void> {
  const message = newMessage(content);
  const reader = messagesIn(session, [message]);
  await context.world.act({ [`message ${content}`]: { value: whole, reader } }, () =>
    context.user.append(session, [{ role: "user", ...message }]),
  );
}

async function importExport(context: ScenarioContext, account: string): Promise<void> {
  const texts = [`${account} said one.`, `${account} said two.`] as const;
  const reader = importOf(account, texts);
  await context.world.act({ [`import ${account}`]: { value: whole, reader } }, () =>
    context.user.import(
      { kind: "stream", name: "export.jsonl", bytes: piecesOf(exportOf(account, texts)) },
      { name: account },
    ),
  );
}

export const faultScenarios: readonly FaultScenario[] = [
  {
    name: "create a vault",
    home: "empty",
    withOpening: true,
    run: async (context) => {
      const { user } = context;
      const home = user.resolveSession("chat_with_synth-001");
      await append(context, home, "the first words");
    },
  },
  {
    name: "append to one session",
    home: "closed",
    run: async (context) => {
      for (const text of ["one", "two", "three"]) await append(context, context.home.tea, text);
    },
  },
  {
    name: "many appends at once",
    home: "closed",
    run: async (context) => {
      const { tea, rain } = context.home;
      await Promise.all(
        Array.from({ length: 12 }, (_, n) => append(context, n % 2 === 0 ? tea : rain, `at once ${n}`)),
      );
      const pair = [newMessage("a pair, first"), newMessage("a pair, second")];
      await context.world.act({ pair: { value: whole, reader: messagesIn(tea, pair) } }, () =>
        context.user.append(
          tea,
          pair.map((message) => ({ role: "user", ...message })),
        ),
      );
    },
  },
  {
    name: "new session, rename, undo, delete, restore",
    home: "closed",
    run: async (context) => {
      const { world, user } = context;
      const id = newSessionId();
      const title = "title of the new one";
      const made = await world.act({ [title]: { value: "Mint", reader: titleOf(id) } }, () =>
        user.createSession({ id, title: "Mint" }),
      );
      if (made === undefined) return;
      await append(context, id, "in the new one");
      if (
        (await world.act({ [title]: { value: "Peppermint" } }, () =>
          user.renameSession(id, "Peppermint"),
        )) !== undefined
      ) {
        await world.act({ [title]: { value: "Mint" } }, () => user.undo(id));
      }
      world.know("deletion", "kept", deletionOf(id));
      if ((await world.act({ deletion: { value: "deleted" } }, () => user.deleteSession(id))) === undefined)
        return;
      await world.act({ deletion: { value: "kept" } }, () => user.restoreSession(id));
    },
  },
  {
    name: "import an export",
    home: "closed",
    run: async (context) => {
      await importExport(context, "sam");
      await append(context, context.home.tea, "after the import");
    },
  },
  {
    name: "upload in pieces and import",
    home: "closed",
    run: async ({ world, user }) => {
      const texts = ["sent in pieces", "and put together"] as const;
      const bytes = exportOf("kim", texts);
      const upload = await world.act({}, () => user.uploads.begin({ name: "kim", size: bytes.length }));
      if (upload === undefined) return;
      const { uploadId } = upload;
      world.know("upload", whole, uploadOf(uploadId));
      const half = Math.floor(bytes.length / 2);
      await world.act({}, () => user.uploads.append(uploadId, 0, piecesOf(bytes.subarray(0, half))));
      // Whatever came of that, the upload says where to go on.
      await world.act({}, () => {
        const { offset } = user.uploads.status(uploadId);
        return user.uploads.append(uploadId, offset, piecesOf(bytes.subarray(offset)));
      });
      if (user.uploads.list().find((view) => view.uploadId === uploadId)?.complete !== true) return;
      await world.act(
        { "import kim": { value: whole, reader: importOf("kim", texts) }, upload: { value: absent } },
        () => user.import({ kind: "upload", uploadId }, { name: "kim" }),
      );
    },
  },
  {
    name: "attach files",
    home: "closed",
    run: async ({ world, user, home }) => {
      const message = newMessage("With a file.");
      const bytes = Buffer.concat([picture, Buffer.from("another one")]);
      await world.act({ attached: { value: whole, reader: fileIn(home.tea, message, bytes) } }, () =>
        user.append(home.tea, [{ role: "user", ...message }], [{ name: "b.png", bytes: piecesOf(bytes) }]),
      );
      const staged = await world.act({}, () => user.stageFile({ name: "c.txt", bytes: piecesOf(picture) }));
      if (staged !== undefined) {
        const carrying = newMessage("With a staged file.");
        const part = { kind: "file" as const, fileId: staged.fileId, name: "c.txt", mime: "text/plain" };
        await world.act({ staged: { value: whole, reader: fileIn(home.tea, carrying, picture) } }, () =>
          user.append(home.tea, [
            { role: "user", ...carrying, parts: [{ kind: "text", text: carrying.content }, part] },
          ]),
        );
      }
      world.know("knowledge", "0", (known) => String(known.knowledgeFiles("synth-001").length));
      await world.act({ knowledge: { value: "1" } }, () =>
        user.addKnowledgeFile("synth-001", { name: "k.txt", bytes: piecesOf(picture) }),
      );
    },
  },
  {
    name: "settle, close and open again",
    home: "closed",
    withOpening: true,
    run: async (context) => {
      await append(context, context.home.tea, "before closing");
      await context.world.act({}, () => context.vault.settle());
      await context.reopen();
      await append(context, context.home.tea, "after opening again");
    },
  },
  {
    name: "verify, repair and rebuild",
    home: "closed",
    run: async (context) => {
      await append(context, context.home.tea, "before the rebuild");
      await context.world.act({}, () => context.vault.verify());
      await context.world.act({}, () => context.vault.repair());
      await context.world.act({}, () => context.vault.rebuild("all"));
      await append(context, context.home.tea, "after the rebuild");
    },
  },
  {
    name: "recover after an unclean end",
    home: "cut",
    withOpening: true,
    run: async (context) => {
      await append(context, context.home.tea, "after the recovery");
    },
  },
  {
    name: "purge",
    home: "closed",
    run: async (context) => {
      const { world, user, home } = context;
      world.know("deletion of Rain", "kept", deletionOf(home.rain));
      if (
        (await world.act({ "deletion of Rain": { value: "deleted" } }, () =>
          user.deleteSession(home.rain),
        )) === undefined
      )
        return;
      await world.act({ "deletion of Rain": { value: absent }, "attached picture": { value: absent } }, () =>
        user.purgeSession(home.rain),
      );
      await append(context, home.tea, "after the purge");
    },
  },
  {
    name: "settings, secrets, drafts and places",
    home: "closed",
    run: async ({ world, user, home }) => {
      const { tea } = home;
      await world.act({ theme: { value: '"light"' } }, () => user.setSettings({ theme: "light" }));
      const secret = { value: '"hush"', reader: valueOf((known) => known.secret("key")) };
      world.know("secret", JSON.stringify(absent), secret.reader);
      await world.act({ secret }, () => user.setSecret("key", "hush"));
      world.know(
        "draft",
        JSON.stringify(absent),
        valueOf((known) => known.draft(tea)?.text),
      );
      await world.act({ draft: { value: '"half a thou"' } }, () => user.setDraft(tea, "half a thou"));
      await world.act({ "star of Tea": { value: "false" } }, () => user.setStarred(tea, false));
    },
  },
  {
    name: "runtimes, homes and forks",
    home: "closed",
    run: async (context) => {
      const { world, user, home } = context;
      const active = valueOf((known) => known.runtimes().find((runtime) => runtime.active)?.runtimeId);
      world.know(
        "active runtime",
        JSON.stringify(user.runtimes().find((each) => each.active)?.runtimeId),
        active,
      );
      await world.act({ "active runtime": { value: '"lin"' } }, () => user.selectRuntime("lin"));
      const homeOf = valueOf((known) => known.runtime("synth").homeSessionId);
      world.know("home", JSON.stringify(user.runtime("synth").homeSessionId), homeOf);
      await world.act({ home: { value: JSON.stringify(home.tea) } }, () => user.setHome(home.tea));
      const id = newSessionId();
      await world.act({ "fork of Tea": { value: "kept", reader: deletionOf(id) } }, () =>
        user.forkSession(home.tea, { id }),
      );
      const made = valueOf((known) => known.constructs().find(({ name }) => name === "Nova")?.name);
      world.know("construct", JSON.stringify(absent), made);
      await world.act({ construct: { value: '"Nova"' } }, () => user.createConstruct({ name: "Nova" }));
    },
  },
];
