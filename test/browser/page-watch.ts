import assert from "node:assert/strict";
import type { BrowserContext, Page } from "playwright-core";

/** Everything that the pages of one browser did and should not have done. Lists grow while the browser runs. */
export interface PageWatch {
  /** Every address that was asked for, also those that were refused. */
  readonly requests: string[];
  readonly violations: string[];
  readonly consoleErrors: string[];
  /** Errors that nothing caught. */
  readonly pageErrors: string[];
  readonly dialogs: string[];
  /** Bodies of answers as they came over the wire. */
  readonly transfers: Transfer[];
  /** Fails when a request left `origin`, a policy was violated, a dialog opened or an error was not caught. */
  assertQuiet(origin: string): void;
  /** Forgets what was seen. */
  clear(): void;
}

export interface Transfer {
  url: string;
  type: string;
  status: number;
  /** Bytes of the body as sent, compressed or not. */
  bodyBytes: number;
}

const reporter = "__chattyPolicyViolation";

/** These stay in the browser. */
const innerSchemes = ["data:", "blob:", "about:", "chrome-error:"];

/** Starts to watch every page of `context`, those to come as well. */
export async function watchPages(context: BrowserContext): Promise<PageWatch> {
  const watch = {
    requests: [] as string[],
    violations: [] as string[],
    consoleErrors: [] as string[],
    pageErrors: [] as string[],
    dialogs: [] as string[],
    transfers: [] as Transfer[],
  };
  await context.exposeBinding(reporter, (_source, text: string) => {
    watch.violations.push(text);
  });
  await context.addInitScript((name: string) => {
    document.addEventListener("securitypolicyviolation", (event) => {
      const report = (globalThis as unknown as Record<string, (text: string) => void>)[name];
      report?.(
        `${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`,
      );
    });
  }, reporter);
  context.on("request", (request) => watch.requests.push(request.url()));
  context.on("requestfinished", (request) => {
    const take = async (): Promise<void> => {
      const [response, sizes] = await Promise.all([request.response(), request.sizes()]);
      watch.transfers.push({
        url: request.url(),
        type: request.resourceType(),
        status: response?.status() ?? 0,
        bodyBytes: sizes.responseBodySize,
      });
    };
    take().catch(() => {
      // The page is gone; nobody asks for the size of its answers any more.
    });
  });
  const watchPage = (page: Page): void => {
    page.on("pageerror", (error) => watch.pageErrors.push(error.stack ?? error.message));
    page.on("console", (message) => {
      if (message.type() === "error")
        watch.consoleErrors.push(`${message.text()} (${message.location().url})`);
    });
    page.on("dialog", (dialog) => {
      watch.dialogs.push(`${dialog.type()}: ${dialog.message()}`);
      dialog.dismiss().catch(() => {
        // The page went away together with its dialog, which is written down already.
      });
    });
  };
  for (const page of context.pages()) watchPage(page);
  context.on("page", watchPage);
  return {
    ...watch,
    assertQuiet(origin) {
      const foreign = watch.requests.filter(
        (url) => !innerSchemes.some((scheme) => url.startsWith(scheme)) && !url.startsWith(`${origin}/`),
      );
      assert.deepEqual(foreign, [], "requests that left the origin");
      assert.deepEqual(watch.violations, [], "violations of the content security policy");
      assert.deepEqual(watch.dialogs, [], "dialogs");
      assert.deepEqual(watch.pageErrors, [], "errors that nothing caught");
      const policy = watch.consoleErrors.filter((text) => text.includes("Content Security Policy"));
      assert.deepEqual(policy, [], "violations of the content security policy on the console");
    },
    clear() {
      for (const list of Object.values(watch)) list.length = 0;
    },
  };
}
