import Type from "typebox";
import type { SessionQuery as StoreQuery, UserVault } from "@chatty/store";
import { ConversationPage, SessionMonths, SessionPage, SessionQuery, TrashList } from "../../api/sessions.ts";
import { forUser } from "../../security/route-policy.ts";
import type { App, ServerContext } from "../../server-context.ts";
import { IdParams, answers } from "../answers.ts";
import { conversationFromView, sessionFromView } from "./session-view.ts";

const tags = ["conversations"];

const NativeQuery = Type.Object({
  runtime: SessionQuery.properties.runtime,
  after: SessionQuery.properties.after,
  limit: SessionQuery.properties.limit,
  starred: SessionQuery.properties.starred,
  archived: SessionQuery.properties.archived,
});

const ImportedQuery = Type.Object({
  after: SessionQuery.properties.after,
  limit: SessionQuery.properties.limit,
  year: SessionQuery.properties.year,
  month: SessionQuery.properties.month,
});

export function addSessionListRoutes(app: App, { user }: ServerContext): void {
  app.get(
    "/api/trash",
    {
      config: forUser,
      schema: {
        summary: "What was deleted and can be brought back, newest first",
        tags,
        response: answers({ 200: TrashList }),
      },
    },
    () => ({ entries: user.trash() }),
  );
  app.get(
    "/api/sessions",
    {
      config: forUser,
      schema: {
        summary: "Conversations as the sidebar shows them, home first",
        tags,
        querystring: SessionQuery,
        response: answers({ 200: SessionPage }),
      },
    },
    ({ query }) => {
      const { sessions, next } = user.sessions(storeQuery(user, query));
      return { sessions: sessions.map(sessionFromView), ...(next === undefined ? {} : { next }) };
    },
  );
  app.get(
    "/api/sessions/months",
    {
      config: forUser,
      schema: {
        summary: "How many imported conversations each month has",
        tags,
        querystring: Type.Object({ runtime: Type.String() }),
        response: answers({ 200: SessionMonths }),
      },
    },
    ({ query }) => ({ months: user.sessionMonths(query.runtime) }),
  );
  app.get(
    "/api/vvault/conversations",
    {
      config: forUser,
      schema: {
        summary: "Native conversations, without bodies",
        tags,
        querystring: NativeQuery,
        response: answers({ 200: ConversationPage }),
      },
    },
    ({ query }) => conversationPage(user, { ...storeQuery(user, query), kind: "native" }),
  );
  app.get(
    "/api/import/runtime/:id/conversations",
    {
      config: forUser,
      schema: {
        summary: "Imported conversations of a runtime, without bodies",
        tags,
        params: IdParams,
        querystring: ImportedQuery,
        response: answers({ 200: ConversationPage }),
      },
    },
    ({ params, query }) => {
      const asked = storeQuery(user, { ...query, runtime: params.id });
      return conversationPage(user, { ...asked, kind: "imported" });
    },
  );
}

function conversationPage(user: UserVault, query: StoreQuery): ConversationPage {
  const { sessions, next } = user.sessions(query);
  return { conversations: sessions.map(conversationFromView), ...(next === undefined ? {} : { next }) };
}

function storeQuery(user: UserVault, { runtime, ...rest }: SessionQuery): StoreQuery {
  return {
    ...rest,
    limit: rest.limit ?? 50,
    ...(runtime === undefined ? {} : { runtimeId: user.runtime(runtime).runtimeId }),
  };
}
