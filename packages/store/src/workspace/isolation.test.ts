// Non-interference: whatever one user has and does, every query gives another user the same as without it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import type { ConstructId, RuntimeId, UserId } from "@chatty/model";
import * as aliases from "./aliases.ts";
import * as attachments from "./attachments.ts";
import type { ConfigurationReader } from "./connection.ts";
import * as parts from "./construct-parts.ts";
import * as constructs from "./constructs.ts";
import { openConfiguration } from "./database.ts";
import type { Configuration } from "./database.ts";
import * as drafts from "./drafts.ts";
import * as homes from "./homes.ts";
import * as views from "./import-views.ts";
import * as imports from "./imports.ts";
import * as overlays from "./overlays.ts";
import * as places from "./places.ts";
import * as references from "./references.ts";
import * as runtimes from "./runtimes.ts";
import * as secrets from "./secrets.ts";
import * as seed from "./seed.ts";
import * as settings from "./settings.ts";
import * as stars from "./stars.ts";
import * as transcripts from "./transcripts.ts";
import * as acts from "./history.ts";
import * as users from "./users.ts";

import {
  at,
  constructIds,
  gptIds,
  hashes,
  importIds,
  makers,
  names,
  pool,
  runtimeIds,
  sessions,
} from "./testing/tenant-acts.ts";
import type { Pick } from "./testing/tenant-acts.ts";

const modules = {
  ...acts,
  ...aliases,
  ...attachments,
  ...parts,
  ...constructs,
  ...drafts,
  ...homes,
  ...views,
  ...imports,
  ...overlays,
  ...places,
  ...references,
  ...runtimes,
  ...secrets,
  ...seed,
  ...settings,
  ...stars,
  ...transcripts,
  ...users,
};

const runs = process.env["CHATTY_TEST_FULL"] === undefined ? 100 : 2_000;

const small = fc.integer({ min: 0, max: 2 });
const picks = fc.array(
  fc.record({ table: fc.nat({ max: 1_000 }), a: small, b: small, time: small, flag: fc.boolean() }),
  { minLength: 1, maxLength: 40, size: "max" },
);
/** What `userId` does, one act per transaction. All constructs are there first, so that their parts can be. */
function perform(configuration: Configuration, userId: UserId, acts: readonly Pick[]): void {
  const base = pool.map((n) => {
    const draft = {
      constructId: at(constructIds, n),
      name: at(names, n),
      createdAt: n,
      gptId: at(gptIds, n),
    };
    return constructs.constructChange(userId, constructs.createConstruct(draft));
  });
  configuration.applyAlone(base);
  for (const pick of acts) {
    const act = at(makers, pick.table)(userId, pick);
    try {
      if (typeof act === "function") configuration.transaction((writer) => void act(writer));
      else configuration.applyAlone([act]);
    } catch (error) {
      // A part of a construct that was deleted before: refused for its user alone, and with the same rows always.
      if (!(error instanceof Error && error.message.includes("FOREIGN KEY"))) throw error;
    }
  }
}

