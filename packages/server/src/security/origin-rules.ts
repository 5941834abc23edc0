import type { IncomingHttpHeaders } from "node:http";
import { ChattyError } from "@chatty/model";

/** Names under which a browser on this machine reaches a port of it. */
export function loopbackAuthorities(port: number): ReadonlySet<string> {
  return new Set([`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]);
}

/** The host of a request, as far as this needs to know it. */
export interface AskedRequest {
  method: string;
  /** Path with query. */
  url: string;
  headers: IncomingHttpHeaders;
}

/**
 * Refuses what another web page, or another name that leads to this machine, makes a browser ask.
 * @throws {ChattyError} HOST_REFUSED, ORIGIN_REFUSED
 */
export function checkOrigin(request: AskedRequest, authorities: ReadonlySet<string>): void {
  const { host, origin } = request.headers;
  if (host === undefined || !authorities.has(host.toLowerCase())) {
    throw new ChattyError("HOST_REFUSED", "This address is not one that Chatty answers to.", {
      hint: "Open Chatty under the address that `chatty serve` printed.",
    });
  }
  const isForeign =
    origin !== undefined && !(origin.startsWith("http://") && authorities.has(origin.slice(7)));
  const site = request.headers["sec-fetch-site"];
  const isOwnSite = site === undefined || site === "same-origin" || site === "none";
  if (isForeign || !(isOwnSite || isNavigation(request))) {
    throw new ChattyError("ORIGIN_REFUSED", "Chatty answers its own page only.", {
      hint: "Open Chatty under the address that `chatty serve` printed.",
    });
  }
}

/** A person who follows a link to a page of ours; the cookie does not come along from elsewhere, so nothing is shown that needs it. */
function isNavigation({ method, url, headers }: AskedRequest): boolean {
  return (
    method === "GET" &&
    !url.startsWith("/api/") &&
    headers["sec-fetch-mode"] === "navigate" &&
    headers["sec-fetch-dest"] === "document"
  );
}
