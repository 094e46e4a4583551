import { Consumer, RawPublisher, retryQueue } from "@33god/bloodbank";
import { loadCatalog } from "@33god/holyfields";
import { test } from "vitest";
import { onEachEngine } from "./support/on-each-engine.js";
import { eventually } from "./support/running-platform.js";

onEachEngine("what waits for another try", { args: ["--no-services"] }, (fixture) => {
  test("is told by /metrics for each queue and each delay of its ladder", async () => {
    const { platform } = fixture();
    const queue = "services.metrics.waiting";
    const bus = {
      url: platform.amqp,
      catalog: loadCatalog(),
      source: { host: "test", type: "system", app: "suite" },
    } as const;
    const consumer = new Consumer(bus, { queue }).on("artifact.created", () => undefined);
    const publisher = new RawPublisher(bus);
    await Promise.all([consumer.start(), publisher.start()]);
    // As a consumer moves them there; what waits 10 minutes is there when it is counted.
    for (const body of [new Uint8Array(1), new Uint8Array(2)])
      await publisher.send({ exchange: "", routingKey: retryQueue(queue, 4), body });
    const waiting = async (delay: string) => {
      const text = await (await fetch(`${platform.http}/metrics`)).text();
      return new RegExp(
        `^bloodbank_retries_waiting\\{queue="${queue}",delay="${delay}"\\} (\\d+)$`,
        "m",
      ).exec(text)?.[1];
    };
    await eventually(async () => (await waiting("10m")) === "2");
    await eventually(async () => (await waiting("2m")) === "0");
    await Promise.all([consumer.close(), publisher.close()]);
  });
});