/** Every query function, asked everything that the pools allow. */
const queries: Record<string, (reader: ConfigurationReader, userId: UserId) => unknown> = {
  listActs: (reader, userId) => sessions.map((id) => acts.listActs(reader, userId, "session", id)),
  actsAfter: (reader, userId) => acts.actsAfter(reader, userId, 1),
  roomForAct: (reader, userId) => sessions.map((id) => acts.roomForAct(reader, userId, "session", id)),
  presentRow: (reader, userId) =>
    sessions.map((id) => acts.presentRow(reader, userId, "stars", { session_id: id })),
  rowChangeOf: (reader, userId) =>
    sessions.map((id) =>
      acts.rowChangeOf(reader, userId, { delete: "stars", key: { user_id: userId, session_id: id } }),
    ),
  inverseChange: (reader, userId) =>
    sessions.map((id) => {
      const key = { session_id: id };
      const change = acts.inverseChange(reader, userId, { table: "stars", key, before: null, after: {} });
      return change !== undefined;
    }),
  constructPartRemovals: (reader, userId) =>
    gptIds.map((id) => parts.constructPartRemovals(reader, userId, id).map((each) => Object.keys(each))),
  getUser: (reader, userId) => users.getUser(reader, userId),
  seedChanges: (reader, userId) =>
    seed
      .seedChanges(reader, { userId, username: "n", nowMs: 1 })
      .map((change) => ("put" in change ? change.put : "")),
  getSetting: (reader, userId) => names.map((name) => settings.getSetting(reader, userId, name)),
  listSettings: (reader, userId) => settings.listSettings(reader, userId),
  activeRuntimeId: (reader, userId) => settings.activeRuntimeId(reader, userId),
  getDraft: (reader, userId) => sessions.map((session) => drafts.getDraft(reader, userId, session)),
  listDrafts: (reader, userId) => drafts.listDrafts(reader, userId),
  getPlace: (reader, userId) => sessions.map((session) => places.getPlace(reader, userId, session)),
  getSecret: (reader, userId) => names.map((name) => secrets.getSecret(reader, userId, name)),
  isStarred: (reader, userId) => sessions.map((session) => stars.isStarred(reader, userId, session)),
  listStars: (reader, userId) => stars.listStars(reader, userId),
  starChanges: (reader, userId) =>
    sessions.map((session) => stars.starChanges(reader, userId, session, true, 1)),
  getOverlay: (reader, userId) => sessions.map((session) => overlays.getOverlay(reader, userId, session)),
  listOverlays: (reader, userId) => overlays.listOverlays(reader, userId),
  overlayChanges: (reader, userId) =>
    sessions.map((session) => overlays.overlayChanges(reader, userId, session, { archivedAt: 1 }, 1)),
  listHomes: (reader, userId) => homes.listHomes(reader, userId),
  homeOfRuntime: (reader, userId) => runtimeIds.map((id) => homes.homeOfRuntime(reader, userId, id)),
  homeOfSession: (reader, userId) => sessions.map((session) => homes.homeOfSession(reader, userId, session)),
  homeOfConstruct: (reader, userId) => constructIds.map((id) => homes.homeOfConstruct(reader, userId, id)),
  listRuntimes: (reader, userId) => [
    runtimes.listRuntimes(reader, userId),
    runtimes.listRuntimes(reader, userId, { all: true }),
  ],
  getRuntime: (reader, userId) => runtimeIds.map((id) => runtimes.getRuntime(reader, userId, id)),
  runtimesOfConstruct: (reader, userId) =>
    constructIds.map((id) => runtimes.runtimesOfConstruct(reader, userId, id)),
  runtimesOfProvider: (reader, userId) =>
    names.map((name) => runtimes.runtimesOfProvider(reader, userId, name)),
  runtimeWithJoined: (reader, userId) =>
    runtimeIds.map((id) => runtimes.runtimeWithJoined(reader, userId, id)),
  nextRuntimeId: (reader, userId) =>
    [...runtimeIds, ...names].map((id) => runtimes.nextRuntimeId(reader, userId, id)),
  nextCallsign: (reader, userId) =>
    [...runtimeIds, ...names].map((id) => runtimes.nextCallsign(reader, userId, id)),
  runtimeEditChanges: (reader, userId) =>
    runtimeIds
      .filter((id) => runtimes.getRuntime(reader, userId, id) !== undefined)
      .map((id) => runtimes.runtimeEditChanges(reader, userId, id, { name: "x" }, 1)),
  isConstruct: (reader, userId) => constructIds.map((id) => runtimes.isConstruct(reader, userId, id)),
  isConstructTaken: (reader, userId) =>
    [...constructIds, ...names].map((id) => runtimes.isConstructTaken(reader, userId, id)),
  listConstructs: (reader, userId) => constructs.listConstructs(reader, userId),
  getConstruct: (reader, userId) => constructIds.map((id) => constructs.getConstruct(reader, userId, id)),
  getConstructByGptId: (reader, userId) =>
    gptIds.map((id) => constructs.getConstructByGptId(reader, userId, id)),
  newConstructChanges: (reader, userId) =>
    constructIds.map((constructId) =>
      outcome(() => {
        const construct = constructs.createConstruct({
          constructId,
          name: "n",
          createdAt: 1,
          gptId: "gpt-new",
        });
        return constructs.newConstructChanges(reader, userId, construct);
      }),
    ),
  newRuntimeChanges: (reader, userId) =>
    ["runtime-0", "runtime-9"].map((id) =>
      outcome(() => {
        const constructId = `${id}-001` as ConstructId;
        const construct = constructs.createConstruct({
          constructId,
          name: "n",
          createdAt: 1,
          gptId: "gpt-new",
        });
        const runtime: runtimes.RuntimeRecord = {
          runtimeId: id as RuntimeId,
          name: "n",
          kind: "custom",
          provider: undefined,
          constructId,
          mode: "lin",
          namespace: undefined,
          identity: {},
          createdAt: 1,
          updatedAt: 1,
          deletedAt: undefined,
          joinedInto: undefined,
        };
        return constructs.newRuntimeChanges(reader, userId, runtime, construct);
      }),
    ),
  listConstructFiles: (reader, userId) => gptIds.map((id) => parts.listConstructFiles(reader, userId, id)),
  newestConstructVersion: (reader, userId) =>
    gptIds.map((id) => parts.newestConstructVersion(reader, userId, id)),
  constructFilesByContent: (reader, userId) => parts.constructFilesByContent(reader, userId, "c"),
  listConstructActions: (reader, userId) =>
    gptIds.map((id) => parts.listConstructActions(reader, userId, id)),
  listConstructVersions: (reader, userId) =>
    gptIds.map((id) => parts.listConstructVersions(reader, userId, id)),
  newConstructVersionChanges: (reader, userId) =>
    gptIds.map((id) => parts.newConstructVersionChanges(reader, userId, id, {}, 1)),
  resolveSession: (reader, userId) =>
    [...names, ...constructIds.map((id) => `chat_with_${id}.md`), ...sessions].map((name) =>
      aliases.resolveSession(reader, userId, name),
    ),
  resolveRuntime: (reader, userId) =>
    [...names, ...runtimeIds, ...constructIds].map((name) => aliases.resolveRuntime(reader, userId, name)),
  resolveConstruct: (reader, userId) =>
    [...names, ...runtimeIds, ...constructIds].map((name) => aliases.resolveConstruct(reader, userId, name)),
  aliasesOfSession: (reader, userId) =>
    sessions.map((session) => aliases.aliasesOfSession(reader, userId, session)),
  storedAliases: (reader, userId) =>
    runtimeIds.map((target) => aliases.storedAliases(reader, userId, "runtime", target)),
  getImport: (reader, userId) => importIds.map((id) => imports.getImport(reader, userId, id)),
  listImports: (reader, userId) => imports.listImports(reader, userId),
  importsOfArchive: (reader, userId) => hashes.map((hash) => imports.importsOfArchive(reader, userId, hash)),
  importsOfRuntime: (reader, userId) =>
    runtimeIds.map((id) => imports.importsOfRuntime(reader, userId, id, { superseded: true })),
  supersedeChanges: (reader, userId) =>
    runtimeIds.map((id) => imports.supersedeChanges(reader, userId, id, at(importIds, 0))),
  newestReference: (reader, userId) =>
    sessions.map((session) => references.newestReference(reader, userId, session)),
  versionsOfSession: (reader, userId) =>
    sessions.map((session) => references.versionsOfSession(reader, userId, session, { superseded: true })),
  referencesOfImport: (reader, userId) =>
    importIds.map((id) => [...references.referencesOfImport(reader, userId, id)]),
  findAttachment: (reader, userId) =>
    sessions.map((session) => attachments.findAttachment(reader, userId, session, "file-0")),
  attachmentsByFile: (reader, userId) => attachments.attachmentsByFile(reader, userId, "file-0"),
  attachmentsOfVersion: (reader, userId) =>
    importIds.flatMap((id) =>
      sessions.map((session) => attachments.attachmentsOfVersion(reader, userId, id, session)),
    ),
  getTranscript: (reader, userId) =>
    sessions.map((session) => transcripts.getTranscript(reader, userId, session)),
  transcriptAtPath: (reader, userId) =>
    names.map((name) => transcripts.transcriptAtPath(reader, userId, name)),
  getImportView: (reader, userId) => sessions.map((session) => views.getImportView(reader, userId, session)),
  importViewAtPath: (reader, userId) => names.map((name) => views.importViewAtPath(reader, userId, name)),
  listImportViews: (reader, userId) => views.listImportViews(reader, userId),
};

