import { createHash } from "node:crypto";
import { isChattyError } from "@chatty/model";
import type { MessageId, RuntimeId, SessionId } from "@chatty/model";
import { passageText, passageTokens, tellingWords } from "@chatty/runtimes";
import type { PassagePiece } from "@chatty/runtimes";
import type { SessionView, UserVault, WindowMessage } from "@chatty/store";
import type { WordCounts } from "@chatty/runtimes";
import type { FoundHit } from "./find-hits.ts";
import { weighHit } from "./weigh-hits.ts";
import type { FoundPassage, RecalledPiece } from "./recall-port.ts";

export type VaultOfPassages = Pick<UserVault, "messages" | "session">;

export interface MakePassagesOptions {
  user: VaultOfPassages;
  hits: readonly FoundHit[];
  /** Which words are usual; without it all count alike. */
  counts: WordCounts | undefined;
  /** Names of the runtimes that are allowed. */
  runtimes: ReadonlyMap<RuntimeId, string>;
  inContext: ReadonlySet<MessageId>;
  /** The message that is answered. */
  asked: string;
  maxTokens: number;
  /** True once the time is over: what there is by then is all. */
  isOver: () => boolean;
}

/** Most passages of one answer, and how many are looked at until they are chosen. */
const mostPassages = 6;
const mostLooked = 60;
const mostGrouped = 24;
/** UTF-16 units of a message that was found, and of its neighbour. */
const hitLength = 1200;
const neighbourLength = 480;
/** What is this much weaker than the best is left out. */
const weakest = 0.0001;

/** Messages of one conversation that stand together. */
interface Group {
  view: SessionView;
  runtime: string;
  /** Of each hit in it, as they came. */
  scores: number[];
  messageId: MessageId;
  why: Set<string>;
  /** By position on the path. */
  messages: Map<number, { message: WindowMessage; snippet?: string }>;
}

/**
 * Makes passages of hits: each message that was found with the one that it answers or that answers it; what stands together becomes one
 * passage. What the model is shown anyway is left out, and so is what may not be recalled whatever the search said.
 */
export async function makePassages(options: MakePassagesOptions): Promise<FoundPassage[]> {
  const { maxTokens } = options;
  const groups: Group[] = [];
  const weighed = await weighAll(options);
  const best = weighed[0]?.score ?? 0;
  for (const one of weighed.slice(0, mostGrouped)) {
    if (one.score < best * weakest) break;
    addHit(options, groups, one);
  }
  groups.sort((left, right) => scoreOf(right) - scoreOf(left));
  const passages: FoundPassage[] = [];
  const said = new Set<string>();
  let room = maxTokens;
  for (const group of groups) {
    if (passages.length >= mostPassages) break;
    const passage = passageOf(group);
    // The same words twice, as after importing them twice, say nothing more.
    if (passage.tokens > room || said.has(passage.sha256)) continue;
    said.add(passage.sha256);
    room -= passage.tokens;
    passages.push(passage);
  }
  return passages;
}

/** A hit with its message, what stands around it, and its weight. */
interface Weighed extends Pick<Group, "view" | "runtime"> {
  hit: FoundHit;
  message: WindowMessage;
  around: readonly WindowMessage[];
  score: number;
}

/** Reads the messages of the most promising hits, as many as there is time for, and weighs them by what they say. Best first. */
async function weighAll(options: MakePassagesOptions): Promise<Weighed[]> {
  const { user, hits, counts, inContext, isOver, asked } = options;
  const hasMeaning = hits.some(({ placeByMeaning }) => placeByMeaning !== undefined);
  const promising = hits
    .filter(({ messageId }) => !inContext.has(messageId))
    .map((hit) => ({ hit, score: weighHit(hit, hit.snippet, counts, hasMeaning) }))
    .sort((left, right) => right.score - left.score)
    .slice(0, mostLooked);
  const weighed: Weighed[] = [];
  for (const { hit } of promising) {
    if (isOver()) break;
    const allowed = lookUp(options, hit);
    if (allowed === undefined) continue;
    const around = await near(user, hit.sessionId, hit.messageId);
    const message = around.find(({ id }) => id === hit.messageId);
    if (message === undefined || !isSaid(message)) continue;
    const weight = weighHit(hit, message.content, counts, hasMeaning);
    // The same question asked before says nothing; an answer to it may.
    const score = saysNothingNew(message, asked) ? weight / 4 : weight;
    weighed.push({ ...allowed, hit, message, around, score });
  }
  return weighed.sort((left, right) => right.score - left.score);
}

function addHit({ inContext, asked }: MakePassagesOptions, groups: Group[], weighed: Weighed): void {
  const { hit, message, around, score, view, runtime } = weighed;
  const known = groups.find(
    ({ view: { sessionId }, messages }) =>
      sessionId === hit.sessionId && [...messages.values()].some(({ message: { id } }) => id === message.id),
  );
  if (known !== undefined) {
    strengthen(known, hit, score);
    return;
  }
  const at = around.indexOf(message);
  const neighbour = message.role === "user" ? around[at + 1] : around[at - 1];
  const other = message.role === "user" ? "assistant" : "user";
  const takes =
    neighbour !== undefined && neighbour.role === other && isSaid(neighbour) && !inContext.has(neighbour.id);
  if (!takes && saysNothingNew(message, asked)) return;
  const messages: Group["messages"] = new Map([[message.index, { message, snippet: hit.snippet }]]);
  if (takes) messages.set(neighbour.index, { message: neighbour });
  const beside = groups.find(
    ({ view: { sessionId }, messages: others }) =>
      sessionId === hit.sessionId &&
      [...messages.keys()].some(
        (index) => others.has(index - 1) || others.has(index) || others.has(index + 1),
      ),
  );
  if (beside === undefined) {
    groups.push({ view, runtime, scores: [score], messageId: message.id, why: new Set(hit.why), messages });
    return;
  }
  strengthen(beside, hit, score);
  for (const [index, one] of messages) {
    const there = beside.messages.get(index);
    if (there === undefined || one.snippet !== undefined) beside.messages.set(index, one);
  }
}

