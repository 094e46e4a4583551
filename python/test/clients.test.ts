/** The Python clients that people have, against both engines: what each takes for granted of RabbitMQ. */
import { afterEach, describe, expect, test } from "vitest";
import { eventually } from "../../bloodbank/client/test/support/eventually.js";
import { onEachBus, type TestBus } from "./support/bus.js";
import { type Program, startPython } from "./support/python.js";

const clients = ["pika", "aio_pika", "faststream"] as const;

const scenarios = {
  confirms_and_returns: "is told of each confirm and each return",
  prefetch: "gets no more than its prefetch",
  nack_and_requeue: "gets again what it nacked, marked as redelivered",
  dead_letters: "finds what it rejected in the dead letters, with its history",
  large_bodies: "sends and gets bodies of 16 MiB",
  many_channels: "opens many channels",
  cancel_notification: "hears that its queue was deleted",
} as const;

onEachBus("clients", (bus) => {
  let program: Program | undefined;
  afterEach(async () => {
    await program?.stop();
    program = undefined;
  });

  for (const client of clients)
    describe(client, () => {
      const run = (scenario: string) => {
        program = startPython([`${client}_scenarios.py`, scenario], { env: { RABBITMQ_URL: bus().url } });
        return program;
      };

      test.each(Object.entries(scenarios))("%s: %s", async (scenario) => {
        const started = run(scenario);
        expect(await started.ended, started.errors).toBe(0);
        expect(started.lines.at(-1)).toBe("fine");
      });

      test("goes on after the broker ended, or an operator closed its connection, and loses nothing", async () => {
        const started = run("reconnect");
        await started.said("disturb");
        await disturb(bus());
        started.tell("");
        expect(await started.ended, started.errors).toBe(0);
        expect(started.lines.at(-1)).toBe("fine");
      });
    });
});

/** Restarts the broker where it is ours; otherwise closes all connections of the virtual host. */
async function disturb(bus: TestBus): Promise<void> {
  if (bus.restart !== undefined) return await bus.restart();
  const connections = () => bus.management<{ name: string }[]>("GET", "vhosts/{vhost}/connections");
  // The management API hears of a connection a few seconds after it was opened.
  await eventually(async () => (await connections()).length > 0, "a connection");
  for (const { name } of await connections())
    await bus.management("DELETE", `connections/${encodeURIComponent(name)}`);
}
