import { globSync } from "node:fs";

/** What `npm test` was asked for. */
export interface TestRequest {
  filters: string[];
  full: boolean;
}

/** Reads the words after `npm test --`. @throws {TypeError} for an option that does not exist. */
export function parseTestRequest(words: readonly string[]): TestRequest {
  const filters: string[] = [];
  let full = false;
  for (const word of words) {
    if (word === "--full") full = true;
    else if (word.startsWith("-")) {
      throw new TypeError(`There is no option ${word}. Known: --full, and parts of test file paths.`);
    } else filters.push(word);
  }
  return { filters, full };
}

/** Every test file of the checkout, with forward slashes, sorted. */
export function findTestFiles(root: string): string[] {
  return globSync(["packages/*/src/**/*.test.ts", "scripts/**/*.test.ts", "test/**/*.test.ts"], { cwd: root })
    .map((path) => path.replaceAll("\\", "/"))
    .sort();
}

/**
 * The files whose path holds one of the filters; all without filters.
 * @throws {TypeError} for a filter that selects nothing, so that a misspelt one cannot pass by testing nothing.
 */
export function selectTestFiles(files: readonly string[], filters: readonly string[]): string[] {
  for (const filter of filters) {
    if (!files.some((file) => file.includes(filter))) {
      throw new TypeError(`No test file has ${JSON.stringify(filter)} in its path.`);
    }
  }
  return files.filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)));
}
