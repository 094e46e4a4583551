/**
 * First history, then live, through one door: always the events after the last position given. So there is no seam at
 * which one could be lost or doubled, and a slow reader holds nothing but its own position.
 */
import type { FindFilter, FollowOptions } from "../contract.js";

export interface FollowSource<E> {
  position(): Promise<number>;
  /** Events after a position and up to where was looked. */
  look(
    after: number,
    limit: number,
    filter: FindFilter | undefined,
  ): Promise<{ readonly events: readonly E[]; readonly examined: number }>;
  onCommitted(listener: (position: number) => void): () => void;
}

const BATCH = 500;

export async function* follow<E extends { readonly position: number }>(
  source: FollowSource<E>,
  { after, filter, signal, batch = BATCH }: FollowOptions = {},
): AsyncGenerator<readonly E[], void, undefined> {
  let wake: (() => void) | undefined;
  let newest = 0;
  const stop = source.onCommitted((position) => {
    newest = position;
    wake?.();
  });
  const abort = () => wake?.();
  signal?.addEventListener("abort", abort);
  try {
    // A store that was restored ends before what its readers saw: they are told of all that comes from now on.
    const last = await source.position();
    let position = Math.min(after ?? last, last);
    const end = filter?.to_position ?? Number.POSITIVE_INFINITY;
    while (!signal?.aborted && position < end) {
      const { events, examined } = await source.look(position, batch, filter);
      if (events.length > 0) yield events;
      const seen = Math.max(examined, events.at(-1)?.position ?? 0);
      if (seen > position) {
        position = seen;
        continue;
      }
      if (newest > position || signal?.aborted) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      wake = undefined;
    }
  } finally {
    stop();
    signal?.removeEventListener("abort", abort);
  }
}
