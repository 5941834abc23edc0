import { ChattyError } from "@chatty/model";
import type { FastifyReply, FastifyRequest } from "fastify";
import { checkOrigin, loopbackAuthorities } from "./origin-rules.ts";
import type { SignIn } from "./sign-in.ts";
import { safeHeaders, setHeaders } from "./page-headers.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** True when the browser has a valid cookie. */
    isSignedIn: boolean;
  }
}

/** Every request passes here first. */
export interface Guard {
  /** @throws {ChattyError} HOST_REFUSED, ORIGIN_REFUSED, UNAUTHORIZED, ACCESS_REFUSED */
  check(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** Name of the cookie: of this vault, because cookies do not know ports. */
  readonly cookieName: string;
}

export function createGuard(signIn: SignIn, vaultId: string): Guard {
  const cookieName = `chatty-${vaultId.slice(-12)}`;
  return {
    cookieName,
    check(request, reply) {
      setHeaders(reply, safeHeaders);
      checkOrigin(request, loopbackAuthorities(request.socket.localPort ?? 0));
      request.isSignedIn = signIn.isSignedIn(request.cookies[cookieName]);
      const policy = request.routeOptions.config.policy;
      if (policy?.access === "open") return Promise.resolve();
      if (!request.isSignedIn) throw notSignedIn();
      if (policy === undefined && !request.is404) {
        throw new ChattyError("ACCESS_REFUSED", "Nobody may use this route.", { hint: "Please report it." });
      }
      return Promise.resolve();
    },
  };
}

function notSignedIn(): ChattyError {
  return new ChattyError("UNAUTHORIZED", "This browser is not signed in.", {
    hint: "Open the link that `chatty serve` printed; running it again prints a new one.",
  });
}
