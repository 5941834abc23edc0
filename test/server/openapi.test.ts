import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openTestServer } from "./open-test-server.ts";

/** The routes of the HTTP contract, but for timeline and ledger. */
const contract = `
POST /api/import/chat-export
GET /api/jobs/{id}
DELETE /api/jobs/{id}
GET /api/imports
GET /api/imports/{id}/receipt
GET /api/runtimes
POST /api/runtimes/{id}/select
PATCH /api/runtimes/{id}
DELETE /api/runtimes/{id}
GET /api/gpts
POST /api/gpts
GET /api/gpts/{id}
PUT /api/gpts/{id}
DELETE /api/gpts/{id}
GET /api/gpts/{id}/files
GET /api/gpts/{id}/actions
GET /api/gpts/{id}/versions
GET /api/vvault/conversations
GET /api/import/runtime/{id}/conversations
GET /api/sessions
GET /api/sessions/{id}
GET /api/sessions/{id}/messages
POST /api/sessions
PATCH /api/sessions/{id}
DELETE /api/sessions/{id}
POST /api/sessions/{id}/restore
POST /api/sessions/{id}/fork
POST /api/sessions/{id}/messages
GET /api/sessions/{id}/generation
DELETE /api/sessions/{id}/generation
GET /api/events
GET /api/files/{fileId}
POST /api/files
GET /api/sessions/{id}/raw
GET /api/settings
PUT /api/settings
GET /api/providers
POST /api/providers/{id}/test
GET /api/health
POST /api/uploads
GET /api/uploads/{id}
PATCH /api/uploads/{id}
GET /api/sessions/{id}/outline
PUT /api/sessions/{id}/draft
PUT /api/sessions/{id}/view
GET /api/sessions/months
GET /api/data
POST /api/providers
PUT /api/providers/{id}
DELETE /api/providers/{id}
GET /api/jobs
POST /api/jobs
POST /api/sessions/{id}/generation
GET /api/search
GET /api/search/similar
GET /api/search/state
GET /api/search/export
GET /api/searches
POST /api/searches
PATCH /api/searches/{id}
DELETE /api/searches/{id}
`;

interface Description {
  openapi: string;
  paths: Record<string, Record<string, { summary?: string; responses: Record<string, object> }>>;
}

describe("the description of the routes", () => {
  test("lists every route of the contract, with what it takes, answers and is for", async (t) => {
    const server = await openTestServer(t);
    const { openapi, paths } = await server.good<Description>("/api/openapi.json");
    assert.match(openapi, /^3\.1\./);
    const listed = new Set<string>();
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, route] of Object.entries(methods)) {
        listed.add(`${method.toUpperCase()} ${path}`);
        assert.match(route.summary ?? "", /^[A-Z]/, `${method} ${path}`);
        assert.ok("4XX" in route.responses, `${method} ${path} names no errors`);
      }
    }
    const missing = contract
      .trim()
      .split("\n")
      .filter((route) => !listed.has(route));
    assert.deepEqual(missing, []);
  });
});
