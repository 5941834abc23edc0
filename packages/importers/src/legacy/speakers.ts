import type { Role } from "@chatty/model";
import type { SpeakerNames } from "./markdown-structure.ts";

const userWords: ReadonlySet<string> = new Set(["you", "user", "human", "me", "i"]);
const systemWords: ReadonlySet<string> = new Set(["system"]);
const toolWords: ReadonlySet<string> = new Set(["tool"]);
const assistantWords: readonly string[] = [
  "assistant",
  "ai",
  "chatgpt",
  "gpt",
  "claude",
  "gemini",
  "bot",
  "model",
];

/** Who speaks under which name in one file. A name is compared whole: one that only contains `you` is not the person. */
export class Speakers implements SpeakerNames {
  readonly #users: ReadonlySet<string>;
  readonly #known: ReadonlySet<string>;

  /** @param known names of whom the conversation is held with. */
  constructor(users: readonly string[], known: readonly string[]) {
    this.#users = new Set([...userWords, ...users.map(normal)]);
    this.#known = new Set([...assistantWords, ...systemWords, ...toolWords, ...known.flatMap(spellings)]);
  }

  isUser(name: string): boolean {
    return this.#users.has(normal(name));
  }

  isKnown(name: string): boolean {
    return this.#known.has(normal(name));
  }

  /** @param written the role as the line has it, where it has one. */
  roleOf(name: string, written?: string): Role {
    const word = (written ?? "").toLowerCase();
    if (word === "user" || word === "assistant" || word === "system" || word === "tool") return word;
    if (this.isUser(name)) return "user";
    if (systemWords.has(normal(name))) return "system";
    return toolWords.has(normal(name)) ? "tool" : "assistant";
  }
}

/** The name as an author, unless it only says the role. */
export function authorFrom(name: string): string | undefined {
  const word = normal(name);
  return userWords.has(word) || systemWords.has(word) || word === "assistant" ? undefined : name;
}

function normal(name: string): string {
  return name.trim().toLowerCase();
}

/** A callsign is also spoken of without its number. */
function spellings(name: string): string[] {
  const word = normal(name);
  return word === "" ? [] : [word, word.replace(/(?:-\d{3})+$/, "")];
}
