import Type from "typebox";

export const ProviderKind = Type.Union([
  Type.Literal("openai-compatible"),
  Type.Literal("openai"),
  Type.Literal("anthropic"),
  Type.Literal("google"),
  Type.Literal("builtin"),
]);
export type ProviderKind = Type.Static<typeof ProviderKind>;

/** A provider as the page sees it; a key never leaves the server. */
export const Provider = Type.Object({
  providerId: Type.String(),
  kind: ProviderKind,
  name: Type.String(),
  /** Where requests go. A key is bound to the origin of it: changing the origin drops the key. */
  baseUrl: Type.Optional(Type.String()),
  hasKey: Type.Boolean(),
  models: Type.Array(Type.Object({ id: Type.String(), name: Type.Optional(Type.String()) })),
  enabled: Type.Boolean(),
});
export type Provider = Type.Static<typeof Provider>;

export const ProviderList = Type.Object({
  providers: Type.Array(Provider),
  /** Servers found on this machine that are not configured yet. */
  found: Type.Array(
    Type.Object({
      name: Type.String(),
      baseUrl: Type.String(),
      models: Type.Array(Type.Object({ id: Type.String(), name: Type.Optional(Type.String()) })),
    }),
  ),
});
export type ProviderList = Type.Static<typeof ProviderList>;

/** `POST /api/providers` and `PUT /api/providers/:id`. */
export const ProviderDraft = Type.Object({
  kind: ProviderKind,
  name: Type.String({ minLength: 1, maxLength: 200 }),
  baseUrl: Type.Optional(Type.String({ maxLength: 2000 })),
  /** Empty removes it; absent leaves it. */
  key: Type.Optional(Type.String({ maxLength: 10_000 })),
  enabled: Type.Optional(Type.Boolean()),
});
export type ProviderDraft = Type.Static<typeof ProviderDraft>;

/** `POST /api/providers/:id/test`. */
export const ProviderTest = Type.Object({
  ok: Type.Boolean(),
  message: Type.String(),
  hint: Type.Optional(Type.String()),
  code: Type.Optional(Type.String()),
  models: Type.Array(Type.Object({ id: Type.String(), name: Type.Optional(Type.String()) })),
  tookMs: Type.Integer(),
});
export type ProviderTest = Type.Static<typeof ProviderTest>;

/**
 * What makes vectors of texts for search by meaning: what comes with Chatty (`builtin-fast`: words without their order, in a
 * fraction of the time), or a server that was set up.
 */
export const SearchEmbedder = Type.Union([
  Type.Literal("builtin"),
  Type.Literal("builtin-fast"),
  Type.Object(
    {
      kind: Type.Union([Type.Literal("openai-compatible"), Type.Literal("ollama")]),
      /** Such as `http://127.0.0.1:11434/v1`. A key is bound to the origin of it: changing the origin drops the key. */
      baseUrl: Type.String({ minLength: 1, maxLength: 2000 }),
      model: Type.String({ minLength: 1, maxLength: 200, pattern: "\\S" }),
    },
    { additionalProperties: false },
  ),
]);
export type SearchEmbedder = Type.Static<typeof SearchEmbedder>;

/** `GET,PUT /api/settings`: a `PUT` changes what it names and leaves the rest. */
export const Settings = Type.Object({
  theme: Type.Union([Type.Literal("system"), Type.Literal("light"), Type.Literal("dark")]),
  readingFont: Type.Union([Type.Literal("sans"), Type.Literal("serif")]),
  /** Pixels: 14 to 22. */
  readingSize: Type.Integer({ minimum: 14, maximum: 22 }),
  /** `{providerId}/{model}` of new answers; null until one is chosen. */
  defaultModel: Type.Union([Type.String(), Type.Null()]),
  sidebarOpen: Type.Boolean(),
  sendWith: Type.Union([Type.Literal("enter"), Type.Literal("mod-enter")]),
  /** Milliseconds without a key after which what is typed is kept. */
  draftSaveMs: Type.Integer({ minimum: 100, maximum: 10_000 }),
  /** Milliseconds after which it is kept at the latest, however fast one types. */
  draftSaveMaxMs: Type.Integer({ minimum: 500, maximum: 60_000 }),
  /** Milliseconds between two checkpoints of an answer that is being written; the first comes after 750 at the latest. */
  answerCheckpointMs: Type.Integer({ minimum: 250, maximum: 10_000 }),
  /** How long the trash keeps what was deleted, in days; false: for ever. */
  "trash.days": Type.Union([Type.Integer({ minimum: 1, maximum: 36_500 }), Type.Literal(false)]),
  /** A backup is taken once a day while the server runs. */
  backupDaily: Type.Boolean(),
  /** Absolute path of the folder of backups; null: inside the vault. */
  backupFolder: Type.Union([Type.String({ minLength: 1, maxLength: 4000 }), Type.Null()]),
  /** How many hours, days and months keep their newest backup. */
  backupKeepHourly: Type.Integer({ minimum: 1, maximum: 1000 }),
  backupKeepDaily: Type.Integer({ minimum: 1, maximum: 1000 }),
  backupKeepMonthly: Type.Integer({ minimum: 1, maximum: 1000 }),
  /** Whether earlier conversations are looked through for what they say about a message that is answered. */
  "recall.on": Type.Boolean(),
  /** Whether what is recalled may be sent to models that do not run on this machine. */
  "recall.elsewhere": Type.Boolean(),
  /** Runtimes that nothing is recalled from. */
  "recall.exceptRuntimes": Type.Array(Type.String({ maxLength: 200 }), { maxItems: 1000 }),
  /** Whether texts are found by what they mean as well; false stops making vectors and keeps those there are. */
  "search.meaning": Type.Boolean(),
  "search.embedder": SearchEmbedder,
  /** Whether the embedder's server has a key; only told. */
  "search.embedderHasKey": Type.Boolean(),
});
export type Settings = Type.Static<typeof Settings>;

export const SettingsPatch = Type.Intersect([
  Type.Partial(Type.Omit(Settings, ["search.embedderHasKey"])),
  Type.Object({
    /** Key for the embedder's server; empty removes it. It never leaves the server again. */
    "search.embedderKey": Type.Optional(Type.String({ maxLength: 10_000 })),
  }),
]);
export type SettingsPatch = Type.Static<typeof SettingsPatch>;

export const Health = Type.Object({
  ok: Type.Boolean(),
  version: Type.String(),
  environment: Type.String(),
  vaultId: Type.String(),
});
export type Health = Type.Static<typeof Health>;

/** `GET /api/doctor`: everything around the vault that could put it in danger. */
export const DoctorReport = Type.Object({
  ok: Type.Boolean(),
  checks: Type.Array(
    Type.Object({
      name: Type.String(),
      ok: Type.Boolean(),
      message: Type.String(),
      hint: Type.Optional(Type.String()),
    }),
  ),
});
export type DoctorReport = Type.Static<typeof DoctorReport>;

/** `GET /api/data`: where everything lies. */
export const DataPlace = Type.Object({
  home: Type.String(),
  root: Type.String(),
  environment: Type.String(),
  /** Bytes on disk. */
  bytes: Type.Integer(),
  parts: Type.Array(Type.Object({ name: Type.String(), bytes: Type.Integer() })),
});
export type DataPlace = Type.Static<typeof DataPlace>;
