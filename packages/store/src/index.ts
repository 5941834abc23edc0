export {
  backupVault,
  defaultBackupFolder,
  hasVault,
  listBackups,
  restoreBackup,
  sizeOfVault,
  testBackupOf,
} from "./backup/vault-backups.ts";
export type { BackupList, BackupOptions, BackupView } from "./backup/vault-backups.ts";
export { startBackupSchedule } from "./backup/backup-schedule.ts";
export type { BackupSchedule, BackupScheduleOptions, ScheduleClock } from "./backup/backup-schedule.ts";
export { mergeBackup } from "./backup/merge-backup.ts";
export type { MergeOptions, MergeReport } from "./backup/merge-backup.ts";
export type { BackupProblem } from "./backup/backup-manifest.ts";
export type { BackupTest } from "./backup/backup-place.ts";
export type { RestoreOptions, RestoreReport } from "./backup/restore-home.ts";
export { assertNotShrinking, wouldShrink } from "./backup/shrink-guard.ts";
export type { VaultSize } from "./backup/shrink-guard.ts";
export type { BackupProgress, TakeBackupOptions } from "./backup/take-backup.ts";
export { keepByDefault } from "./backup/thin-backups.ts";
export type { KeepBackups, ThinReport } from "./backup/thin-backups.ts";
export type {
  NewMessage,
  NewRecord,
  NewSession,
  RuntimeSelection,
  SessionBackend,
  SessionCapabilities,
  SessionChange,
  SessionOutcome,
  SessionSummary,
} from "./sessions/backend.ts";
export type { FileLogEntry, FileLogLevel, FileLogOptions } from "./files/file-log.ts";
export { FlatFileSessionManager } from "./sessions/flat-file-session-manager.ts";
export type { FlatFileSession } from "./sessions/flat-file-session-manager.ts";
export { FlatFileUserManager } from "./sessions/flat-file-user-manager.ts";
export type { FlatFileUser } from "./sessions/flat-file-user-manager.ts";
export type { ImportView, UploadRequest, Uploads, UploadView } from "./uploads.ts";
export type { AttachmentDraft, ImportInput, OpenVaultOptions, UserVault, Vault } from "./user-vault.ts";
export type {
  LegacyMigrationOptions,
  LegacyMigrationProgress,
  LegacyMigrationReport,
  MigratedConversation,
} from "./legacy/legacy-report.ts";
export { openVault } from "./vault/open-vault.ts";
export type { VaultDrivers } from "./vault/open-vault.ts";
export { isPeriod } from "./recall/summary.ts";
export type {
  PeriodConversation,
  PeriodSummary,
  SessionSummary as ConversationSummary,
  SummaryContent,
  SummaryPoint,
} from "./recall/summary.ts";
export type {
  ContextHistory,
  ConversationContext,
  KeyPoint,
  RecalledPassage,
  RecallRecord,
} from "./recall/context-history.ts";
export { recallOfPrefix } from "./workspace/settings.ts";
export type { UserMemory } from "./recall/user-memory.ts";
export { repairUnopened, unopenedRepairs } from "./repair/repair-unopened.ts";
export type { BackgroundVerification } from "./vault/verify-background.ts";
export { vaultRoot } from "./vault/vault-place.ts";
export type {
  ActiveSession,
  AppendResult,
  AuditEntry,
  ChangeOptions,
  ConstructActionDraft,
  ConstructActionView,
  ConstructPatch,
  ConstructVersionView,
  ConstructView,
  Conversation,
  DoctorReport,
  FoundFile,
  HomeSpan,
  ImportOptions,
  ImportProgress,
  ImportReceipt,
  KnowledgeFileView,
  Lineage,
  MessageDraft,
  MessageView,
  MessageWindow,
  MonthCount,
  OutlineEntry,
  OutlineView,
  Place,
  RebuildReport,
  RebuildScope,
  RepairReport,
  RuntimeView,
  SessionDetailView,
  SessionPage,
  SessionQuery,
  SessionView,
  StagedFile,
  TrashEntry,
  VaultChange,
  VerifyReport,
  WindowMessage,
  WindowQuery,
} from "./views.ts";
