import { randomSecret, secretHash } from "./random-secret.ts";

/** Where the hashes of signed-in browsers outlive the process. */
export interface SignInStore {
  load(): string | undefined;
  save(text: string): Promise<void>;
}

/** One-time links and the browsers that used them. Kept as hashes only. */
export interface SignIn {
  /** A token that signs one browser in, once, within an hour. */
  createToken(): string;
  /** The cookie's value for a token, durable when it resolves; undefined for a token that is unknown, used or old. */
  redeem(token: string): Promise<string | undefined>;
  isSignedIn(cookie: string | undefined): boolean;
  signOut(cookie: string | undefined): Promise<void>;
}

interface SignedInBrowser {
  hash: string;
  /** Integer milliseconds UTC. */
  usedAt: number;
}

const tokenLifeMs = 60 * 60 * 1000;
/** A browser that has not been here for half a year needs a new link. */
export const cookieLifeMs = 180 * 24 * 60 * 60 * 1000;
const dayMs = 24 * 60 * 60 * 1000;
const mostBrowsers = 50;

/** @param now integer milliseconds UTC */
export function createSignIn(store: SignInStore, now: () => number): SignIn {
  const tokens = new Map<string, number>();
  const browsers = new Map<string, SignedInBrowser>();
  for (const browser of parseBrowsers(store.load())) {
    if (now() - browser.usedAt < cookieLifeMs) browsers.set(browser.hash, browser);
  }
  const save = async (): Promise<void> => {
    const newest = [...browsers.values()].sort((a, b) => b.usedAt - a.usedAt);
    for (const { hash } of newest.slice(mostBrowsers)) browsers.delete(hash);
    await store.save(JSON.stringify(newest.slice(0, mostBrowsers)));
  };
  return {
    createToken() {
      for (const [hash, until] of tokens) if (until <= now()) tokens.delete(hash);
      const token = randomSecret();
      tokens.set(secretHash(token), now() + tokenLifeMs);
      return token;
    },
    async redeem(token) {
      const hash = secretHash(token);
      const until = tokens.get(hash);
      tokens.delete(hash);
      if (until === undefined || until <= now()) return undefined;
      const cookie = randomSecret();
      const browser = { hash: secretHash(cookie), usedAt: now() };
      browsers.set(browser.hash, browser);
      await save();
      return cookie;
    },
    isSignedIn(cookie) {
      if (cookie === undefined) return false;
      const browser = browsers.get(secretHash(cookie));
      if (browser === undefined || now() - browser.usedAt >= cookieLifeMs) return false;
      if (now() - browser.usedAt > dayMs) {
        browser.usedAt = now();
        // Only makes the cookie last longer; a disk that fails here is told about by whatever the person does next.
        save().catch(() => undefined);
      }
      return true;
    },
    async signOut(cookie) {
      if (cookie !== undefined && browsers.delete(secretHash(cookie))) await save();
    },
  };
}

function parseBrowsers(text: string | undefined): SignedInBrowser[] {
  if (text === undefined) return [];
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter(isBrowser) : [];
  } catch {
    // Whatever it is, nobody is signed in by it; a new link is one command away.
    return [];
  }
}

function isBrowser(value: unknown): value is SignedInBrowser {
  return (
    typeof value === "object" &&
    value !== null &&
    "hash" in value &&
    typeof value.hash === "string" &&
    "usedAt" in value &&
    typeof value.usedAt === "number"
  );
}
