import fastifyCookie from "@fastify/cookie";
import { TypeBoxValidatorCompiler } from "@fastify/type-provider-typebox";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import { ChattyError, createUuid } from "@chatty/model";
import Fastify from "fastify";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { ApiError } from "./api/error.ts";
import { answerSerializer } from "./answer-serializer.ts";
import { answerOfError } from "./errors/error-answer.ts";
import { addRoutes } from "./routes/add-routes.ts";
import { createGuard } from "./security/guard.ts";
import { contentPolicy, createNonce, setHeaders } from "./security/page-headers.ts";
import { requirePolicies } from "./security/route-policy.ts";
import { refusedPage, signInPage } from "./security/sign-in-page.ts";
import type { App, RequestLine, ServerContext } from "./server-context.ts";

export interface AppOptions {
  log?: ((line: RequestLine) => void) | undefined;
  checksAnswers?: boolean | undefined;
  /** Adds routes beside ours; for tests. */
  plant?: (app: App) => void;
}

/** Longest JSON body where a route says nothing else. */
const bodyLimit = 8 * 1024 * 1024;

/** The app with every route, not yet listening. Whoever closes it ends what the context holds. */
export async function createApp(context: ServerContext, options: AppOptions = {}): Promise<App> {
  const app = Fastify({
    bodyLimit,
    exposeHeadRoutes: false,
    forceCloseConnections: "idle",
    return503OnClosing: true,
    routerOptions: { maxParamLength: 4000 },
    genReqId: () => createUuid(context.now()),
    requestIdHeader: false,
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.setValidatorCompiler(TypeBoxValidatorCompiler);
  app.setSerializerCompiler(answerSerializer(options.checksAnswers === true));
  requirePolicies(app);
  await app.register(fastifyCookie);
  const guard = createGuard(context.signIn, context.vault.vaultId);
  app.decorateRequest("isSignedIn", false);
  app.addHook("onRequest", (request, reply) => guard.check(request, reply));
  app.addHook("onRequest", (request, reply) => {
    setHeaders(reply, { "x-request-id": request.id });
    return Promise.resolve();
  });

  const stacks = new WeakMap<FastifyRequest, string>();
  const { log } = options;
  if (log !== undefined) {
    app.addHook("onResponse", (request, reply) => {
      const stack = stacks.get(request);
      log({
        requestId: request.id,
        method: request.method,
        route: request.routeOptions.url ?? "(none)",
        status: reply.statusCode,
        tookMs: Math.round(reply.elapsedTime * 10) / 10,
        ...(stack === undefined ? {} : { stack }),
      });
      return Promise.resolve();
    });
  }
  app.setErrorHandler((error, request, reply) => {
    const answer = answerOfError(error);
    if (answer.isUnexpected && error instanceof Error) stacks.set(request, error.stack ?? error.message);
    if (wantsPage(request)) return sendErrorPage(reply, answer.body, answer.status);
    return reply.code(answer.status).type("application/json; charset=utf-8").send(answer.body);
  });
  app.setNotFoundHandler(() => {
    throw new ChattyError("ROUTE_NOT_FOUND", "There is nothing at this address.", {
      hint: "/api/docs lists what there is.",
    });
  });
  options.plant?.(app);
  await addRoutes(app, context, guard.cookieName);
  return app;
}

/** A person who opened an address, not a program that asks. */
function wantsPage(request: FastifyRequest): boolean {
  const isApi = request.url.startsWith("/api/") && !request.url.startsWith("/api/docs");
  return request.method === "GET" && !isApi && (request.headers.accept ?? "").includes("text/html");
}

function sendErrorPage(reply: FastifyReply, { error }: ApiError, status: number): FastifyReply {
  const nonce = createNonce();
  const text =
    error.code === "UNAUTHORIZED"
      ? signInPage(nonce, false)
      : refusedPage(nonce, [error.message, ...(error.hint === undefined ? [] : [error.hint])].join(" "));
  return reply
    .code(status)
    .headers({ "content-security-policy": contentPolicy(nonce), "cache-control": "no-store" })
    .type("text/html; charset=utf-8")
    .send(text);
}
