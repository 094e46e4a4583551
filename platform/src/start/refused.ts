/** RabbitMQ tells at once whom it does not let in: to ask again would not help. */
import { setTimeout as sleep } from "node:timers/promises";
import { type BusOptions, Publisher } from "@33god/bloodbank";
import { withoutPassword } from "../config/values.js";
import { messageOf, StartError } from "../errors.js";

/** Milliseconds that a broker is given to answer: one that is away, or busy, does not hold up a start. */
const PATIENCE = 3_000;
/** Wrong user or password, or no permission; no such virtual host, or none for this user. */
const REFUSED = /\((403|530)\)/;

/**
 * Resolves when a node lets us in and has the exchange, or when none could be asked.
 *
 * @throws StartError `BUS_REFUSED` where no node lets us in, and one said so
 */
export async function refuseWrongAccount(bus: BusOptions): Promise<void> {
  const urls = typeof bus.url === "string" ? [bus.url] : bus.url;
  const { exchange, catalog, source } = bus;
  const asked = urls.map(async (url) => {
    const probe = new Publisher({ url, catalog, source, ...(exchange !== undefined && { exchange }) });
    try {
      await probe.start();
    } finally {
      await probe.close();
    }
  });
  const answers = await Promise.race([
    Promise.allSettled(asked),
    sleep(PATIENCE, [] as PromiseSettledResult<void>[], { ref: false }),
  ]);
  const failures = answers.flatMap((answer) =>
    answer.status === "rejected" ? [messageOf(answer.reason)] : [],
  );
  const refusal = failures.find((failure) => REFUSED.test(failure));
  if (refusal === undefined || failures.length < urls.length) return;
  throw new StartError(
    "BUS_REFUSED",
    `The broker at ${urls.map(withoutPassword).join(",")} does not let this user in: ${refusal}`,
    {
      hint: "Check user, password and virtual host in RABBITMQ_URL, and what the user may do: rabbitmqctl list_permissions -p <virtual host>.",
    },
  );
}
