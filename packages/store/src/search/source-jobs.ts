import { hash } from "node:crypto";
import { join } from "node:path";
import type { ExportReader, ImportId } from "@chatty/model";
import type { CatalogSession } from "../catalog/catalog.ts";
import { absolutePath, layout } from "../files/layout.ts";
import type { UserPlace } from "../files/layout.ts";
import type { VaultStorage } from "../vault/vault-storage.ts";
import { getImport } from "../workspace/imports.ts";
import { newestFirst, versionsOfSession } from "../workspace/references.ts";
import type { ImportReference } from "../workspace/references.ts";
import { listRuntimes } from "../workspace/runtimes.ts";
import { markBits } from "./document.ts";
import type { SessionFacts } from "./document.ts";
import type { ImportedPlace, NativePlace, SourceJob, VersionPlace } from "./source-job.ts";

export interface SourceJobsOptions {
  storage: VaultStorage;
  user: UserPlace;
  reader: ExportReader | undefined;
}

/** Finds out where the content of conversations lies; made anew for each round of work, because it remembers. */
export class SourceJobs {
  readonly #options: SourceJobsOptions;
  readonly #imports = new Map<ImportId, ReturnType<typeof getImport>>();
  #namespaces: string[] | undefined;

  constructor(options: SourceJobsOptions) {
    this.#options = options;
  }

  /** What is to be looked at for the row of a list. */
  jobOf(row: CatalogSession): SourceJob {
    return row.imported ? this.#imported(row) : this.#native(row);
  }

  #native(row: CatalogSession): SourceJob {
    const { storage, user } = this.#options;
    const path = absolutePath(storage.root, layout.journal(user, row.constructId, row.sessionId));
    const place: NativePlace = { kind: "native", path, length: row.journalLength };
    return { facts: factsOf(row), content: `${row.journalLength}-${row.journalHash}`, place };
  }

  #imported(row: CatalogSession): SourceJob {
    const { storage, user, reader } = this.#options;
    const references = newestFirst(versionsOfSession(storage.configuration, user.userId, row.sessionId));
    // The same bytes that were imported again say nothing new.
    const distinct = new Map(references.toReversed().map((reference) => [reference.rawSha256, reference]));
    const versions = references
      .filter((reference) => distinct.get(reference.rawSha256) === reference)
      .flatMap((reference) => this.#version(reference));
    const place: ImportedPlace = { kind: "imported", versions, namespaces: this.#allNamespaces() };
    const made = [
      reader?.version ?? "",
      ...versions.map(({ source, rawSha256 }) => `${source} ${rawSha256}`),
    ];
    return { facts: factsOf(row), content: hash("sha256", JSON.stringify(made), "hex").slice(0, 32), place };
  }

  #version(reference: ImportReference): VersionPlace[] {
    const { storage, user } = this.#options;
    const { importId, rawSha256, pack, packOffset, packLength } = reference;
    if (!this.#imports.has(importId)) {
      this.#imports.set(importId, getImport(storage.configuration, user.userId, importId));
    }
    const run = this.#imports.get(importId);
    if (rawSha256 === undefined || run?.source === undefined) return [];
    const { member, memberOffset, byteLength } = reference;
    const packs = absolutePath(storage.root, layout.packs(user));
    return [
      {
        source: run.source,
        rawSha256,
        pack:
          pack === undefined || packOffset === undefined || packLength === undefined
            ? undefined
            : { path: join(packs, pack), offset: packOffset, length: packLength },
        archive: {
          path: absolutePath(storage.root, layout.archive(user, run.archiveSha256)),
          name: run.archiveName,
          member,
          offset: memberOffset,
          length: byteLength,
        },
      },
    ];
  }

  #allNamespaces(): string[] {
    const { storage, user } = this.#options;
    this.#namespaces ??= listRuntimes(storage.configuration, user.userId, { all: true }).flatMap(
      ({ namespace }) => namespace ?? [],
    );
    return this.#namespaces;
  }
}

function factsOf(row: CatalogSession): SessionFacts {
  const { sessionId, runtimeId, constructId, title } = row;
  const marks =
    (row.archived ? markBits.archived : 0) |
    (row.deleted ? markBits.deleted : 0) |
    (row.starred ? markBits.starred : 0) |
    (row.home ? markBits.home : 0) |
    (row.imported ? markBits.imported : 0);
  return { sessionId, runtimeId, constructId, title, marks, updatedAt: row.updatedAt ?? row.createdAt };
}
