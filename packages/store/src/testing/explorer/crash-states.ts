import { hash } from "node:crypto";
import { createDirectory } from "../simulated-disk.ts";
import type { SimulatedDirectory, SimulatedFile, SimulatedNode } from "../simulated-disk.ts";
import type { Content } from "./file-contents.ts";
import type { OpenQuestions, PendingEntries, Persistence } from "./persistence.ts";
import type { SeededRandom } from "./seeded-random.ts";
import { configurationKey } from "./simulated-configuration.ts";
import type { ConfigurationState } from "./simulated-configuration.ts";
import type { PersistenceModel } from "./trace.ts";

/** What a crash may leave. */
export interface CrashState {
  /** Its own nodes; bytes are shared and never changed. */
  root: SimulatedDirectory;
  configuration: ConfigurationState;
  acknowledged: number;
  /** The same for the same files, configuration and acknowledgements. */
  key: string;
}

/** One question with its answers, from the first that is new behind this step. */
interface Dimension {
  from: number;
  size: number;
}

export interface EnumerationOptions {
  model: PersistenceModel;
  /** States at most behind one step; beyond that they are drawn. */
  limit: number;
  random: SeededRandom;
  /** Told when there were more than `limit`. */
  onSampled?: () => void;
}

/** Every crash state that the last step made possible, or as many of them as are wanted. Some may come twice. */
export function* crashStates(
  persistence: Persistence,
  questions: OpenQuestions,
  options: EnumerationOptions,
): Generator<CrashState> {
  const dimensions = dimensionsOf(questions, options.model);
  for (const answers of answerLists(dimensions, options)) {
    const state = stateFrom(persistence, questions, answers, options.model);
    if (state !== undefined) yield state;
  }
}

function dimensionsOf(questions: OpenQuestions, model: PersistenceModel): Dimension[] {
  const { files, entries, configurations, configurationsFrom } = questions;
  const dimensions: Dimension[] = [{ from: configurationsFrom, size: configurations.length }];
  for (const { from, choices } of files) dimensions.push({ from, size: choices.length });
  if (model === "ext4") {
    dimensions.push({ from: questions.lastEntryIsNew ? entries.length : 0, size: entries.length + 1 });
  } else if (model === "posix") {
    // Of a rename in two halves the first one is what has to be there.
    const needed = entries.at(-1)?.needs === undefined ? 1 : 2;
    for (const index of entries.keys()) {
      const isNew = questions.lastEntryIsNew && index === entries.length - needed;
      dimensions.push({ from: isNew ? 1 : 0, size: 2 });
    }
  }
  return dimensions;
}

function* answerLists(dimensions: readonly Dimension[], options: EnumerationOptions): Generator<number[]> {
  const total = dimensions.reduce((product, { from, size }) => product * (size - from), 1);
  if (total <= options.limit) {
    yield* everyList(dimensions);
    return;
  }
  options.onSampled?.();
  const all = dimensions.map(({ size }) => size - 1);
  let count = 0;
  // What the ends of the range give, and one answer alone that differs, find most of what there is to find.
  for (const list of [all, dimensions.map(({ from }) => from)]) {
    if (count++ < options.limit) yield list;
  }
  for (const [index, { from, size }] of dimensions.entries()) {
    if (size - from < 2 || count >= options.limit / 2) continue;
    count += 1;
    yield all.with(index, from + options.random.below(size - from - 1));
  }
  for (; count < options.limit; count += 1) {
    yield dimensions.map(({ from, size }) => from + options.random.below(size - from));
  }
}

function* everyList(dimensions: readonly Dimension[]): Generator<number[]> {
  const list = dimensions.map(({ from }) => from);
  for (;;) {
    yield [...list];
    let at = 0;
    for (; at < list.length; at += 1) {
      const { from, size } = dimensions[at] ?? { from: 0, size: 0 };
      const next = (list[at] ?? 0) + 1;
      if (next < size) {
        list[at] = next;
        break;
      }
      list[at] = from;
    }
    if (at === list.length) return;
  }
}

