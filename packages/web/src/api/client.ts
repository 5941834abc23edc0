/** A request that the server refused or that never reached it. `message` and `hint` are written for people. */
export class ApiError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly where: Record<string, unknown> | undefined;

  constructor(
    code: string,
    message: string,
    status: number,
    details: { hint?: string | undefined; where?: Record<string, unknown> | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause });
    this.name = "ApiError";
    this.code = code;
    this.status = status;
    this.hint = details.hint;
    this.where = details.where;
  }
}

export type QueryValue = string | number | boolean | undefined | null;

export interface RequestOptions {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is; for files and slices of an upload. */
  body?: Blob | ArrayBuffer;
  query?: Record<string, QueryValue>;
  headers?: Record<string, string>;
  /** Revision that the change was made on; a stale one is refused with 409. */
  ifMatch?: string | undefined;
  signal?: AbortSignal | undefined;
  /** It is sent to the end although the page goes. */
  keepalive?: boolean;
}

/** Code of an `ApiError` for a server that did not answer. */
export const unreachable = "UNREACHABLE";

/** Path with query; absent values are left out. */
export function apiUrl(path: string, query: Record<string, QueryValue> = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) search.set(name, String(value));
  }
  const text = search.toString();
  return text === "" ? path : `${path}?${text}`;
}

/**
 * Asks the server. Answers the JSON body, or undefined for an empty one.
 * @throws ApiError when the server refuses, fails or cannot be reached; the signal's AbortError when it was called off.
 */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const headers: Record<string, string> = { accept: "application/json", ...options.headers };
  if (options.ifMatch !== undefined) headers["if-match"] = options.ifMatch;
  let body: BodyInit | null = options.body ?? null;
  if (options.json !== undefined) {
    headers["content-type"] = "application/json";
    body = JSON.stringify(options.json);
  }
  let response: Response;
  let text: string;
  try {
    response = await fetch(apiUrl(path, options.query), {
      method: options.method ?? "GET",
      credentials: "same-origin",
      headers,
      body,
      signal: options.signal ?? null,
      keepalive: options.keepalive ?? false,
    });
    text = await response.text();
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError(unreachable, "Chatty does not answer.", 0, {
      hint: "Nothing is lost. Check that it is running; this page goes on by itself when it is back.",
      cause,
    });
  }
  if (!response.ok) throw errorFromAnswer(response.status, text);
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

function errorFromAnswer(status: number, text: string): ApiError {
  const fallback = new ApiError("SERVER_FAILED", `The server answered with status ${status}.`, status, {
    hint: status === 401 ? "Open the link that Chatty printed when it started." : "Try again in a moment.",
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Not JSON: something between the page and Chatty answered, so only the status is known.
    return fallback;
  }
  const error = isRecord(value) ? value["error"] : undefined;
  if (!isRecord(error) || typeof error["code"] !== "string" || typeof error["message"] !== "string")
    return fallback;
  return new ApiError(error["code"], error["message"], status, {
    hint: typeof error["hint"] === "string" ? error["hint"] : undefined,
    where: isRecord(error["where"]) ? error["where"] : undefined,
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a person reads about any thrown value: what happened, and what to do. */
export function describeError(error: unknown): { message: string; hint: string | undefined } {
  if (error instanceof ApiError) return { message: error.message, hint: error.hint };
  if (error instanceof Error) return { message: error.message, hint: undefined };
  return { message: "Something went wrong.", hint: undefined };
}
