export { continuityTypeOf } from "./continuity/continuity-type.ts";
export type { ContinuityFacts, JudgedContinuity, TransitionSide } from "./continuity/continuity-type.ts";
export { dayOf, ledgerEntries, ledgerOf } from "./continuity/day-ledger.ts";
export type { LedgerSession, LedgerSource, LedgerSurroundings } from "./continuity/day-ledger.ts";
export { dailySummary, runtimeActivity } from "./continuity/day-reports.ts";
export type { RuntimeActivityReport } from "./continuity/day-reports.ts";
export { evidenceOf, isoTime } from "./continuity/evidence-sources.ts";
export { falseTimeOf, firstDayOf } from "./continuity/expected-range.ts";
export type { FalseTime, TimeLimits } from "./continuity/expected-range.ts";
export { generalTopic, keyTopicsOf } from "./continuity/key-topics.ts";
export type { KeyTopic } from "./continuity/key-topics.ts";
export { formatLedgerJson } from "./continuity/ledger-entry.ts";
export type { Ledger, LedgerEntry, LedgerMessage, LedgerReference } from "./continuity/ledger-entry.ts";
export { formatLedgerText, formatLedgerTexts, parseLedgerTexts } from "./continuity/ledger-text.ts";
export type { LedgerTextEntry } from "./continuity/ledger-text.ts";
export { findMentions } from "./continuity/mentions.ts";
export type { Mention } from "./continuity/mentions.ts";
export { findRelativeReferences } from "./continuity/relative-words.ts";
export type { RelativeKind, RelativeReference } from "./continuity/relative-words.ts";
export { speechActsOf } from "./continuity/speech-acts.ts";
export type { SpeechAct } from "./continuity/speech-acts.ts";
export { copiedPassage, linkOf } from "./continuity/session-links.ts";
export type { JudgedLink, LinkEvidence, PairFacts } from "./continuity/session-links.ts";
export { heaviestTerms, likenessOf, termWeights } from "./continuity/term-weights.ts";
export type { TermCounts, TermStatistics } from "./continuity/term-weights.ts";
export { placeInTime } from "./continuity/time-placement.ts";
export type { Placement, PlacementContext, TimedNode } from "./continuity/time-placement.ts";
export type {
  ContinuityType,
  CrossRuntimeLink,
  Evidence,
  EvidenceRule,
  EvidenceType,
  ReferenceType,
  RuntimeTransition,
  SessionContinuity,
  SessionPlace,
  TimelineEvent,
  TimelineKind,
} from "./continuity/timeline-event.ts";
export { timelineCalendar, timelineCsv, timelineMarkdown } from "./continuity/timeline-export.ts";
export type { TimelineExportFormat, TitleOf } from "./continuity/timeline-export.ts";
export { formatTimelineLine } from "./continuity/timeline-line.ts";
export { compareTimeline, rankOf } from "./continuity/timeline-order.ts";
export type { OrderKey } from "./continuity/timeline-order.ts";
export { vibeOf } from "./continuity/vibe.ts";
export type { Vibe } from "./continuity/vibe.ts";
export { ChattyError, isChattyError } from "./errors.ts";
export type { ChattyErrorOptions, Problem, ProblemPlace } from "./errors.ts";
export {
  createUuid,
  homeSlug,
  isUuid,
  parseConstructId,
  parseImportId,
  parseMessageId,
  parseRuntimeId,
  parseSessionId,
  parseSha256,
  parseUserId,
  slugFromText,
} from "./ids.ts";
export type { ConstructId, ImportId, MessageId, RuntimeId, SessionId, Sha256, UserId } from "./ids.ts";
export type {
  ByteSource,
  ExportReader,
  ImportRecord,
  NodeCount,
  NodeFlag,
  OpenedExport,
  RecordPlace,
  SidecarKind,
  SourceAttachment,
  SourceConversation,
  SourceIdentity,
  SourceName,
  SourceNode,
} from "./import.ts";
export { canonicalJson, isJsonObject } from "./json.ts";
export type { JsonObject, JsonValue } from "./json.ts";
export type {
  LegacyConstruct,
  LegacyConversation,
  LegacyDuplicate,
  LegacyFile,
  LegacyFolder,
  LegacyFormat,
  LegacyMessage,
  LegacyRange,
  LegacyReader,
  LegacyReading,
  LegacySpan,
  LegacySurvey,
  LegacyTable,
  LegacyUnit,
} from "./legacy.ts";
export { contentFromParts } from "./message.ts";
export type {
  CitationPart,
  CodePart,
  ErrorPart,
  FilePart,
  OpaquePart,
  Part,
  Role,
  TextPart,
  ThinkingPart,
  ToolCallPart,
  ToolResultPart,
} from "./message.ts";
export { closestWords } from "./search/closest-words.ts";
export { withFilter, withoutFilter } from "./search/edit-query.ts";
export { findMarks } from "./search/find-marks.ts";
export { formatCondition, formatSearchQuery } from "./search/format-search-query.ts";
export { ftsExclusion, toFtsMatch } from "./search/fts-match.ts";
export { indexText } from "./search/index-text.ts";
export { findMeantTime } from "./search/meant-time.ts";
export type { MeantTime } from "./search/meant-time.ts";
export { makeSnippet } from "./search/make-snippet.ts";
export type { Snippet } from "./search/make-snippet.ts";
export { parseSearchQuery } from "./search/parse-search-query.ts";
export type {
  ConditionKey,
  ParsedQuery,
  ParseSearchQueryOptions,
  PlacedCondition,
  QueryCondition,
  SearchTerm,
  SearchWord,
} from "./search/parsed-query.ts";
export { conditionValues } from "./search/query-conditions.ts";
export type {
  Embedder,
  FacetCount,
  MeaningState,
  SearchAnswer,
  SearchConditions,
  SearchFacets,
  SearchFeature,
  SearchField,
  SearchFilters,
  SearchHit,
  SearchMark,
  SearchMode,
  SearchRequest,
  SearchSort,
  SearchState,
  TextRange,
} from "./search/types.ts";
export { foldText, wordTokens } from "./search/word-tokens.ts";
export type { WordToken } from "./search/word-tokens.ts";
export { formatTranscriptTime, parseSourceTime } from "./time.ts";
export type { SourceTime, TimePrecision, TimestampSource } from "./time.ts";
export { endOfTimeSpan, parseTimeSpan } from "./time-span.ts";
export type { TimeSpan } from "./time-span.ts";
export { deepestLeaf, lastLeaf, pathFromRoot, repairTree, treeOrder } from "./tree.ts";
export type { RepairedTree, TreeFault, TreeNode, TreeRepair } from "./tree.ts";
