/** What a mark of origin needs to know of a runtime. */
export interface Origin {
  kind: "core" | "imported" | "custom";
  name: string;
  provider?: string | undefined;
}

const providerNames: Readonly<Record<string, string>> = {
  chatgpt: "ChatGPT",
  claude: "Claude",
  gemini: "Gemini",
  grok: "Grok",
  deepseek: "DeepSeek",
  mistral: "Mistral",
  lechat: "Le Chat",
  "claude-code": "Claude Code",
  codex: "Codex",
  "gemini-cli": "Gemini CLI",
  librechat: "LibreChat",
  openwebui: "Open WebUI",
  aistudio: "AI Studio",
};

const hues: Readonly<Record<string, string>> = {
  chatgpt: "chatgpt",
  claude: "claude",
  gemini: "gemini",
  aistudio: "gemini",
  grok: "grok",
  deepseek: "deepseek",
  mistral: "mistral",
  lechat: "mistral",
};

const letters: Readonly<Record<string, string>> = {
  chatgpt: "GP",
  claude: "Cl",
  gemini: "Ge",
  grok: "Gk",
  deepseek: "Ds",
  mistral: "Mi",
  "claude-code": "Cc",
  codex: "Cx",
};

/** The provider's own spelling of its name. */
export function providerName(provider: string): string {
  return providerNames[provider] ?? provider;
}

/** Value of `data-hue` for what comes from there. */
export function hueOf(origin: Origin): string {
  if (origin.kind === "core") return "chatty";
  if (origin.kind === "custom") return "character";
  return hues[origin.provider ?? ""] ?? "agent";
}

/** Two letters that stand for an origin; an empty text for Chatty, which has a drawing of its own. */
export function lettersOf(origin: Origin): string {
  if (origin.kind === "core") return "";
  const known = letters[origin.provider ?? ""];
  if (known !== undefined) return known;
  const words = origin.name.trim().split(/\s+/);
  const first = Array.from(words[0] ?? "");
  const second = Array.from(words[1] ?? "");
  return ((first[0] ?? "·").toUpperCase() + (second[0] ?? first[1] ?? "")).slice(0, 4);
}

/** What kind of runtime it is, for people. */
export function kindName(origin: Origin): string {
  if (origin.kind === "core") return "Built in";
  if (origin.kind === "custom") return "Made by you";
  return `Imported from ${providerName(origin.provider ?? "another app")}`;
}
