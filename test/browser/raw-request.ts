import { request } from "node:http";
import type { IncomingHttpHeaders } from "node:http";

/** An answer as it came, nothing followed and nothing added. */
export interface RawAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface RawRequest {
  method?: string;
  /** Sent exactly so; `fetch` would not let a test forge Host, Origin or Cookie. */
  headers?: Record<string, string>;
  body?: string | Uint8Array;
}

/** Asks one path of `origin`, which is connected to whatever the Host header says. */
export function rawRequest(origin: string, path: string, options: RawRequest = {}): Promise<RawAnswer> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: hostname,
        port,
        path,
        method: options.method ?? "GET",
        headers: options.headers ?? {},
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString("utf8"),
          });
        });
      },
    );
    asked.on("error", reject);
    asked.end(options.body);
  });
}

/** The cookie of a signed-in browser, from a one-time link, as a `Cookie` header. */
export async function signIn(link: string): Promise<string> {
  const url = new URL(link);
  const answer = await rawRequest(url.origin, `${url.pathname}${url.search}`);
  const cookie = answer.headers["set-cookie"]?.[0]?.split(";")[0];
  if (cookie === undefined)
    throw new Error(`The link gave no cookie: ${answer.status} ${answer.body.slice(0, 500)}`);
  return cookie;
}