function outcome(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return String(error);
  }
}

/** A reader that accepts only SQL that asks for one user in each of its SELECTs. */
function tenantReader(configuration: Configuration): ConfigurationReader {
  const checked = (sql: string): string => {
    for (const arm of sql.split("UNION ALL")) assert.match(arm, /WHERE (\w\.)?user_id = \?/);
    return sql;
  };
  return {
    get: (sql, ...values) => configuration.get(checked(sql), ...values),
    all: (sql, ...values) => configuration.all(checked(sql), ...values),
    iterate: (sql, ...values) => configuration.iterate(checked(sql), ...values),
  };
}

describe("one user", () => {
  test("is asked about by every exported query, and each is in the list below", () => {
    const exported = Object.entries(modules)
      .filter(
        ([, value]) => typeof value === "function" && /^function\*? \w+\(\s*reader\b/.test(String(value)),
      )
      .map(([name]) => name);
    assert.ok(exported.length > 40);
    assert.deepEqual(exported.filter((name) => name !== "listUsers").sort(), Object.keys(queries).sort());
  });

  test("gets from every query the same with and without the rows and acts of another one", (context) => {
    const shared = openConfiguration(":memory:");
    const alone = openConfiguration(":memory:");
    context.after(() => {
      shared.close();
      alone.close();
    });
    let run = 0;
    let textSeen = 0;
    fc.assert(
      fc.property(picks, picks, picks, (before, own, after) => {
        run += 1;
        // New users in every run, beside the ever more users of the runs before.
        const me = `user-${run}-b` as UserId;
        const other = `user-${run}-a` as UserId;
        perform(shared, other, before);
        perform(shared, me, own);
        perform(shared, other, after);
        perform(alone, me, own);
        const [inShared, inAlone] = [tenantReader(shared), tenantReader(alone)];
        for (const [name, query] of Object.entries(queries)) {
          const seen = query(inAlone, me);
          assert.deepEqual(query(inShared, me), seen, name);
          textSeen += inspect(seen, { depth: 5 }).length;
        }
      }),
      { numRuns: runs },
    );
    // The comparison must not have been one of nothing with nothing.
    assert.ok(textSeen > runs * 5_000);
    assert.deepEqual(shared.checkIntegrity(), []);
  });
});
