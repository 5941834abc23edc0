import Type from "typebox";
import { ChattyError } from "@chatty/model";
import { signedInCookie } from "../../security/cookie.ts";
import { forAnyone, forUser } from "../../security/route-policy.ts";
import type { App, ServerContext } from "../../server-context.ts";
import { Nothing, answers } from "../answers.ts";

/** Signing a program or browser in with a one-time token, and out again. */
export function addSignInRoutes(app: App, { signIn }: ServerContext, cookieName: string): void {
  app.post(
    "/api/session",
    {
      config: forAnyone,
      schema: {
        summary: "Sign in with a one-time token; the answer sets the cookie",
        tags: ["server"],
        body: Type.Object({ token: Type.String({ maxLength: 200 }) }),
        response: answers({ 204: Nothing }),
      },
    },
    async (request, reply) => {
      const cookie = await signIn.redeem(request.body.token);
      if (cookie === undefined) {
        throw new ChattyError("TOKEN_REFUSED", "This token was used already, or it is too old.", {
          hint: "Run `chatty serve` once more: it prints a new link.",
        });
      }
      return await reply.code(204).header("set-cookie", signedInCookie(cookieName, cookie)).send(null);
    },
  );
  app.delete(
    "/api/session",
    {
      config: forUser,
      schema: { summary: "Sign this browser out", tags: ["server"], response: answers({ 204: Nothing }) },
    },
    async (request, reply) => {
      await signIn.signOut(request.cookies[cookieName]);
      return await reply
        .code(204)
        .header("set-cookie", signedInCookie(cookieName, "", 0))
        .send(null);
    },
  );
}
