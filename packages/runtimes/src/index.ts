export type { AnswerEvent, FinishReason } from "./answer-event.ts";
export {
  answerFailureCodes,
  errorFromFailure,
  failureFromError,
  isAnswerFailureCode,
} from "./answer-failure.ts";
export type { AnswerFailure, AnswerFailureCode } from "./answer-failure.ts";
export type { AnswerMessage, ReadFilePart } from "./answer-message.ts";
export type { Fetch } from "./bound-fetch.ts";
export type { BuiltinEngine, BuiltinEvent, BuiltinRequest, BuiltinTurn } from "./builtin-engine.ts";
export { discoverLocal, usualPlaces } from "./discover-local.ts";
export type { LocalPlace, LocalServer } from "./discover-local.ts";
export { estimateMessageTokens, estimateTokens } from "./estimate-tokens.ts";
export { contextBudget, fitContext } from "./fit-context.ts";
export type { FittedContext } from "./fit-context.ts";
export { listModels } from "./list-models.ts";
export type { ProviderAccess } from "./list-models.ts";
export { baseUrlOf, isLoopback, originOf, parseModelName } from "./provider-config.ts";
export type { ModelInfo, ProviderConfig, ProviderKind } from "./provider-config.ts";
export { bindKey, keyFor, parseStoredKey, storedFromKey } from "./provider-key.ts";
export type { ProviderKey } from "./provider-key.ts";
export { createEmbedder } from "./embedding/create-embedder.ts";
export type { EmbedderPlace, EmbedderSetting } from "./embedding/create-embedder.ts";
export type { RemoteEmbedderSetting } from "./embedding/remote-embedder.ts";
export { extractSummary } from "./recall/extract-summary.ts";
export type { Extract, ExtractedPoint, ExtractMessage } from "./recall/extract-summary.ts";
export { framePassages, frameTokens, passageText, passageTokens } from "./recall/frame-passages.ts";
export type { FramablePassage, FramedPassages, PassagePiece } from "./recall/frame-passages.ts";
export { fuseRankings, rarity } from "./recall/fuse-rankings.ts";
export type { Ranking } from "./recall/fuse-rankings.ts";
export { recallQuestions } from "./recall/recall-questions.ts";
export type { RecallQuestion, RecallTurn } from "./recall/recall-questions.ts";
export { tellingWords } from "./recall/telling-words.ts";
export type { TellingWord } from "./recall/telling-words.ts";
export { countWords, specificityOf } from "./recall/word-counts.ts";
export type { WordCounts } from "./recall/word-counts.ts";
export { createRedactor } from "./redact.ts";
export { streamAnswer } from "./stream-answer.ts";
export type { AnswerRequest, MadeFile } from "./stream-answer.ts";
export { testProvider } from "./test-provider.ts";
export type { ProviderTestResult } from "./test-provider.ts";
