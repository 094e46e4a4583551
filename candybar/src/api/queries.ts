/** What the views ask for, by name, with how often it is asked again. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { ApiError, ask } from "./http.js";
import {
  catalog,
  cluster,
  contract,
  contractDiff,
  deadLetters,
  type LetterGroup,
  letterGroups,
  page,
  quarantine,
  readiness,
  redrives,
  replays,
  revisions,
  services,
  storedEvent,
  topology,
  trace,
  traceLetters,
} from "./schemas.js";

/** Absent things stay absent; all else is worth another try. */
export const worthRetrying = (failures: number, error: Error) =>
  !(error instanceof ApiError && error.status >= 400 && error.status < 500) && failures < 3;

const id = encodeURIComponent;

export const eventQuery = (eventId: string) =>
  queryOptions({
    queryKey: ["event", eventId],
    queryFn: ({ signal }) => ask(storedEvent, `/api/v1/events/${id(eventId)}`, { signal }),
    staleTime: 60_000,
  });

/** The effects of a young event are still arriving, so its trace is asked for again while somebody looks. */
export const traceQuery = (eventId: string) =>
  queryOptions({
    queryKey: ["trace", eventId],
    queryFn: ({ signal }) => ask(trace, `/api/v1/events/trace/${id(eventId)}`, { signal }),
    refetchInterval: (query) => {
      const latest = query.state.data?.nodes.reduce(
        (max, n) => Math.max(max, Date.parse(n.timestamp ?? "") || 0),
        0,
      );
      return latest && Date.now() - latest < 60_000 ? 1_000 : 15_000;
    },
  });

export const servicesQuery = queryOptions({
  queryKey: ["services"],
  queryFn: ({ signal }) => ask(services, "/api/v1/services", { signal }),
  refetchInterval: 5_000,
});

export const topologyQuery = queryOptions({
  queryKey: ["topology"],
  queryFn: ({ signal }) => ask(topology, "/api/v1/topology", { signal }),
  refetchInterval: 3_000,
});

/** The oldest letters of one cause, each with its event: fetched again when its count or its last death tells of others. */
export const deadLettersQuery = ({ group, count, last_at }: LetterGroup) =>
  queryOptions({
    queryKey: ["dead-letters", "letters", group, count, last_at],
    queryFn: ({ signal }) => ask(deadLetters, `/api/v1/dead-letters?limit=50&group=${id(group)}`, { signal }),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });

/** The dead letters of the events of one trace. */
export const traceLettersQuery = (eventId: string) =>
  queryOptions({
    queryKey: ["dead-letters", "trace", eventId],
    queryFn: ({ signal }) =>
      ask(traceLetters, `/api/v1/events/trace/${id(eventId)}?dead_letters=true`, {
        signal,
        deadline: 20_000,
      }),
    refetchInterval: 10_000,
  });

/** While nothing changes, what lies in queues costs next to nothing. Where thousands must be read, it is asked for less. */
const timed = async <T extends object>(answer: Promise<T>) => {
  const began = performance.now();
  return { ...(await answer), took: performance.now() - began };
};
const byCost = ({ state }: { state: { data: { took: number } | undefined } }) =>
  Math.max(5_000, 10 * (state.data?.took ?? 0));

export const letterGroupsQuery = queryOptions({
  queryKey: ["dead-letters", "groups"],
  queryFn: ({ signal }) =>
    timed(ask(letterGroups, "/api/v1/dead-letters/groups", { signal, deadline: 20_000 })),
  refetchInterval: byCost,
});

/** Asked often while one is under way, so that its progress is seen. */
export const redrivesQuery = queryOptions({
  queryKey: ["redrives"],
  queryFn: ({ signal }) => ask(redrives, "/api/v1/dead-letters/redrives", { signal }),
  refetchInterval: (query) =>
    query.state.data?.redrives.some(({ state }) => state === "running") ? 500 : 5_000,
});

/** Of what was refused, as much is asked for: the newest. */
export const REFUSED_AT_MOST = 100;

/** What admission turned away; it is not in the history, because it never was on the bus. */
export const quarantineQuery = queryOptions({
  queryKey: ["quarantine"],
  queryFn: ({ signal }) => timed(ask(quarantine, `/api/v1/quarantine?limit=${REFUSED_AT_MOST}`, { signal })),
  refetchInterval: byCost,
});

/** What operators did to messages: every act is an event. */
const ACTS = ["bloodbank.dead_letter.#", "bloodbank.replay.#", "bloodbank.queue.#"];
export const actsQuery = queryOptions({
  queryKey: ["acts"],
  queryFn: ({ signal }) => ask(page, `/api/v1/events?type=${id(ACTS.join(","))}&limit=20`, { signal }),
  refetchInterval: 5_000,
});

/** What was done to dead letters lately, each with the ids of its events. */
export const deadLetterActsQuery = queryOptions({
  queryKey: ["acts", "dead letters"],
  queryFn: ({ signal }) => ask(page, "/api/v1/events?type=bloodbank.dead_letter.%23&limit=100", { signal }),
  refetchInterval: 10_000,
});

/** Asked often while one is under way, so that its progress is seen. */
export const replaysQuery = queryOptions({
  queryKey: ["replays"],
  queryFn: ({ signal }) => ask(replays, "/api/v1/replays", { signal }),
  refetchInterval: (query) =>
    query.state.data?.replays.some(({ state }) => state === "running") ? 500 : 5_000,
});

export const catalogQuery = queryOptions({
  queryKey: ["catalog"],
  queryFn: ({ signal }) => ask(catalog, "/schemas/catalog", { signal }),
  staleTime: 60_000,
});

export const contractQuery = (type: string, version: string) =>
  queryOptions({
    queryKey: ["contract", type, version],
    queryFn: ({ signal }) => ask(contract, `/schemas/${id(type)}/${id(version)}`, { signal }),
    staleTime: 60_000,
  });

export const revisionsQuery = (type: string) =>
  queryOptions({
    queryKey: ["revisions", type],
    queryFn: ({ signal }) => ask(revisions, `/schemas/${id(type)}/revisions`, { signal }),
    staleTime: 60_000,
  });

export const contractDiffQuery = (type: string, from: string, to: string) =>
  queryOptions({
    queryKey: ["diff", type, from, to],
    queryFn: ({ signal }) =>
      ask(contractDiff, `/schemas/${id(type)}/diff?${new URLSearchParams({ from, to })}`, {
        signal,
        deadline: 30_000,
      }),
    staleTime: 60_000,
  });

export const clusterQuery = queryOptions({
  queryKey: ["cluster"],
  queryFn: ({ signal }) => ask(cluster, "/api/v1/cluster", { signal }),
  refetchInterval: 5_000,
});

/** Not ready is an answer here (503 with the reasons), not an error. */
export const readinessQuery = queryOptions({
  queryKey: ["ready"],
  queryFn: async ({ signal }) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(5000)]);
    const response = await fetch("/health/ready", { signal: limit }).catch(() => undefined);
    if (!response)
      throw new ApiError("UNREACHABLE", "The platform does not answer.", 0, "Start it with: npm start");
    const checked = readiness.safeParse(await response.json().catch(() => undefined));
    if (!checked.success) throw new ApiError("NOT_UNDERSTOOD", "/health/ready answered nonsense.", 0, "");
    return { ready: response.ok, facts: checked.data };
  },
  refetchInterval: 3_000,
});