/** Undefined for answers that contradict each other. */
function stateFrom(
  persistence: Persistence,
  questions: OpenQuestions,
  answers: readonly number[],
  model: PersistenceModel,
): CrashState | undefined {
  const { files, entries } = questions;
  const configuration = questions.configurations[answers[0] ?? 0];
  if (configuration === undefined) return undefined;
  const contents = new Map<SimulatedFile, Content>();
  for (const [index, { file, choices }] of files.entries()) {
    const content = choices[answers[index + 1] ?? 0];
    if (content !== undefined) contents.set(file, content);
  }
  const rest = files.length + 1;
  let survived: readonly PendingEntries[] = [];
  if (model === "ext4") survived = entries.slice(0, answers[rest] ?? 0);
  else if (model === "posix") {
    survived = entries.filter((_, index) => answers[rest + index] === 1);
    if (
      survived.some(
        ({ needs }) => needs !== undefined && entries.includes(needs) && !survived.includes(needs),
      )
    )
      return undefined;
  }
  const builder = new StateBuilder(persistence, contents, survived);
  const root = builder.build(persistence.root, "");
  const { acknowledged } = questions;
  const described = [...builder.lines.sort(), configurationKey(configuration), acknowledged].join("\n");
  return { root, configuration, acknowledged, key: hash("sha1", described, "base64").slice(0, 18) };
}

class StateBuilder {
  readonly lines: string[] = [];
  readonly #persistence: Persistence;
  readonly #contents: ReadonlyMap<SimulatedFile, Content>;
  readonly #changed = new Map<SimulatedDirectory, Map<string, SimulatedNode | undefined>>();

  constructor(
    persistence: Persistence,
    contents: ReadonlyMap<SimulatedFile, Content>,
    survived: readonly PendingEntries[],
  ) {
    this.#persistence = persistence;
    this.#contents = contents;
    for (const { changes } of survived) {
      for (const { directory, name, node } of changes) {
        const known = this.#changed.get(directory);
        if (known === undefined) this.#changed.set(directory, new Map([[name, node]]));
        else known.set(name, node);
      }
    }
  }

  build(directory: SimulatedDirectory, path: string): SimulatedDirectory {
    const copy = createDirectory();
    copy.mode = directory.mode;
    const changed = this.#changed.get(directory);
    for (const [name, node] of this.#persistence.durableEntries(directory)) {
      if (changed?.has(name) !== true) this.#add(copy, path, name, node);
    }
    if (changed !== undefined) {
      for (const [name, node] of changed) if (node !== undefined) this.#add(copy, path, name, node);
    }
    return copy;
  }

  #add(into: SimulatedDirectory, prefix: string, name: string, node: SimulatedNode): void {
    const path = `${prefix}/${plainName(name)}`;
    if (node.kind === "directory") {
      this.lines.push(path);
      into.entries.set(name, this.build(node, path));
      return;
    }
    const content = this.#contents.get(node) ?? this.#persistence.content(node);
    this.lines.push(`${path}=${plainKey(path, content)}`);
    into.entries.set(name, { kind: "file", bytes: content.bytes, mode: node.mode, links: 1 });
  }
}

const manifestKeys = new WeakMap<Content, string>();

/** As the content's key; of a manifest, without the random part of its id and the hash over it. */
function plainKey(path: string, content: Content): string {
  if (!path.includes("/manifests/")) return content.key;
  let key = manifestKeys.get(content);
  if (key === undefined) {
    const text = content.bytes
      .toString("latin1")
      .replace(/Z-[0-9a-f]{8}"/, "")
      .replace(/"hash":"[^]*$/, "");
    key = hash("sha1", text, "base64");
    manifestKeys.set(content, key);
  }
  return key;
}

const plainNames = new Map<string, string>();

/** A name without what is random in it, so that two states that differ in nothing else count once. */
function plainName(name: string): string {
  let plain = plainNames.get(name);
  if (plain === undefined) {
    plain = name.replace(/(?<=[-.])(?:[0-9a-f]{16}|[0-9a-f]{8})(?=[-.])/, "*");
    if (plainNames.size > 100_000) plainNames.clear();
    plainNames.set(name, plain);
  }
  return plain;
}
