const dayMs = 24 * 60 * 60 * 1000;

/**
 * First days on which somebody could talk with a provider's assistant, in UTC: a day before it was opened to the public, so that no
 * time zone makes a true time false. What a message says of an earlier time is not believed.
 * Sources: the makers' own announcements (OpenAI 30 November 2022, Anthropic 14 March 2023, Google 21 March 2023, Microsoft 7 February
 * 2023, Perplexity 7 December 2022, xAI 4 November 2023, Mistral 26 February 2024, DeepSeek 2 November 2023).
 */
const firstDays: Readonly<Record<string, number>> = {
  chatgpt: Date.UTC(2022, 10, 29),
  claude: Date.UTC(2023, 2, 13),
  gemini: Date.UTC(2023, 2, 20),
  copilot: Date.UTC(2023, 1, 6),
  perplexity: Date.UTC(2022, 11, 6),
  grok: Date.UTC(2023, 10, 3),
  mistral: Date.UTC(2024, 1, 25),
  deepseek: Date.UTC(2023, 10, 1),
};

/** Nobody talked with an assistant of this kind before; for providers that are not listed. */
const firstDayOfAll = Date.UTC(2010, 0, 1);

/** Clocks run ahead, and zones are forgotten: a day. */
const futureSlackMs = dayMs;

/** Times that programs write when they have none. */
const epochUntilMs = 2 * dayMs;

/** How far a stamp may lie from the time of the export or import to be taken for it. */
const stampSlackMs = 2_000;

/** What a time cannot be. */
export type FalseTime = "epoch" | "future" | "before-provider" | "import-stamp";

export interface TimeLimits {
  /** Lower-case key of the provider, such as `chatgpt`; absent for what was written here. */
  provider?: string | undefined;
  /** When it was imported, or now; integer milliseconds UTC. */
  knownAt: number;
  /** Times at which the export was made or imported; integer milliseconds UTC. */
  stamps?: readonly number[];
  /** True when every message of the conversation bears one and the same time. */
  isUniform?: boolean;
}

/**
 * Says whether a time can be true: it is not near the epoch, not more than a day ahead, not from before the provider existed, and not the
 * moment of the export on every message of a conversation of several.
 * @param ms integer milliseconds UTC
 * @returns undefined when nothing speaks against it.
 */
export function falseTimeOf(ms: number, limits: TimeLimits): FalseTime | undefined {
  if (ms >= -epochUntilMs && ms < epochUntilMs) return "epoch";
  if (ms > limits.knownAt + futureSlackMs) return "future";
  if (ms < firstDayOf(limits.provider)) return "before-provider";
  const isStamp = limits.stamps?.some((stamp) => Math.abs(stamp - ms) <= stampSlackMs) === true;
  return limits.isUniform === true && isStamp ? "import-stamp" : undefined;
}

/** The first day on which a message of a provider can have been written; integer milliseconds UTC. */
export function firstDayOf(provider: string | undefined): number {
  return (provider === undefined ? undefined : firstDays[provider.toLowerCase()]) ?? firstDayOfAll;
}
