import { compare } from "./harness.mjs";
import { embeddedBroker, load, rabbitmq } from "./subjects.mjs";

/**
 * What the events that fail cost those that do not: the same events in one queue, once all handled at their first
 * attempt, once with one in a hundred that fails and takes the retry ladder's first step. A run is long enough for
 * second attempts to come back into it.
 *
 * Where RabbitMQ keeps both processors busy, a failure costs any consumer more than 5 %: there the budget is held against
 * the least of consumers that loses nothing (`load/retry-least.mjs`; docs/adr/0012).
 *
 * Where the handler does nothing, the CPU time of a failure (its error, copy, confirm and second attempt) is set against
 * that of events that cost five microseconds each: docs/adr/0012 says why that comparison has no budget.
 *
 * `BENCH_WORK=20,2`: only handlers that wait so long.
 */
const KINDS = [
  { work: 20, events: 10_000, title: "each waits 20 ms for something, 100 at a time", budget: 0.95 },
  { work: 2, events: 100_000, title: "each waits 2 ms for something, 100 at a time", budget: 0.95 },
  { work: 0, events: 60_000, title: "the handler does nothing: what a failure costs in CPU time" },
];

const BUSY = KINDS[1];
/** Of each of four parts. */
const SHARE_EVENTS = 80_000;
const asked = process.env.BENCH_WORK?.split(",").map(Number) ?? KINDS.map(({ work }) => work);

export default async function* retry({ rounds, log }) {
  const embedded = await embeddedBroker();
  const rabbit = await rabbitmq();
  if (!rabbit) log("no RabbitMQ here: only the embedded broker is measured");
  try {
    for (const [name, broker] of Object.entries({ "the embedded broker": embedded, RabbitMQ: rabbit })) {
      if (!broker) continue;
      for (const { work, events, title, budget } of KINDS) {
        if (!asked.includes(work)) continue;
        const isHeld = budget !== undefined && !(broker === rabbit && work === BUSY.work);
        const run = (failing) => () => load("retry.mjs", "ours", failing, broker.port, events, 500, work);
        yield compare({
          title: `healthy events handled from ${name}, none of the others failing and 1 % failing once; ${title}`,
          unit: "events/s",
          subjects: { "none fails": run("none"), "1 % fails": run("weak") },
          baseline: "none fails",
          rounds,
          budgets: isHeld ? { "1 % fails": budget } : {},
        });
      }
    }
    if (rabbit && asked.includes(BUSY.work)) yield againstTheLeast(rabbit, rounds);
  } finally {
    await embedded.stop();
  }
}

/** Each figure is a share: what is handled with 1 % failing, of what the same consumer handles with none. */
function againstTheLeast({ port }, rounds) {
  const { work, title } = BUSY;
  const share = (who) => () => load("retry.mjs", who, "share", port, SHARE_EVENTS, 500, work);
  return compare({
    title: `what is left of the rate from RabbitMQ when 1 % fails once; ${title}`,
    unit: "× of it with none",
    subjects: {
      "the least that loses nothing": share("copy"),
      "the least of all, which may": share("nack"),
      Consumer: share("ours"),
    },
    baseline: "the least that loses nothing",
    rounds,
    budgets: { Consumer: BUSY.budget },
  });
}
