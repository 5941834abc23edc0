import Type from "typebox";
import { ChattyError, parseMessageId } from "@chatty/model";
import { isLoopback } from "@chatty/runtimes";
import {
  PeriodSummary,
  RecalledList,
  RecallPatch,
  RecallState,
  Summary,
  SummaryRequest,
} from "../../api/recall.ts";
import { noProviderFailure } from "../../generation/own-failures.ts";
import type { FoundModel, Speaker } from "../../generation/answer-store.ts";
import { createAnswerProviders } from "../../providers/answer-providers.ts";
import { askSummary } from "../../recall/ask-summary.ts";
import { readForSummary } from "../../recall/read-for-summary.ts";
import { ownSwitch, recallState, setOwnSwitch } from "../../recall/recall-switch.ts";
import { showRecalled } from "../../recall/show-recalled.ts";
import { conversationsOf, extractPeriod, readPeriod, shownPeriod } from "../../recall/summarise-period.ts";
import { extractSession, keepExtract, showSummary, shownSummary } from "../../recall/summarise-session.ts";
import { forUser } from "../../security/route-policy.ts";
import type { App, ServerContext } from "../../server-context.ts";
import { IdParams, answers } from "../answers.ts";
import { askerGone } from "../asker-gone.ts";
import { settingsOf } from "../settings/settings-routes.ts";

const tags = ["recall"];
const PeriodParams = Type.Object({ period: Type.String({ maxLength: 40 }) });

