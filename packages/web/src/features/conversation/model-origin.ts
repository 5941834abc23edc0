const families: readonly (readonly [RegExp, string])[] = [
  [/gpt|davinci|\bo[134](-|$)|chatgpt|openai/i, "chatgpt"],
  [/claude|anthropic/i, "claude"],
  [/gemini|gemma|palm|bard|google/i, "gemini"],
  [/grok|xai/i, "grok"],
  [/deepseek/i, "deepseek"],
  [/mi[sx]tral|codestral|magistral/i, "mistral"],
];

/** Value of `data-hue` for a model, by its name; `agent` for models of no known family. */
export function modelHue(model: string): string {
  return families.find(([pattern]) => pattern.test(model))?.[1] ?? "agent";
}

/** A model's name without the provider before it: `{providerId}/{model}` of Chatty's own answers. */
export function modelName(model: string): string {
  const slash = model.indexOf("/");
  return slash === -1 ? model : model.slice(slash + 1);
}
