import assert from "node:assert/strict";
import { test } from "node:test";
import type { Session } from "@chatty/server/api";
import { newestOpen, nextStop, sidebarRows, type SidebarRow } from "./sidebar-rows.ts";

const now = new Date(2026, 10, 19, 9, 30);

function session(sessionId: string, change: Partial<Session> = {}): Session {
  return {
    sessionId,
    aliases: [],
    runtimeId: "synth",
    constructId: "synth-001",
    title: sessionId,
    createdAt: now.getTime(),
    updatedAt: now.getTime(),
    messageCount: 2,
    imported: false,
    home: false,
    starred: false,
    archived: false,
    deleted: false,
    revision: "1",
    ...change,
  };
}

const brief = (row: SidebarRow) =>
  row.kind === "session" ? row.session.sessionId : row.kind === "heading" ? `# ${row.label}` : row.key;

test("home comes first, then starred ones once, then the rest by date, then the years", () => {
  const home = session("home", { home: true });
  const star = session("star", { starred: true });
  const rows = sidebarRows({
    home,
    starred: [star],
    listed: [home, star, session("a")],
    hasMore: false,
    months: [
      { year: 2025, month: 3, count: 2 },
      { year: 2025, month: 1, count: 1 },
      { year: 0, month: 0, count: 1 },
    ],
    open: new Set(["2025", "2025-3"]),
    now,
  });
  assert.deepEqual(rows.map(brief), [
    "home",
    "# Starred",
    "star",
    "# Today",
    "a",
    "# Imported history",
    "2025",
    "2025-3",
    "2025-3#0",
    "2025-3#1",
    "2025-1",
    "0",
  ]);
  assert.equal(new Set(rows.map((row) => row.key)).size, rows.length);
});

test("the keyboard steps over headings and stays at the ends", () => {
  const rows = sidebarRows({
    home: session("home", { home: true }),
    starred: [],
    listed: [session("a")],
    hasMore: true,
    months: [],
    open: new Set(),
    now,
  });
  assert.equal(nextStop(rows, 0, 1), 2);
  assert.equal(nextStop(rows, 2, -1), 0);
  assert.equal(nextStop(rows, 2, 1), 2);
});

test("a history opens at its newest year, with as many months as make a handful", () => {
  const months = [
    { year: 2025, month: 11, count: 4 },
    { year: 2025, month: 9, count: 9 },
    { year: 2025, month: 8, count: 1 },
    { year: 2024, month: 1, count: 7 },
    { year: 0, month: 0, count: 2 },
  ];
  assert.deepEqual([...newestOpen(months)], ["2025", "2025-11", "2025-9"]);
  assert.deepEqual([...newestOpen([{ year: 0, month: 0, count: 2 }])], []);
});
