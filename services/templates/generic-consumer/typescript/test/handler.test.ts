import { expect, test } from "vitest";
import { handle } from "../src/index.js";

test("an event is handled, and the log says so", async () => {
  const lines: string[] = [];
  const event = {
    event_id: "0190f5c4-7b1e-7c3a-8f00-000000000001",
    event_type: "__EVENT_TYPE__",
    timestamp: "2026-02-03T09:00:00Z",
    version: "v1",
    source: { host: "test", type: "manual", app: "test" },
    payload: {},
  } as const;
  await handle(event, (_, message) => lines.push(message));
  expect(lines).toEqual(["handled __EVENT_TYPE__"]);
});
