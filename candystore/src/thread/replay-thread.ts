/** The thread that sends replays, one at a time. */
import { workerData } from "node:worker_threads";
import { type BusAddress, EVENTS_EXCHANGE, QueueDepths, RawPublisher } from "@33god/bloodbank";
import type { FindFilter, StoreLocation } from "../contract.js";
import type { Reader } from "../engine/contract.js";
import { StoreError } from "../errors.js";
import { checkFilter, type Query } from "../query/filter.js";
import type { ReplayBus, ReplayRequest } from "../replay/contract.js";
import { addressOf } from "../replay/queue.js";
import { type Progress, ReplayRun } from "../replay/run.js";
import { openSource } from "../replay/source.js";
import { begin, log, tell } from "./begin.js";

export interface ReplayThreadData {
  readonly location: StoreLocation;
  readonly bus: ReplayBus;
}

export interface Job {
  readonly replayId: string;
  readonly request: ReplayRequest;
  readonly filter: FindFilter;
  /** The positions of a trace; undefined: all that the filter finds. */
  readonly positions?: readonly number[];
  readonly from: Progress;
}

const { location, bus } = workerData as ReplayThreadData;

async function methods() {
  const source = await openSource(location, log);
  const address: BusAddress = { ...addressOf(bus), log };
  const publisher = new RawPublisher(address, { maxPending: 10_000 });
  publisher.start({ retry: true }).catch(() => undefined);
  let current: ReplayRun | undefined;
  return {
    async run({
      replayId,
      request,
      filter,
      positions,
      from,
    }: Job): Promise<{ finished: boolean; progress: Progress }> {
      if (current !== undefined) throw new StoreError("REPLAY_STATE", "Another replay is being sent.");
      const query = checkFilter(filter);
      const { queue } = request;
      const depths = queue === undefined ? undefined : new QueueDepths(address);
      depths?.start({ retry: true }).catch(() => undefined);
      const run = new ReplayRun(
        {
          replayId,
          request,
          publisher,
          exchange: bus.exchange ?? EVENTS_EXCHANGE,
          next: positions === undefined ? all(source, query) : these(source, query, positions),
          report: ({ position, sent, unrouted, refused }) =>
            tell({ notice: "progress", call: 0, values: [position, sent, unrouted, refused] }),
          waiting: async () => (queue === undefined ? undefined : waitingIn(depths, queue)),
        },
        from,
      );
      current = run;
      try {
        const finished = await run.run();
        return { finished, progress: run.progress };
      } catch (error) {
        throw new StoreError("STORE_FAILED", error instanceof Error ? error.message : String(error));
      } finally {
        current = undefined;
        await depths?.close();
      }
    },
    stop: () => current?.stop(),
    async close(): Promise<void> {
      current?.stop();
      await Promise.race([publisher.close(), new Promise((resolve) => setTimeout(resolve, 2_000).unref())]);
      await source.close();
    },
  };
}

/** While the broker cannot be asked nothing can be sent to it either: as many wait as can. */
async function waitingIn(depths: QueueDepths | undefined, queue: string): Promise<number | undefined> {
  try {
    return (await depths?.of(queue))?.ready;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

const all = (source: Reader, query: Query) => async (after: number, limit: number) =>
  source.rowsAfter(after, limit, query);

/** One look for each run of positions that follow each other. */
const these =
  (source: Reader, query: Query, positions: readonly number[]) => async (after: number, limit: number) => {
    const wanted = positions.filter((position) => position > after).slice(0, limit);
    const rows = [];
    for (const position of wanted) {
      const one = await source.rowsAfter(position - 1, 1, {
        ...query,
        from: Math.max(query.from ?? 0, position),
        to: Math.min(query.to ?? position, position),
      });
      rows.push(...one.rows);
    }
    return { rows, examined: wanted.at(-1) ?? after };
  };

export type ReplayMethods = Awaited<ReturnType<typeof methods>>;

await begin(methods);
