import type { Readable } from "node:stream";
import fastifyStatic from "@fastify/static";
import { ChattyError } from "@chatty/model";
import type { UserVault } from "@chatty/store";
import type { FastifyReply, FastifyRequest } from "fastify";
import Type from "typebox";
import { signedInCookie } from "../../security/cookie.ts";
import { contentPolicy, createNonce } from "../../security/page-headers.ts";
import { forAnyone, forUser } from "../../security/route-policy.ts";
import { signInPage, signedInPage, unbuiltPage } from "../../security/sign-in-page.ts";
import type { App, ServerContext } from "../../server-context.ts";
import { settingsOf } from "../settings/settings-routes.ts";

/** The page and its files. Every address that is not a file and not under `/api` gives the page, which finds its own way. */
export async function addPageRoutes(app: App, context: ServerContext, cookieName: string): Promise<void> {
  const { signIn, user, webRoot } = context;
  if (webRoot !== undefined) await app.register(fastifyStatic, { root: webRoot, serve: false });
  // The document asks for what the response allows, so it is put together anew each time. Nothing else is touched.
  app.addHook("onSend", async (request, reply, payload) => {
    const nonce = documentNonces.get(request);
    return nonce === undefined || !isStream(payload)
      ? payload
      : await documentText(payload, nonce, user, reply);
  });

  app.get(
    "/",
    {
      config: forAnyone,
      schema: {
        hide: true,
        querystring: Type.Object({ token: Type.Optional(Type.String({ maxLength: 200 })) }),
      },
    },
    async (request, reply) => {
      const { token } = request.query;
      if (token === undefined) {
        return request.isSignedIn ? sendDocument(request, reply, webRoot) : sendSignIn(reply, false);
      }
      const cookie = await signIn.redeem(token);
      if (cookie !== undefined) {
        const nonce = createNonce();
        return await htmlReply(reply, nonce)
          .header("set-cookie", signedInCookie(cookieName, cookie))
          .send(signedInPage(nonce));
      }
      // A link that was opened twice does no harm to whoever is signed in.
      return request.isSignedIn ? await reply.redirect("/", 303) : sendSignIn(reply, true);
    },
  );
  app.get("/*", { config: forUser, schema: { hide: true } }, (request, reply) => {
    const path = request.url.split("?", 1)[0] ?? "/";
    if (path === "/api" || path.startsWith("/api/")) throw notFound();
    if (!isFilePath(path)) return sendDocument(request, reply, webRoot);
    if (webRoot === undefined) throw notFound();
    const isHashed = path.startsWith("/assets/");
    return reply.sendFile(decodeURIComponent(path.slice(1)), {
      maxAge: isHashed ? "365d" : 0,
      immutable: isHashed,
      // Otherwise the header of every other answer, `no-store`, would be sent.
      cacheControl: true,
    });
  });
}

/** Nonces of the documents that are being answered. */
const documentNonces = new WeakMap<FastifyRequest, string>();

/** Files of a built page have one of these endings; names of conversations have none. */
function isFilePath(path: string): boolean {
  return (
    path.startsWith("/assets/") ||
    /\.(?:js|mjs|css|map|json|webmanifest|svg|png|ico|webp|jpg|woff2?|ttf|txt|wasm)$/.test(path)
  );
}

function sendDocument(
  request: FastifyRequest,
  reply: FastifyReply,
  webRoot: string | undefined,
): FastifyReply {
  const nonce = createNonce();
  if (webRoot === undefined) return htmlReply(reply, nonce).send(unbuiltPage(nonce));
  documentNonces.set(request, nonce);
  return htmlReply(reply, nonce).sendFile("index.html", {
    cacheControl: false,
    etag: false,
    lastModified: false,
    acceptRanges: false,
  });
}

function sendSignIn(reply: FastifyReply, tokenWasRefused: boolean): FastifyReply {
  const nonce = createNonce();
  return htmlReply(reply, nonce).code(401).send(signInPage(nonce, tokenWasRefused));
}

function htmlReply(reply: FastifyReply, nonce: string): FastifyReply {
  return reply
    .headers({ "content-security-policy": contentPolicy(nonce), "cache-control": "no-store" })
    .type("text/html; charset=utf-8");
}

function isStream(payload: unknown): payload is Readable {
  return typeof payload === "object" && payload !== null && "pipe" in payload;
}

/** The built document with this response's nonce and the person's theme. */
async function documentText(
  payload: Readable,
  nonce: string,
  user: UserVault,
  reply: FastifyReply,
): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of payload) chunks.push(Buffer.from(chunk as Uint8Array));
  const { theme } = settingsOf(user);
  const text = withNonce(Buffer.concat(chunks).toString("utf8"), nonce);
  const sized: { removeHeader(name: string): unknown } = reply;
  sized.removeHeader("content-length");
  return theme === "system" ? text : text.replace(/<html(?=[\s>])/i, `<html data-theme="${theme}"`);
}

/** Every `__CSP_NONCE__` becomes the nonce; libraries that make styles read it from the meta element. */
export function withNonce(document: string, nonce: string): string {
  const filled = document.replaceAll("__CSP_NONCE__", nonce);
  if (/<meta[^>]+property="csp-nonce"[^>]*\bcontent=/i.test(filled)) return filled;
  const meta = `<meta property="csp-nonce" nonce="${nonce}" content="${nonce}">`;
  const bare = filled.replace(/\s*<meta[^>]+property="csp-nonce"[^>]*>/i, "");
  return bare.replace(/<head(?:\s[^>]*)?>/i, (head) => `${head}\n${meta}`);
}

function notFound(): ChattyError {
  return new ChattyError("ROUTE_NOT_FOUND", "There is nothing at this address.", {
    hint: "/api/docs lists what there is.",
  });
}
