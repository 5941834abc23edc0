import type { AnswerMessage } from "./answer-message.ts";

/** Pictures and documents cost about this much with the usual models; their bytes say nothing about it. */
const tokensPerFile = 1500;
/** Role and separators. */
const tokensPerMessage = 4;

/**
 * A rough count of tokens, meant to err on the high side: UTF-8 bytes / 4 for alphabets, which is about right for English and
 * code; 1 per character for Chinese, Japanese and Korean script, where tokenizers need between a half and one and a half; and
 * bytes / 2 for the other scripts, of which tokenizers know few whole words. No tokenizer is loaded: each model has its own.
 */
export function estimateTokens(text: string): number {
  let quarters = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) quarters += 1;
    // Latin, Greek and Cyrillic: two bytes a letter, about two letters a token.
    else if (unit < 0x530) quarters += 2;
    else quarters += 4;
  }
  return Math.ceil(quarters / 4);
}

/** Estimate for one message with its files. */
export function estimateMessageTokens(message: AnswerMessage): number {
  const files = (message.parts ?? []).filter(
    ({ kind }) => kind === "image" || kind === "audio" || kind === "video" || kind === "file",
  );
  const extracted = files.reduce(
    (sum, part) => sum + ("extractedText" in part ? estimateTokens(part.extractedText ?? "") : 0),
    0,
  );
  const calls = (message.parts ?? []).reduce(
    (sum, part) => sum + (part.kind === "tool_call" ? estimateTokens(JSON.stringify(part.input)) : 0),
    0,
  );
  return (
    tokensPerMessage +
    estimateTokens(message.content) +
    calls +
    Math.max(extracted, files.length * tokensPerFile)
  );
}
