import { Buffer } from "node:buffer";
import { request as httpRequest } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { startServer } from "@chatty/server";
import type { RunningServer, ServerOptions } from "@chatty/server";
import type { TestContext } from "node:test";
import { openTestVault } from "../vault/open-test-vault.ts";
import type { TestVault } from "../vault/open-test-vault.ts";

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** The JSON of the answer; undefined where it is none. */
  json: unknown;
}

export interface Asking {
  method?: string;
  headers?: Record<string, string>;
  /** An object is sent as JSON. */
  body?: object | Buffer | string;
}

/** A server on a real vault in a folder of its own; closed and removed when the test ends. */
export interface TestServer {
  opened: TestVault;
  server: RunningServer;
  cookie: string;
  /** Asks as the signed-in browser. */
  ask(path: string, asking?: Asking): Promise<Answer>;
  /** The JSON of an answer that must be good. @throws when it is not */
  good<Value>(path: string, asking?: Asking): Promise<Value>;
  /** Asks as a program that has no cookie. */
  askBare(path: string, asking?: Asking): Promise<Answer>;
  /** Closes server and vault and starts both again. */
  restart(): Promise<void>;
}

export async function openTestServer(
  test: TestContext,
  options: Partial<ServerOptions> = {},
): Promise<TestServer> {
  const opened = await openTestVault(test);
  const start = (): Promise<RunningServer> =>
    startServer({
      vault: opened.vault,
      user: opened.user,
      version: "0.0.0",
      home: opened.home,
      port: 0,
      checksAnswers: true,
      // Nothing of the machine that runs the test is looked for.
      runtimes: { places: [] },
      ...options,
    });
  const made: TestServer = {
    opened,
    server: await start(),
    cookie: "",
    ask: (path, asking = {}) =>
      made.askBare(path, { ...asking, headers: { cookie: made.cookie, ...asking.headers } }),
    async good<Value>(path: string, asking: Asking = {}) {
      const answer = await made.ask(path, asking);
      if (answer.status >= 300) {
        throw new Error(`${asking.method ?? "GET"} ${path}: ${answer.status} ${answer.text}`);
      }
      return answer.json as Value;
    },
    askBare: (path, asking = {}) => ask(made.server.port, path, asking),
    async restart() {
      await made.server.close();
      await opened.reopen();
      made.server = await start();
    },
  };
  test.after(() => made.server.close());
  made.cookie = await signIn(made.server);
  return made;
}

/** Uses a one-time link and gives the cookie as a browser would send it. */
export async function signIn(server: RunningServer): Promise<string> {
  const answer = await ask(server.port, new URL(server.createLink()).search.replace(/^/, "/"), {});
  const [cookie = ""] = answer.headers["set-cookie"] ?? [];
  return cookie.split(";")[0] ?? "";
}

/** One request with exactly these headers: unlike `fetch`, this lets a test forge what a browser would not. */
export function ask(port: number, path: string, { method, headers, body }: Asking): Promise<Answer> {
  const isBytes = body === undefined || typeof body === "string" || Buffer.isBuffer(body);
  const bytes = isBytes ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      {
        host: "127.0.0.1",
        port,
        path,
        method: method ?? "GET",
        headers: { ...(isBytes ? {} : { "content-type": "application/json" }), ...headers },
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          const isJson = (response.headers["content-type"] ?? "").startsWith("application/json");
          const json: unknown = isJson ? JSON.parse(text) : undefined;
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
        });
      },
    );
    sent.on("error", reject);
    sent.end(bytes);
  });
}

/** The code of a refused request. */
export function errorCode(answer: Answer): string {
  const { error } = answer.json as { error?: { code?: string } };
  return error?.code ?? "";
}
