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

export const serverCodes: CodeGroup = {
  title: "The server",
  about: "Told by `chatty serve` and over HTTP.",
  codes: [
    entry(
      "HOST_NOT_LOOPBACK",
      "The server was to listen on something that other machines can reach, and it has no accounts yet.",
      "Use 127.0.0.1, localhost or ::1.",
    ),
    entry("PORT_TAKEN", "Another program listens on the port.", "Leave `--port` out, or name another one."),
    entry(
      "SERVER_NOT_RUNNING",
      "A link to the running server was asked for, and none runs.",
      "Start it with `chatty serve`.",
    ),
    entry("SERVER_STOPPING", "The server is being stopped.", "Start it again; nothing is lost."),
    entry(
      "UNAUTHORIZED",
      "The browser or program is not signed in.",
      "Open the link that `chatty serve` printed; running it again prints a new one.",
    ),
    entry(
      "TOKEN_REFUSED",
      "A one-time token was used already, or it is older than an hour.",
      "Run `chatty serve` once more: it prints a new link.",
    ),
    entry(
      "HOST_REFUSED",
      "The request named a host that is not this server.",
      "Open Chatty under the address that `chatty serve` printed.",
    ),
    entry(
      "ORIGIN_REFUSED",
      "Another web page made the browser ask.",
      "Open Chatty under the address that `chatty serve` printed.",
    ),
    entry("ACCESS_REFUSED", "A route says nothing about who may use it.", "Please report it."),
    entry("ROUTE_NOT_FOUND", "There is nothing at this address.", "`/api/docs` lists what there is."),
    entry(
      "REQUEST_INVALID",
      "The request is not what the route takes.",
      "`where` names the part; `/api/docs` says what is taken.",
    ),
    entry(
      "REVISION_CONFLICT",
      "What was to be changed has been changed since it was seen.",
      "Read it again, then change it.",
    ),
    entry("BODY_TOO_LARGE", "The request is longer than the route takes.", "Attach long text as a file."),
    entry("MEDIA_TYPE_REFUSED", "The route takes another Content-Type.", "Send JSON as application/json."),
    entry("RANGE_REFUSED", "The file has no such bytes.", "Ask for a range within its size."),
    entry(
      "SERVER_FAILED",
      "The page got no answer that it understands.",
      "Reload; look whether Chatty runs.",
    ),
    entry("ASKER_GONE", "Whoever asked went away before the answer was there.", "Ask again."),
    entry("JOB_NOT_FOUND", "No job has this id.", "`GET /api/jobs` lists them."),
    entry("JOB_ENDED", "The job has ended already.", "Nothing is left to stop."),
    entry("JOB_CANNOT_STOP", "The job cannot be stopped in the middle.", "Let it end."),
    entry("IMPORT_NOT_FOUND", "No import has this id.", "`GET /api/imports` lists them."),
    entry("DEMO_NOT_THERE", "The server has no demo conversations.", "`chatty demo` makes them."),
  ],
};

export const uploadCodes: CodeGroup = {
  title: "Uploads",
  about: "Told while an export comes in over HTTP.",
  codes: [
    entry("UPLOAD_NOT_FOUND", "No upload has this id.", "Begin a new one."),
    entry(
      "UPLOAD_INVALID",
      "The name or the size of an upload cannot be taken.",
      "Mend what the message names.",
    ),
    entry(
      "UPLOAD_OFFSET",
      "The bytes belong to another place of the upload.",
      "`where.expected` says where to go on.",
    ),
    entry(
      "UPLOAD_TOO_LONG",
      "More bytes came than were announced.",
      "Begin a new upload with the right size.",
    ),
    entry("UPLOAD_INCOMPLETE", "Not all bytes are there yet.", "Send the rest."),
    entry(
      "UPLOAD_BROKEN_OFF",
      "The sender went away in the middle.",
      "Ask how far it is, and go on from there.",
    ),
    entry("UPLOAD_TAKEN_OVER", "Another connection goes on with the upload.", "Nothing to do."),
    entry("UPLOAD_STOPPED", "The upload was stopped here; its bytes stay.", "Go on with it later."),
    entry(
      "IMPORT_BROKE_OFF",
      "What read the export ended before it was through: a crash, or no memory left.",
      "Nothing of it was kept. Close other programs and import it again.",
    ),
    entry("UPLOAD_BUSY", "The upload is being imported.", "Wait, or cancel its job."),
  ],
};

