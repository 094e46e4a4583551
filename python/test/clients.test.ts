/** The Python clients that people have, against both engines: what each takes for granted of RabbitMQ. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { disturb, onEachBus } from "./support/bus.js";
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
  for (const client of clients)
    describe(client, () => {
      let program: Program;
      beforeAll(() => {
        program = startPython([`${client}_scenarios.py`], { env: { RABBITMQ_URL: bus().url } });
      });
      afterAll(() => program?.stop());
      const ended = async (scenario: string) =>
        expect(await program.said(`ended ${scenario}`, 250_000), program.errors).toBe("fine");

      test.each(Object.entries(scenarios))("%s: %s", async (scenario) => {
        program.tell(scenario);
        await ended(scenario);
      });

      test("goes on after the broker ended, or an operator closed its connection, and loses nothing", async () => {
        program.tell("reconnect");
        await program.said("disturb");
        await disturb(bus());
        program.tell("");
        await ended("reconnect");
      });
    });
});
