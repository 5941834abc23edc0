// The codes of the server, of live answers and of the built-in model.

import { entry } from "./documented-code.ts";
import type { CodeGroup } from "./documented-code.ts";

export const modelCodes: CodeGroup = {
  title: "The built-in model",
  about: "Told by `chatty model` and by answers that the built-in model gives.",
  codes: [
    entry(
      "MODEL_MISSING",
      "The built-in model, or what runs it, is not on this machine.",
      "Run `chatty model add`; if its engine cannot be loaded, `chatty model remove` first.",
    ),
    entry(
      "MODEL_UNSUPPORTED",
      "There is no engine for this kind of machine.",
      "Use a local server such as Ollama, or a provider.",
    ),
    entry(
      "MODEL_UNREACHABLE",
      "The model's packages could not be fetched with npm, or not be put together.",
      "Check npm and the network, and try again; nothing was changed.",
    ),
    entry(
      "MODEL_DAMAGED",
      "What was fetched does not have the expected hash.",
      "Try again; nothing of it is used.",
    ),
  ],
};
