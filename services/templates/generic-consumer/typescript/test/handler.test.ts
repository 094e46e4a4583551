import { topicMatcher } from "@33god/bloodbank";
import { startTestBus } from "@33god/bloodbank/testing";
import { expect, test } from "vitest";
import { CONSUMES, service } from "../src/index.js";

test("every example of what it consumes is handled, and the log says so", async () => {
  const bus = await startTestBus();
  const lines: string[] = [];
  const running = service(bus.options, (_, message) => lines.push(message));
  try {
    await running.start();
    const { catalog } = bus.options;
    const types = new Set(catalog.contracts.map(({ eventType }) => eventType));
    const wanted = [...types].filter((type) => CONSUMES.some((pattern) => topicMatcher(pattern)(type)));
    const examples = wanted.flatMap((type) => catalog.get(type)?.examples ?? []);
    expect(examples.length).toBeGreaterThan(0);
    for (const { event_type, payload } of examples) await bus.publisher.publish(event_type, payload);
    await bus.settled();
    const handled = examples.map(({ event_type }) => `handled ${event_type}`);
    expect(lines.filter((line) => line.startsWith("handled ")).sort()).toEqual(handled.sort());
  } finally {
    await running.close();
    await bus.close();
  }
});
