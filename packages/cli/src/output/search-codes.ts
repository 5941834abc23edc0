// The codes of search.

import { entry } from "./documented-code.ts";
import type { CodeGroup } from "./documented-code.ts";

export const searchCodes: CodeGroup = {
  title: "Search",
  about: "Told by `chatty search`, and over HTTP.",
  codes: [
    entry(
      "EMBEDDER_UNAVAILABLE",
      "What turns texts into vectors is not there: its weights are not installed, or its server cannot be reached, refuses the key, is too busy or does not have the model.",
      "The message says which. Search by words works meanwhile.",
    ),
    entry(
      "EMBEDDER_FAILED",
      "What turns texts into vectors answered with something that is none, or of another length than before.",
      "Check the model that is named for it in Settings. Search by words works meanwhile.",
    ),
    entry("SAVED_SEARCH_NOT_FOUND", "No saved search has this id.", "`GET /api/searches` lists them."),
    entry("SAVED_SEARCH_INVALID", "A saved search cannot be kept so.", "Mend what the message names."),
    entry(
      "SEARCH_BROKE_OFF",
      "The thread that searches ended before it was through: a crash, or no memory left.",
      "Nothing is lost. Try again; with less memory in use if that does not help.",
    ),
    entry(
      "SEARCH_CLOSED",
      "The vault is being closed: nothing is searched any more.",
      "Try again once it is open.",
    ),
    entry(
      "NPY_INVALID",
      "A file of vectors is no readable .npy file.",
      "Remove it; vectors of conversations are made anew.",
    ),
    entry(
      "NPY_UNSUPPORTED",
      "A file of vectors holds numbers or a format that is not read.",
      "Save it as float32.",
    ),
    entry(
      "VECTORS_OF_OTHER_MODEL",
      "Vectors of two models would stand in one file.",
      "Nothing is mixed: the old ones are taken out and texts are embedded again in the background.",
    ),
    entry(
      "SAVED_SEARCHES_FULL",
      "So many searches are saved that there is no place for another one.",
      "Remove one that is not needed any more.",
    ),
  ],
};
