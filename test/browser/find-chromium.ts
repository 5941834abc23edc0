import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";

const names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
const fixedPlaces = [
  "/usr/bin/chromium",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/**
 * Path of a Chromium: the one that CHATTY_TEST_CHROMIUM names, else the first of the usual ones. On a Debian where this runs
 * as root it is installed when there is none.
 * @throws {Error} that says how to get one
 */
export function findChromium(): string {
  const named = process.env["CHATTY_TEST_CHROMIUM"];
  if (named !== undefined && named !== "") {
    if (isProgram(named)) return named;
    throw new Error(`CHATTY_TEST_CHROMIUM names ${named}, and no program is there.`);
  }
  const found = lookUp();
  if (found !== undefined) return found;
  if (canInstall()) {
    const printed = install();
    const installed = lookUp();
    if (installed !== undefined) return installed;
    throw new Error(`apt-get could not install Chromium:\n${printed.slice(-4000)}`);
  }
  throw new Error(
    "The browser tests need Chromium, and none was found. On Debian or Ubuntu: sudo apt-get install chromium. " +
      "Elsewhere install Chrome or Chromium and set CHATTY_TEST_CHROMIUM to the path of its program.",
  );
}

function lookUp(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const places = [...names.flatMap((name) => folders.map((folder) => join(folder, name))), ...fixedPlaces];
  return places.find((place) => isProgram(place));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Not there, or not for this user: the next place is tried.
    return false;
  }
}

function canInstall(): boolean {
  return process.platform === "linux" && process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
}

function install(): string {
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const steps = [
    ["update", "-qq"],
    ["install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-liberation"],
  ];
  return steps
    .map((words) => spawnSync("apt-get", words, { encoding: "utf8", env: environment }))
    .map(({ stdout, stderr }) => `${stdout}${stderr}`)
    .join("");
}
