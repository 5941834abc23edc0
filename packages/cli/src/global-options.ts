import type { OptionDescription } from "./command-description.ts";

/** Options that every command takes, before or after it. */
export const globalOptions: readonly (OptionDescription & { short?: string })[] = [
  {
    name: "home",
    value: "DIR",
    kind: "path",
    summary: "Data home; else CHATTY_HOME, else the platform's data directory.",
  },
  {
    name: "env",
    value: "NAME",
    summary: "production, staging, development or test; else CHATTY_ENV, else production.",
  },
  { name: "user", value: "ID", summary: "Whose data; else the only user there is." },
  { name: "json", summary: "Machine-readable result on stdout; everything else goes to stderr." },
  { name: "help", short: "h", summary: "Help on chatty or on the command." },
  { name: "version", short: "V", summary: "The version." },
];
