/** Something that was said once, and the ways in which somebody asks for it later. */
export interface Fact {
  by: "user" | "assistant";
  /** As it was said. */
  said: string;
  /** The same in other words: as few telling words as possible stand in `said`. */
  ask: string;
  /** The last message of a later conversation that needs it. */
  follow: string;
  /** What was said right before `follow`, where that leans on it. */
  lead?: string;
  /** A question by the name of a person, a place or a product. */
  name?: string;
  /** A question by an identifier, an error or a command. */
  code?: string;
  /** What `ask` means, in another language. */
  de?: string;
  fr?: string;
  es?: string;
  zh?: string;
}

/** A thread of somebody's life that conversations come back to. */
export interface Topic {
  id: string;
  /** Fills "what did I say about …". */
  about: string;
  /** Nouns with their article, for made-up sentences. */
  things: readonly string[];
  /** Verbs with what they act on, in the -ing form. */
  doings: readonly string[];
  /** Sentences that look like facts and are about something else; {person}, {place}, {number} and {thing} are filled in. */
  near: readonly string[];
  facts: readonly Fact[];
}
