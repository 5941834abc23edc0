// A thread of search by meaning with made-up vectors. For tests.
import { serveMeaning } from "../meaning-thread.ts";
import { madeUpEmbedder } from "./made-up-embedder.ts";

serveMeaning({
  open: (setting) => {
    const slowMs = typeof setting === "number" ? setting : 0;
    return Promise.resolve({
      main: madeUpEmbedder({ before: () => new Promise((resolve) => void setTimeout(resolve, slowMs)) }),
    });
  },
});
