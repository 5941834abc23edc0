/** What has to be known of a model beside its name. */
export interface KnownModel {
  maxTokens: number;
  /** What its makers put in front of what is looked for, and of what is looked through. */
  queryPrefix: string;
  documentPrefix: string;
}

const plain: KnownModel = { maxTokens: 512, queryPrefix: "", documentPrefix: "" };

/** By the model cards of their makers. */
const models: readonly [RegExp, Partial<KnownModel>][] = [
  [
    /nomic-embed-text/i,
    { maxTokens: 2048, queryPrefix: "search_query: ", documentPrefix: "search_document: " },
  ],
  [/multilingual-e5.*instruct/i, {}],
  [/\be5-|-e5-/i, { queryPrefix: "query: ", documentPrefix: "passage: " }],
  [/mxbai-embed|bge-.*-en/i, { queryPrefix: "Represent this sentence for searching relevant passages: " }],
  [
    /embeddinggemma/i,
    { maxTokens: 2048, queryPrefix: "task: search result | query: ", documentPrefix: "title: none | text: " },
  ],
  [/bge-m3|qwen3-embedding/i, { maxTokens: 8192 }],
  [/text-embedding-(?:3|ada)/i, { maxTokens: 8191 }],
  [/all-minilm/i, { maxTokens: 254 }],
];

/** 512 tokens and nothing in front, for a model that is not known. */
export function knownModel(name: string): KnownModel {
  const found = models.find(([pattern]) => pattern.test(name));
  return { ...plain, ...found?.[1] };
}
