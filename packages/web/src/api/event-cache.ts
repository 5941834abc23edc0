import type {
  Job,
  JobList,
  RuntimeList,
  ServerEvent,
  Session,
  SessionDetail,
  SessionPage,
  SessionQuery,
} from "@chatty/server/api";
import type { InfiniteData, QueryClient, QueryKey } from "@tanstack/react-query";
import { LateAnswers } from "./late-answers.ts";
import { queryKeys } from "./query-keys.ts";
import { withSession, withoutSession } from "./session-cache.ts";

type Pages = InfiniteData<SessionPage, string | undefined>;

/** Brings what is cached up to date with an event of the server. */
export async function applyEvent(client: QueryClient, event: ServerEvent): Promise<void> {
  switch (event.type) {
    case "session":
      putSession(client, event.session);
      // Months count what is neither archived nor deleted.
      if (event.session.imported) await client.invalidateQueries({ queryKey: queryKeys.allSessionMonths });
      return;
    case "session_removed":
      changeLists(client, (pages) => withoutSession(pages, event.sessionId));
      changeDetails(client, event.sessionId, (detail) => ({ ...detail, deleted: true }));
      await client.invalidateQueries({ queryKey: queryKeys.sessionLists, predicate: isListOfDeleted });
      await client.invalidateQueries({ queryKey: queryKeys.allSessionMonths });
      return;
    case "sessions_changed":
      await forgetLists(client);
      await client.invalidateQueries({ queryKey: queryKeys.runtimes });
      return;
    case "messages":
      await client.invalidateQueries({ queryKey: queryKeys.messages(event.sessionId) });
      return;
    case "generation":
      changeDetails(client, event.sessionId, (detail) => ({
        ...detail,
        generating: event.state === "started",
      }));
      return;
    case "draft":
      changeDetails(client, event.sessionId, (detail) => ({
        ...detail,
        draft: { text: event.text, updatedAt: Date.now() },
      }));
      return;
    case "runtime":
      changeRuntimes(client, (list) => {
        const known = list.runtimes.find((runtime) => runtime.runtimeId === event.runtime.runtimeId);
        // An event may come without the sparkline, which costs more to make.
        const runtime = { ...event.runtime, activity: event.runtime.activity ?? known?.activity ?? [] };
        const runtimes =
          known === undefined
            ? [...list.runtimes, runtime]
            : list.runtimes.map((other) => (other === known ? runtime : other));
        return { ...list, runtimes };
      });
      await client.invalidateQueries({ queryKey: queryKeys.removedRuntimes });
      return;
    case "runtime_removed":
      changeRuntimes(client, (list) => ({
        ...list,
        runtimes: list.runtimes.filter((runtime) => runtime.runtimeId !== event.runtimeId),
      }));
      await client.invalidateQueries({ queryKey: queryKeys.removedRuntimes });
      return;
    case "runtime_selected":
      markActiveRuntime(client, event.runtimeId);
      return;
    case "job":
      putJob(client, event.job);
      if (event.job.state === "done") {
        await client.invalidateQueries({ queryKey: queryKeys.imports });
        await client.invalidateQueries({ queryKey: queryKeys.runtimes });
      }
      return;
    case "settings":
      await client.invalidateQueries({ queryKey: queryKeys.settings });
      await client.invalidateQueries({ queryKey: queryKeys.savedSearches });
      return;
    case "providers":
      await client.invalidateQueries({ queryKey: queryKeys.providers });
      return;
    case "search_state":
      client.setQueryData(queryKeys.searchState, event.search);
      return;
    case "hello":
      return;
  }
}

/** After a break of the connection anything may have changed: everything shown is asked for anew. */
export async function forgetEverything(client: QueryClient): Promise<void> {
  firstPagesOnly(client);
  await client.invalidateQueries();
}

/** Puts a session's new row wherever it is shown; for events and for the answers to one's own changes. */
export function putSession(client: QueryClient, session: Session): void {
  changeLists(client, (pages, query) => withSession(pages, session, query));
  changeDetails(client, session.sessionId, (detail) => ({ ...detail, ...session }));
}

/** Shows a runtime as the active one before the list is asked for anew. */
export function markActiveRuntime(client: QueryClient, runtimeId: string): void {
  changeRuntimes(client, (list) => ({
    ...list,
    runtimes: list.runtimes.map((runtime) => ({ ...runtime, active: runtime.runtimeId === runtimeId })),
  }));
}

/** Puts a job's new state into the list of jobs, newest first. */
export function putJob(client: QueryClient, job: Job): void {
  const put = (list: JobList | undefined): JobList => {
    const jobs = list?.jobs ?? [];
    return jobs.some((other) => other.jobId === job.jobId)
      ? { jobs: jobs.map((other) => (other.jobId === job.jobId ? job : other)) }
      : { jobs: [job, ...jobs] };
  };
  LateAnswers.of(client).change(queryKeys.jobs, () => client.setQueryData<JobList>(queryKeys.jobs, put));
}

function changeRuntimes(client: QueryClient, change: (list: RuntimeList) => RuntimeList): void {
  LateAnswers.of(client).change(queryKeys.runtimes, () => {
    client.setQueryData<RuntimeList>(queryKeys.runtimes, (list) =>
      list === undefined ? list : change(list),
    );
  });
}

function listQuery(key: QueryKey): SessionQuery {
  const query = key[2];
  return typeof query === "object" && query !== null ? query : {};
}

function isListOfDeleted({ queryKey }: { queryKey: QueryKey }): boolean {
  return listQuery(queryKey).deleted === true;
}

function changeLists(client: QueryClient, change: (pages: Pages, query: SessionQuery) => Pages): void {
  LateAnswers.of(client).change(queryKeys.sessionLists, () => {
    for (const [key, pages] of client.getQueriesData<Pages>({ queryKey: queryKeys.sessionLists })) {
      if (pages === undefined) continue;
      const changed = change(pages, listQuery(key));
      if (changed !== pages) client.setQueryData(key, changed);
    }
  });
}

function changeDetails(
  client: QueryClient,
  sessionId: string,
  change: (detail: SessionDetail) => SessionDetail,
): void {
  LateAnswers.of(client).change(queryKeys.sessionDetails, () => {
    const details = client.getQueriesData<SessionDetail>({ queryKey: queryKeys.sessionDetails });
    for (const [key, detail] of details) {
      if (detail?.sessionId === sessionId) client.setQueryData(key, change(detail));
    }
  });
}

/** A list of many pages would be asked for page by page; its first page is enough, the rest comes when it is scrolled to. */
function firstPagesOnly(client: QueryClient): void {
  for (const [key, pages] of client.getQueriesData<Pages>({ queryKey: queryKeys.sessionLists })) {
    if (pages === undefined || pages.pages.length < 2) continue;
    client.setQueryData<Pages>(key, {
      pages: pages.pages.slice(0, 1),
      pageParams: pages.pageParams.slice(0, 1),
    });
  }
}

async function forgetLists(client: QueryClient): Promise<void> {
  firstPagesOnly(client);
  await client.invalidateQueries({ queryKey: queryKeys.sessions });
}
