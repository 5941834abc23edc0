import type { SourceIdentity } from "@chatty/model";
import { slugFromText } from "@chatty/model";

/** What an imported runtime of a provider starts with. Everything in it can be changed by the person afterwards. */
export interface ProviderPreset {
  /** Lower-case source name: the first half of runtime ids. */
  provider: string;
  /** Name for people; also the name of the runtime and of its construct. */
  label: string;
  description: string;
  /** Persona instructions of the default construct. */
  instructions: string;
  /** Imported constructs speak through Lin. */
  mode: "lin";
}

interface Manner {
  label: string;
  /** How its answers read, as adjectives. */
  manner: string;
}

const manners: Readonly<Record<string, Manner>> = {
  chatgpt: { label: "ChatGPT", manner: "friendly, instructive and concise" },
  claude: { label: "Claude", manner: "thoughtful, careful and candid" },
  gemini: { label: "Gemini", manner: "curious, imaginative and exploratory" },
  aistudio: { label: "Google AI Studio", manner: "direct, technical and thorough" },
  grok: { label: "Grok", manner: "witty, direct and informal" },
  deepseek: { label: "DeepSeek", manner: "analytical, precise and patient" },
  librechat: { label: "LibreChat", manner: "helpful and adaptable" },
  legacy: { label: "Older Chatty", manner: "helpful and adaptable" },
  openwebui: { label: "Open WebUI", manner: "helpful and adaptable" },
};

/** The preset of a provider. One that is not known gets its own name as label and a neutral manner. */
export function providerPreset(provider: string): ProviderPreset {
  const key = provider.toLowerCase();
  const known = Object.hasOwn(manners, key) ? manners[key] : undefined;
  const label = known?.label ?? `${provider.slice(0, 1).toUpperCase()}${provider.slice(1)}`;
  return {
    provider: key,
    label,
    description: `Conversations imported from ${label}, and their continuation.`,
    instructions:
      `You continue conversations that were begun with ${label}. Speak as the assistant of those conversations did: ` +
      `${known?.manner ?? "helpful and adaptable"}. Rely on what was said in them, and say so when you do not know ` +
      `something; never invent a memory.`,
    mode: "lin",
  };
}

/**
 * The runtime id that an account's imports ask for: provider and handle. The handle is the local part of the e-mail
 * address, else the account id, else `account`. Give it to `nextRuntimeId`.
 */
export function runtimeIdBase(provider: string, identity: SourceIdentity): string {
  const localPart = identity.email?.split("@")[0] ?? "";
  const handle = slugFromText(localPart) || slugFromText(identity.accountId ?? "") || "account";
  return `${slugFromText(provider)}-${handle}`;
}
