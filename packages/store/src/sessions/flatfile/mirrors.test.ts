import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  personaJson,
  profileJson,
  sessionIndexJson,
  sessionMetaJson,
  type PersonaMirror,
  type SessionMirror,
} from "./mirrors.ts";

const session: SessionMirror = {
  sessionId: "018bc7a2-5d30-7c31-9d52-3f6a8b0c1d2e",
  userId: "018bc7a2-0000-7000-8000-000000000001",
  title: "Tea \ud83d",
  createdAt: 1763056800000,
  updatedAt: 1763056805000,
  messageCount: 2,
  runtimeId: "synth",
  constructId: "synth-001",
  home: true,
  starred: false,
  archived: false,
  deleted: false,
  aliases: ["synth-001_chat_with_synth-001"],
  metadata: { b: 1, a: { d: 1, c: 2 } },
};

const persona: PersonaMirror = {
  gptId: "gpt-1",
  constructId: "synth-001",
  name: "Synth",
  conversationStarters: ["Hi"],
  capabilities: { webSearch: true },
  modelId: "auto",
  orchestrationMode: "synth",
  active: true,
  createdAt: 1,
  updatedAt: 2,
};

describe("sessionMetaJson", () => {
  test("has the names of the specifications, one field a line", () => {
    assert.equal(
      sessionMetaJson(session),
      `{
  "session_id": "018bc7a2-5d30-7c31-9d52-3f6a8b0c1d2e",
  "user_id": "018bc7a2-0000-7000-8000-000000000001",
  "title": "Tea \\ud83d",
  "created_at": 1763056800000,
  "updated_at": 1763056805000,
  "message_count": 2,
  "runtime_id": "synth",
  "construct_id": "synth-001",
  "isPrimary": true,
  "canonicalForRuntime": "synth",
  "starred": false,
  "archived": false,
  "deleted": false,
  "aliases": [
    "synth-001_chat_with_synth-001"
  ],
  "metadata": {
    "a": {
      "c": 2,
      "d": 1
    },
    "b": 1
  }
}
`,
    );
  });

  test("does not depend on the order of keys in free values", () => {
    const turned = { ...session, metadata: { a: { c: 2, d: 1 }, b: 1 } };
    assert.equal(sessionMetaJson(turned), sessionMetaJson(session));
  });

  test("is canonical for a runtime only as its home", () => {
    const parsed = JSON.parse(sessionMetaJson({ ...session, home: false })) as Record<string, unknown>;
    assert.deepEqual([parsed["isPrimary"], parsed["canonicalForRuntime"]], [false, null]);
  });
});

describe("sessionIndexJson", () => {
  test("lists sessions by creation and id, whatever order they come in", () => {
    const other = { ...session, sessionId: "0", createdAt: session.createdAt };
    const later = { ...session, sessionId: "00", createdAt: session.createdAt + 1 };
    const text = sessionIndexJson("u", [later, session, other]);
    assert.equal(text, sessionIndexJson("u", [other, later, session]));
    const parsed = JSON.parse(text) as { user_id: string; sessions: { session_id: string; path: string }[] };
    assert.deepEqual(
      parsed.sessions.map((each) => each.session_id),
      ["0", session.sessionId, "00"],
    );
    assert.equal(parsed.sessions[1]?.path, `instances/synth-001/sessions/${session.sessionId}`);
  });
});

describe("profileJson and personaJson", () => {
  test("a profile carries the shard that its paths are made with", () => {
    const text = profileJson({
      userId: "u",
      username: "alex",
      shard: "shard_0000",
      createdAt: 1,
      updatedAt: 2,
    });
    assert.deepEqual(JSON.parse(text), {
      user_id: "u",
      username: "alex",
      shard: "shard_0000",
      created_at: 1,
      updated_at: 2,
      preferences: {},
      metadata: {},
    });
  });

  test("a session's persona is the construct's, with the session it belongs to", () => {
    const whole = JSON.parse(personaJson(persona)) as Record<string, unknown>;
    assert.equal(whole["construct_id"], "synth-001");
    assert.equal(whole["instructions"], null);
    const snapshot = JSON.parse(personaJson(persona, { sessionId: "s", runtimeId: "synth" })) as object;
    assert.deepEqual(snapshot, { session_id: "s", runtime_id: "synth", ...whole });
  });

  test("end with a newline", () => {
    assert.ok(personaJson(persona).endsWith("}\n"));
  });
});
