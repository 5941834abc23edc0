import type { SessionId } from "@chatty/model";
import { ChattyError, parseMessageId } from "@chatty/model";
import type { SessionView, UserVault } from "@chatty/store";
import {
  DraftRequest,
  ForkRequest,
  NewSession,
  Session,
  SessionDetail,
  SessionPatch,
  ViewRequest,
} from "../../api/sessions.ts";
import { forUser } from "../../security/route-policy.ts";
import type { App, ServerContext } from "../../server-context.ts";
import { IdParams, IfMatchHeaders, Nothing, answers, changeOptions, setRevision } from "../answers.ts";
import { createDraftKeeper } from "./draft-keeper.ts";
import { sessionFromView } from "./session-view.ts";

const tags = ["conversations"];
const headers = IfMatchHeaders;

export function addSessionRoutes(app: App, { user, generation }: ServerContext): void {
  const keepDraft = createDraftKeeper(user);
  app.get(
    "/api/sessions/:id",
    {
      config: forUser,
      schema: {
        summary: "One conversation, by any of its names",
        tags,
        params: IdParams,
        response: answers({ 200: SessionDetail }),
      },
    },
    ({ params }, reply) => {
      const view = user.session(params.id);
      setRevision(reply, view.revision);
      return detailOf(user, view, generation.isGenerating(view.sessionId));
    },
  );
  app.post(
    "/api/sessions",
    {
      config: forUser,
      schema: {
        summary: "Begin a conversation; with an id of your own a repeat is harmless",
        tags,
        body: NewSession,
        response: answers({ 200: Session, 201: Session }),
      },
    },
    async ({ body }, reply) => {
      const { id, ...rest } = body;
      const known = id === undefined ? undefined : sessionOrNothing(user, id);
      if (known !== undefined) return sessionFromView(known);
      const made = await user.createSession({
        ...rest,
        ...(id === undefined ? {} : { id: id as SessionId }),
      });
      return await reply.code(201).send(sessionFromView(made));
    },
  );
  app.patch(
    "/api/sessions/:id",
    {
      config: forUser,
      schema: {
        summary: "Rename, star, archive, or make it the home of its runtime",
        tags,
        headers,
        params: IdParams,
        body: SessionPatch,
        response: answers({ 200: Session }),
      },
    },
    async (request, reply) => {
      const changed = await patchSession(user, request.params.id, request.body, changeOptions(request));
      setRevision(reply, changed.revision);
      return sessionFromView(changed);
    },
  );
  app.delete(
    "/api/sessions/:id",
    {
      config: forUser,
      schema: {
        summary: "Delete a conversation with undo; a home is archived and its runtime gets a new one",
        tags,
        headers,
        params: IdParams,
        response: answers({ 200: Session }),
      },
    },
    async (request) => {
      return sessionFromView(await user.deleteSession(request.params.id, changeOptions(request)));
    },
  );
  app.post(
    "/api/sessions/:id/restore",
    {
      config: forUser,
      schema: {
        summary: "Bring a deleted or archived conversation back",
        tags,
        headers,
        params: IdParams,
        response: answers({ 200: Session }),
      },
    },
    async (request) => {
      return sessionFromView(await user.restoreSession(request.params.id, changeOptions(request)));
    },
  );
  app.post(
    "/api/sessions/:id/purge",
    {
      config: forUser,
      schema: {
        summary: "Remove a deleted native conversation for good: nothing brings it back",
        tags,
        headers,
        params: IdParams,
        response: answers({ 200: Session }),
      },
    },
    async (request) => {
      return sessionFromView(await user.purgeSession(request.params.id, changeOptions(request)));
    },
  );
  app.post(
    "/api/sessions/:id/undo",
    {
      config: forUser,
      schema: {
        summary: "Take the last change of a native conversation back",
        tags,
        headers,
        params: IdParams,
        response: answers({ 200: Session }),
      },
    },
    async (request) => sessionFromView(await user.undo(request.params.id, changeOptions(request))),
  );
  app.post(
    "/api/sessions/:id/redo",
    {
      config: forUser,
      schema: {
        summary: "Take the last undo of a native conversation back",
        tags,
        headers,
        params: IdParams,
        response: answers({ 200: Session }),
      },
    },
    async (request) => sessionFromView(await user.redo(request.params.id, changeOptions(request))),
  );
  app.post(
    "/api/sessions/:id/fork",
    {
      config: forUser,
      schema: {
        summary: "Continue a conversation in a native one that links back",
        tags,
        params: IdParams,
        body: ForkRequest,
        response: answers({ 200: Session, 201: Session }),
      },
    },
    async ({ params, body }, reply) => {
      const { id, at, runtime } = body;
      const known = id === undefined ? undefined : sessionOrNothing(user, id);
      if (known !== undefined) return sessionFromView(known);
      const fork = await user.forkSession(params.id, {
        ...(id === undefined ? {} : { id: id as SessionId }),
        ...(at === undefined ? {} : { at: parseMessageId(at) }),
        ...(runtime === undefined ? {} : { runtime }),
      });
      return await reply.code(201).send(sessionFromView(fork));
    },
  );
  app.post(
    "/api/sessions/:id/opened",
    {
      config: forUser,
      schema: {
        summary: "Keep that the person is in this conversation now, for its runtime",
        tags,
        params: IdParams,
        response: answers({ 204: Nothing }),
      },
    },
    async ({ params }, reply) => {
      await user.setActiveSession(params.id);
      return await reply.code(204).send(null);
    },
  );
  app.put(
    "/api/sessions/:id/draft",
    {
      config: forUser,
      schema: {
        summary: "Keep what was typed and not sent; an empty text removes it",
        tags,
        params: IdParams,
        body: DraftRequest,
        response: answers({ 204: Nothing }),
      },
    },
    async ({ params, body }, reply) => {
      await keepDraft(user.resolveSession(params.id), body);
      return await reply.code(204).send(null);
    },
  );
  app.put(
    "/api/sessions/:id/view",
    {
      config: forUser,
      schema: {
        summary: "Keep where the conversation was left",
        tags,
        params: IdParams,
        body: ViewRequest,
        response: answers({ 204: Nothing }),
      },
    },
    async ({ params, body }, reply) => {
      const { anchorId, throughId } = body;
      await user.setPlace(params.id, {
        ...(anchorId === undefined ? {} : { anchorId: parseMessageId(anchorId) }),
        ...(throughId === undefined ? {} : { throughId: parseMessageId(throughId) }),
      });
      return await reply.code(204).send(null);
    },
  );
}

