// The types of the HTTP surface: schemas for the server, types for whoever asks it.
export * from "./error.ts";
export * from "./events.ts";
export * from "./files.ts";
export * from "./gpts.ts";
export * from "./imports.ts";
export * from "./messages.ts";
export * from "./runtimes.ts";
export * from "./sessions.ts";
export * from "./settings.ts";