/** Two hits beside each other say more than one; more of them say no more, or a long talk would always win. */
function scoreOf({ scores }: Group): number {
  const [best = 0, second = 0] = [...scores].sort((left, right) => right - left);
  return best + second / 4;
}

function saysNothingNew({ role, content }: WindowMessage, asked: string): boolean {
  if (role !== "user" || content.length > 2 * asked.length + 40) return false;
  const known = new Set(tellingWords(asked).map(({ folded }) => folded));
  return tellingWords(content).every(({ folded }) => known.has(folded));
}

function strengthen(group: Group, hit: FoundHit, score: number): void {
  group.scores.push(score);
  for (const reason of hit.why) group.why.add(reason);
  const there = [...group.messages.values()].find(({ message }) => message.id === hit.messageId);
  if (there !== undefined) there.snippet ??= hit.snippet;
}

/** What the lists say now, whatever the index said: deleted, archived and switched off are never recalled. */
function lookUp(
  { user, runtimes }: MakePassagesOptions,
  hit: FoundHit,
): Pick<Group, "view" | "runtime"> | undefined {
  try {
    const view = user.session(hit.sessionId);
    const runtime = runtimes.get(view.runtimeId);
    if (view.deleted || view.archived || runtime === undefined || !runtimes.has(hit.runtimeId))
      return undefined;
    return { view, runtime };
  } catch (error) {
    // Gone since it was indexed.
    if (isChattyError(error)) return undefined;
    throw error;
  }
}

async function near(
  user: VaultOfPassages,
  sessionId: SessionId,
  messageId: MessageId,
): Promise<WindowMessage[]> {
  try {
    const { messages } = await user.messages(sessionId, { around: messageId, through: messageId, limit: 5 });
    return messages.filter(({ hidden, role }) => !hidden && (role === "user" || role === "assistant"));
  } catch (error) {
    if (isChattyError(error)) return [];
    throw error;
  }
}

/** Words that somebody said: not an answer that failed, and not one that is still being made. */
function isSaid({ content, partial, metadata }: WindowMessage): boolean {
  return content.trim() !== "" && partial !== true && metadata?.["failure"] === undefined;
}

function passageOf(group: Group): FoundPassage {
  const { view, runtime, messageId, why, messages } = group;
  const score = scoreOf(group);
  const ordered = [...messages].sort(([left], [right]) => left - right).map(([, one]) => one);
  const stretches = ordered.map(({ message, snippet }) => stretchOf(message, snippet));
  const pieces = stretches.map(({ piece }) => piece);
  const quoted = stretches.map(({ framable }) => framable);
  const text = passageText(quoted);
  const timestamp = ordered.find(({ message }) => message.timestamp !== undefined)?.message.timestamp;
  const { sessionId, runtimeId, title } = view;
  const dated = timestamp === undefined ? {} : { timestamp };
  return {
    ...{ sessionId, runtimeId, runtime, title, messageId, score, pieces, quoted, text },
    ...dated,
    why: [...why].slice(0, 8),
    sha256: sha256Of(text),
    tokens: passageTokens({ title, runtime, pieces: quoted, ...dated }),
  };
}

/** The stretch of a message around what was found in it, or its beginning. */
function stretchOf(
  message: WindowMessage,
  snippet: string | undefined,
): { piece: RecalledPiece; framable: PassagePiece } {
  const { content, id } = message;
  const length = snippet === undefined ? neighbourLength : hitLength;
  let from = 0;
  if (content.length > length && snippet !== undefined) {
    const words = snippet.replaceAll(/^[…\s]+|[…\s]+$/gu, "");
    const found = words === "" ? -1 : content.indexOf(words);
    if (found > length - words.length) from = Math.max(0, found - Math.floor((length - words.length) / 2));
  }
  const piece = { messageId: id, ...wholeCharacters(content, from, Math.min(content.length, from + length)) };
  return { piece, framable: framableFrom(message, piece) };
}

/** One piece as it is framed, from the text that its message has. */
export function framableFrom(
  { content, role }: Pick<WindowMessage, "content" | "role">,
  { from, to }: Omit<RecalledPiece, "messageId">,
): PassagePiece {
  return {
    role: role === "user" ? "user" : "assistant",
    text: content.slice(from, to),
    isCutBefore: from > 0,
    isCutAfter: to < content.length,
  };
}

export function sha256Of(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

/** Moves both ends so that no character is cut in two. */
function wholeCharacters(text: string, from: number, to: number): { from: number; to: number } {
  const isLow = (at: number): boolean => /^[\uDC00-\uDFFF]/.test(text.slice(at, at + 1));
  return { from: isLow(from) ? from + 1 : from, to: isLow(to) ? to - 1 : to };
}