export const configurationCodes: CodeGroup = {
  title: "Constructs, settings and windows of messages",
  about: "A change or a question that does not fit.",
  codes: [
    entry("CONSTRUCT_IS_CORE", "Synth and Lin cannot be removed.", "Nothing to do."),
    entry(
      "CONSTRUCT_IS_IMPORTED",
      "The construct belongs to an imported runtime.",
      "Remove the runtime instead.",
    ),
    entry(
      "CONSTRUCT_INVALID",
      "Something about a construct cannot be taken.",
      "Mend what the message names.",
    ),
    entry("ACTION_NOT_FOUND", "The construct has no such action.", "List its actions."),
    entry("ACTION_INVALID", "Something about an action cannot be taken.", "Mend what the message names."),
    entry(
      "SETTING_INVALID",
      "A setting has a name or value that cannot be kept.",
      "Mend what the message names.",
    ),
    entry(
      "SECRET_INVALID",
      "A secret has a name or value that cannot be kept.",
      "Mend what the message names.",
    ),
    entry(
      "SUMMARY_EMPTY",
      "A model that was asked for a summary said nothing.",
      "Try another model, or take the summary from the conversation's own words.",
    ),
    entry("PERIOD_INVALID", "There is no such day or month.", "Name it as `2024-03` or `2024-03-12`."),
    entry("MONTH_INVALID", "There is no such month.", "Give a year, and a month from 1 to 12."),
    entry(
      "WINDOW_INVALID",
      "A window of messages was asked for in a way that does not fit.",
      "Name one place.",
    ),
  ],
};

export const answerCodes: CodeGroup = {
  title: "Answers of models",
  about: "Why an answer failed. What the person wrote is kept in any case.",
  codes: [
    entry("NO_PROVIDER", "There is no model to ask.", "Add a provider in Settings, or `chatty model add`."),
    entry("PROVIDER_NOT_FOUND", "No provider has this id.", "`GET /api/providers` lists them."),
    entry(
      "PROVIDER_BUILT_IN",
      "The built-in model cannot be removed in the page.",
      "Run `chatty model remove`, or switch it off.",
    ),
    entry(
      "PROVIDER_ADDRESS",
      "The provider's address cannot be used.",
      "Give one such as http://127.0.0.1:11434/v1.",
    ),
    entry("PROVIDER_KEY", "What was given is not a key.", "Copy the key again from the provider's page."),
    entry(
      "KEY_REFUSED",
      "The provider refused the key, or the key was given for another address.",
      "Enter the key again in Settings.",
    ),
    entry("MODEL_UNKNOWN", "The provider has no such model.", "Choose another one."),
    entry("RATE_LIMITED", "The provider wants a pause.", "Try again after the time it names."),
    entry(
      "CONTEXT_TOO_LONG",
      "The conversation is longer than the model takes.",
      "Choose another model, or begin a new conversation.",
    ),
    entry("CONNECTION_CUT", "The connection broke in the middle of the answer.", "Continue or repeat it."),
    entry("PROVIDER_DOWN", "The provider does not answer.", "Look whether it runs, and try again."),
    entry(
      "PROVIDER_ERROR",
      "The provider answered with something else than an answer.",
      "Try again, or choose another model.",
    ),
    entry("STORAGE_FAILED", "The answer could not be kept.", "Check the disk; `chatty doctor` helps."),
    entry(
      "PATH_NOT_ABSOLUTE",
      "The folder that was named does not say where it lies.",
      "Write the whole path.",
    ),
    entry(
      "DRAFT_CHANGED",
      "Another tab typed into the same conversation meanwhile.",
      "Nothing to do: the page puts both texts together.",
    ),
    entry("GENERATION_RUNNING", "The message is being answered already.", "Wait for the answer or stop it."),
  ],
};