export function addRecallRoutes(app: App, context: ServerContext): void {
  const { user, now, providers: book, builtin, recall } = context;
  const providers = createAnswerProviders(book, () => settingsOf(user).defaultModel ?? undefined);
  const find = async (model: string | undefined, runtimeId: string): Promise<FoundModel | undefined> => {
    const { constructId } = user.runtime(runtimeId);
    return await providers.find(model, { runtimeId, constructId } as Speaker);
  };
  const stateOf = async (name: string, model: string | undefined): Promise<RecallState> => {
    const { sessionId, runtimeId } = user.session(name);
    const found = await find(model, runtimeId);
    const { isOn, because } = recallState(user, settingsOf(user), sessionId, isLocal(found));
    return { on: isOn, because, own: ownSwitch(user, sessionId) ?? null };
  };
  const named = async (model: string | undefined, runtimeId: string): Promise<FoundModel> => {
    const found = await find(model, runtimeId);
    if (found !== undefined) return found;
    const { code, message, hint } = noProviderFailure(model);
    throw new ChattyError(code, message, hint === undefined ? {} : { hint });
  };
  const asModel = ({ config, model }: FoundModel): string => `${config.providerId}/${model.id}`;

  app.get(
    "/api/sessions/:id/recall",
    {
      config: forUser,
      schema: {
        summary: "Whether earlier conversations are looked through for answers in this one",
        tags,
        params: IdParams,
        querystring: Type.Object({ model: Type.Optional(Type.String({ maxLength: 1000 })) }),
        response: answers({ 200: RecallState }),
      },
    },
    async ({ params, query }) => {
      const state = await stateOf(params.id, query.model);
      // A conversation is open: what its first message needs is made before it is asked for. It never rejects.
      if (state.on) recall.prepare().catch(() => undefined);
      return state;
    },
  );
  app.put(
    "/api/sessions/:id/recall",
    {
      config: forUser,
      schema: {
        summary: "Switch it for this conversation; null follows the settings",
        tags,
        params: IdParams,
        querystring: Type.Object({ model: Type.Optional(Type.String({ maxLength: 1000 })) }),
        body: RecallPatch,
        response: answers({ 200: RecallState }),
      },
    },
    async ({ params, query, body }) => {
      await setOwnSwitch(user, user.resolveSession(params.id), body.on);
      return await stateOf(params.id, query.model);
    },
  );
  app.get(
    "/api/sessions/:id/messages/:messageId/recalled",
    {
      config: forUser,
      schema: {
        summary: "The earlier passages that an answer was made with",
        tags,
        params: Type.Object({ id: Type.String(), messageId: Type.String() }),
        response: answers({ 200: RecalledList }),
      },
    },
    async ({ params }) =>
      await showRecalled(user, user.resolveSession(params.id), parseMessageId(params.messageId)),
  );
  app.get(
    "/api/sessions/:id/summary",
    {
      config: forUser,
      schema: {
        summary: "What a conversation is about: what is kept, or its own most telling sentences",
        tags,
        params: IdParams,
        response: answers({ 200: Summary }),
      },
    },
    async ({ params }) => await showSummary(user, user.resolveSession(params.id), now()),
  );
  app.post(
    "/api/sessions/:id/summary",
    {
      config: forUser,
      schema: {
        summary: "Make a summary anew and keep it; a model is asked only when the method says so",
        tags,
        params: IdParams,
        body: SummaryRequest,
        response: answers({ 200: Summary }),
      },
    },
    async ({ params, body }, reply) => {
      const { sessionId, runtimeId, imported } = user.session(params.id);
      if (body.method === "extractive") return await keepExtract(user, sessionId, now());
      const found = await named(body.model, runtimeId);
      const read = await readForSummary(user, sessionId);
      const said = read.messages.map(({ role, text }) => ({
        name: role === "user" ? "Person" : "Assistant",
        text,
      }));
      const text = await askSummary({ found, said, signal: askerGone(reply), builtin });
      const { context: about } = await extractSession(user, sessionId, now());
      await user.memory.keepContext(about);
      const { revision, messageRange } = read;
      const made = { sessionId, runtimeId, revision, messageRange, text, madeAt: now(), points: [] };
      const summary = { ...made, method: "model", model: asModel(found) } as const;
      if (!imported) await user.memory.keepSummary(summary);
      return shownSummary(summary, { isKept: !imported, isOutdated: false });
    },
  );
  app.get(
    "/api/summaries",
    {
      config: forUser,
      schema: {
        summary: "Days and months that have a summary, oldest first",
        tags,
        response: answers({ 200: Type.Object({ periods: Type.Array(Type.String()) }) }),
      },
    },
    () => ({ periods: user.memory.periods() }),
  );
  app.get(
    "/api/summaries/:period",
    {
      config: forUser,
      schema: {
        summary: "What was talked about in a day or month: what is kept, or the most telling sentences",
        tags,
        params: PeriodParams,
        response: answers({ 200: PeriodSummary }),
      },
    },
    async ({ params }) => {
      const kept = user.memory.periodSummary(params.period);
      if (kept !== undefined) return shownPeriod(user, kept, true);
      return shownPeriod(user, extractPeriod(await readPeriod(user, params.period), now()), false);
    },
  );
  app.post(
    "/api/summaries/:period",
    {
      config: forUser,
      schema: {
        summary: "Make the summary of a day or month anew and keep it",
        tags,
        params: PeriodParams,
        body: SummaryRequest,
        response: answers({ 200: PeriodSummary }),
      },
    },
    async ({ params, body }, reply) => {
      const read = await readPeriod(user, params.period);
      let made = extractPeriod(read, now());
      if (body.method === "model") {
        const found = await named(body.model, user.runtimes()[0]?.runtimeId ?? "");
        const said = read.conversations.flatMap(({ title, said: turns }) =>
          turns.map(({ role, text }) => ({
            name: `${role === "user" ? "Person" : "Assistant"} (in “${title}”)`,
            text,
          })),
        );
        const text = await askSummary({ found, said, signal: askerGone(reply), builtin });
        const conversations = conversationsOf(read.conversations);
        made = { ...made, conversations, text, method: "model", model: asModel(found), points: [] };
      }
      await user.memory.keepPeriodSummary(made);
      return shownPeriod(user, made, true);
    },
  );
}

function isLocal(found: FoundModel | undefined): boolean {
  return found === undefined || found.config.kind === "builtin" || isLoopback(found.config);
}
