import assert from "node:assert/strict";
import { test } from "node:test";
import type { Session, SessionPage } from "@chatty/server/api";
import type { InfiniteData } from "@tanstack/react-query";
import { withSession, withoutSession } from "./session-cache.ts";

function session(sessionId: string, updatedAt: number | null, change: Partial<Session> = {}): Session {
  return {
    sessionId,
    aliases: [],
    runtimeId: "synth",
    constructId: "synth-001",
    title: sessionId,
    createdAt: updatedAt,
    updatedAt,
    messageCount: 0,
    imported: false,
    home: false,
    starred: false,
    archived: false,
    deleted: false,
    revision: "1",
    ...change,
  };
}

const pagesOf = (groups: Session[][], next?: string): InfiniteData<SessionPage, string | undefined> => ({
  pages: groups.map((sessions, at) => ({
    sessions,
    ...(at < groups.length - 1 ? { next: "more" } : next === undefined ? {} : { next }),
  })),
  pageParams: groups.map(() => undefined),
});
const ids = (pages: ReturnType<typeof pagesOf>) =>
  pages.pages.map((page) => page.sessions.map((row) => row.sessionId).join(""));

const loaded = pagesOf([[session("a", 50), session("b", 40)], [session("c", 30)]], "more");
const query = { runtime: "synth" };

test("a session that was written to moves to the top, over the border of pages", () => {
  const pages = withSession(loaded, session("c", 60, { revision: "2" }), query);
  assert.deepEqual(ids(pages), ["cab", ""]);
});

test("a session that is archived leaves the list and comes into that of archived ones", () => {
  const archived = session("a", 50, { archived: true, revision: "2" });
  assert.deepEqual(ids(withSession(loaded, archived, query)), ["b", "c"]);
  assert.deepEqual(ids(withSession(pagesOf([[]]), archived, { ...query, archived: true })), ["a"]);
});

test("a session older than what is loaded waits for its page", () => {
  assert.equal(ids(withSession(loaded, session("z", 1), query)).join(""), "abc");
  assert.deepEqual(ids(withSession(pagesOf([[session("a", 5)]]), session("z", null), query)), ["az"]);
});

test("a session of another runtime or with another title changes nothing", () => {
  const other = session("x", 99, { runtimeId: "lin" });
  assert.equal(withSession(loaded, other, query), loaded);
  assert.equal(withSession(loaded, session("x", 99), { ...query, title: "boat" }), loaded);
  assert.equal(withoutSession(loaded, "x"), loaded);
});

test("the same row again is no change, so nothing is drawn anew", () => {
  assert.equal(withSession(loaded, session("b", 40), query), loaded);
});
