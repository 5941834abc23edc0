// The types of the HTTP surface: schemas for the server, types for whoever asks it.

export { Backup, BackupList, RestoreReport, RestoreRequest } from "./api/backups.ts";
export { ApiError } from "./api/error.ts";
export { ServerEvent } from "./api/events.ts";
export { UploadedFile } from "./api/files.ts";
export {
  Gpt,
  GptAction,
  GptActionDraft,
  GptActionList,
  GptFile,
  GptFileList,
  GptList,
  GptPatch,
  GptUndo,
  GptUndone,
  GptVersionList,
  NewGpt,
} from "./api/gpts.ts";
export {
  ImportList,
  Job,
  JobList,
  JobStarted,
  RebuildScope,
  Receipt,
  Upload,
  UploadRequest,
} from "./api/imports.ts";
export {
  GenerateRequest,
  GenerationEvent,
  GenerationFailure,
  Message,
  MessageAppended,
  MessagePatch,
  MessageQuery,
  MessageWindow,
  NewMessage,
  Outline,
  RegenerateRequest,
} from "./api/messages.ts";
export {
  PeriodSummary,
  RecalledList,
  RecalledPassage,
  RecallPatch,
  RecallState,
  Summary,
  SummaryRequest,
} from "./api/recall.ts";
export {
  ActiveSession,
  HomeList,
  Runtime,
  RuntimeList,
  RuntimePatch,
  RuntimeSelected,
} from "./api/runtimes.ts";
export { NewSavedSearch, SavedSearch, SavedSearchList, SavedSearchPatch } from "./api/saved-searches.ts";
export {
  SearchAnswer,
  SearchExportQuery,
  SearchFacets,
  SearchFeature,
  SearchField,
  SearchHit,
  SearchMark,
  SearchMode,
  SearchQuery,
  SearchSort,
  SearchState,
  SimilarQuery,
} from "./api/search.ts";
export {
  Conversation,
  ConversationPage,
  DraftRequest,
  ForkRequest,
  NewSession,
  Session,
  SessionDetail,
  SessionMonths,
  SessionPage,
  SessionPatch,
  SessionQuery,
  TrashList,
  ViewRequest,
} from "./api/sessions.ts";
export {
  DataPlace,
  DoctorReport,
  Health,
  Provider,
  ProviderDraft,
  ProviderKind,
  ProviderList,
  ProviderTest,
  SearchEmbedder,
  Settings,
  SettingsPatch,
} from "./api/settings.ts";