function detailOf(user: UserVault, view: SessionView, generating: boolean): SessionDetail {
  const { sessionId } = view;
  const draft = user.draft(sessionId);
  const place = user.place(sessionId);
  return {
    ...sessionFromView(view),
    ...user.lineage(sessionId),
    ...(draft === undefined ? {} : { draft }),
    ...(place === undefined ? {} : { view: place }),
    generating,
  };
}

/** A request that is repeated under the same id finds what the first one made. */
function sessionOrNothing(user: UserVault, id: string): SessionView | undefined {
  try {
    return user.session(id);
  } catch (error) {
    if (error instanceof ChattyError && error.code === "SESSION_NOT_FOUND") return undefined;
    throw error;
  }
}

/** Each change names the revision that the one before it gave, so that nothing of somebody else comes between. */
async function patchSession(
  user: UserVault,
  name: string,
  patch: SessionPatch,
  seen: { ifMatch?: string },
): Promise<SessionView> {
  const { sessionId } = user.session(name);
  let options = seen;
  let view: SessionView | undefined;
  const step = async (change: (options: { ifMatch?: string }) => Promise<SessionView>): Promise<void> => {
    view = await change(options);
    if (seen.ifMatch !== undefined) options = { ifMatch: view.revision };
  };
  const { title, starred, archived, home } = patch;
  if (title !== undefined) await step((chosen) => user.renameSession(sessionId, title, chosen));
  if (starred !== undefined) await step((chosen) => user.setStarred(sessionId, starred, chosen));
  if (archived !== undefined) await step((chosen) => user.setArchived(sessionId, archived, chosen));
  if (home === true) await step((chosen) => user.setHome(sessionId, chosen));
  if (view === undefined) {
    throw new ChattyError("REQUEST_INVALID", "Nothing was asked to be changed.", {
      hint: "Name at least one of title, starred, archived and home.",
    });
  }
  return view;
}
