import type { TestContext } from "node:test";
import type { SearchFilters } from "@chatty/model";
import { nodeFiles } from "../../files/node-files.ts";
import { MeaningHere } from "../meaning-here.ts";
import type { MeaningEmbedders } from "../meaning-here.ts";
import type { MeaningAnswer } from "../meaning-port.ts";
import { madeUpEmbedder } from "./made-up-embedder.ts";
import type { MadeUpEmbedder, MadeUpOptions } from "./made-up-embedder.ts";
import { MadeUpIndex } from "./made-up-index.ts";

const files = nodeFiles();
export const noVisibility = { hiddenRuntimes: [], joined: {}, names: {}, hiddenSessions: [] };
export const march = Date.UTC(2024, 2, 5);

/** A vault's folder with an index of words and search by meaning. For tests. */
export interface World {
  index: MadeUpIndex;
  root: string;
  /** Embedders in the order in which they were opened. */
  opened: MadeUpEmbedder[];
  open(options?: MadeUpOptions & { first?: MadeUpOptions }): MeaningHere;
  ask(
    meaning: MeaningHere,
    text: string,
    filters?: SearchFilters | readonly SearchFilters[],
    limit?: number,
  ): Promise<MeaningAnswer>;
}

/** @param folder empty; `remove` is called at the end of the test, when nothing in it is open any more. */
export function makeWorld(
  context: TestContext,
  { root, remove }: { root: string; remove: () => void },
): World {
  const index = new MadeUpIndex(files, root);
  const opened: MadeUpEmbedder[] = [];
  const ports: MeaningHere[] = [];
  context.after(async () => {
    for (const port of ports) await port.close();
    index.close();
    remove();
  });
  return {
    index,
    root,
    opened,
    open(options = {}) {
      const embedders: MeaningEmbedders = {
        open: () => {
          const main = madeUpEmbedder(options);
          opened.push(main);
          const quick = { model: "quick@1", dimensions: 160, ...options.first };
          const open = (): Promise<MadeUpEmbedder> => {
            opened.push(madeUpEmbedder(quick));
            return Promise.resolve(opened.at(-1) ?? main);
          };
          const first = options.first === undefined ? undefined : { model: quick.model, open };
          return Promise.resolve({ main, first });
        },
      };
      const port = new MeaningHere({
        files,
        root,
        user: index.user,
        embedders,
        setting: "builtin",
        leastForFirst: 200,
        now: () => march,
      });
      ports.push(port);
      return port;
    },
    ask: (meaning, text, filters = {}, limit = 10) =>
      meaning.find({ text, filters, visibility: noVisibility, limit }),
  };
}

export const ids = ({ hits }: MeaningAnswer): string[] => hits.map(({ messageId }) => messageId);
export const embedded = ({ opened }: World): number =>
  opened.reduce((sum, each) => sum + each.embedded.length, 0);

export const animals = {
  sessionId: "animals",
  messages: [
    { id: "a1", text: "The lion sleeps in the savannah", at: march },
    { id: "a2", text: "Penguins swim in cold water", at: march + 1 },
  ],
};
export const cooking = {
  sessionId: "cooking",
  runtime: "kitchen",
  messages: [
    { id: "c1", text: "Boil the water and add pasta", at: march },
    { id: "c2", text: "A lion is no ingredient", at: march + 86_400_000 },
  ],
};
export const oldTimes = {
  sessionId: "old",
  runtime: "chatgpt",
  construct: "chatgpt-001",
  isImported: true,
  messages: [
    { id: "o1", text: "Volcanoes spit lava", at: Date.UTC(2021, 10, 3) },
    { id: "o2", text: "Lava is hot", file: "report about glaciers", at: Date.UTC(2021, 11, 3) },
  ],
};
export const undated = {
  sessionId: "undated",
  runtime: "chatgpt",
  construct: "chatgpt-001",
  isImported: true,
  messages: [{ id: "u1", text: "Nobody knows when lava was" }],
};
