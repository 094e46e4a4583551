/** The platform on a cluster of three RabbitMQ nodes whose nodes are killed and cut off; `test:full` runs each fault in turn. */
import { describe, expect, test } from "vitest";
import { clusterUnderFaults, everyFault } from "../cluster/scenario.mjs";

const full = process.env.TEST_FULL !== undefined;
const installed = process.env.TEST_RABBITMQ_SERVER !== undefined;
// The first node leads every queue when the load begins: it is the one that hurts.
const few = [
  { how: "killed", node: 0 },
  { how: "cut", node: 1 },
] as const;

describe.skipIf(!installed)("a cluster of three RabbitMQ nodes (TEST_RABBITMQ_SERVER)", () => {
  test("that loses one, by kill -9 or a partition, loses no confirmed event, makes each effect once, and brings each dead letter", async () => {
    const faults = full ? everyFault(2) : few;
    const result = await clusterUnderFaults({ faults, say: (line: string) => console.info(line) });
    expect(result.losses).toEqual([]);
    expect(result.faults).toHaveLength(faults.length);
    // Retry, dead-letter and suspects queues as well.
    expect(new Set(Object.values(result.queueTypes))).toEqual(new Set(["quorum"]));
    expect(result.queueTypes).toHaveProperty(["services.cluster.effects.retry.1s"]);
    expect(result.confirmed).toBeGreaterThan(0);
    expect(result.retried).toBeGreaterThan(0);
    expect(result.unconfirmed).toEqual([]);
    if (process.env.TEST_PYTHON !== undefined) expect(result.confirmedToPython).toBeGreaterThan(0);
    for (const { events } of Object.values(result.deadLetters)) expect(events).toBeGreaterThan(0);
  }, 3_600_000);
});
