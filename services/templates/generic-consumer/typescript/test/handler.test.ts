import { topicMatcher } from "@33god/bloodbank";
import { loadCatalog } from "@33god/holyfields";
import { expect, test } from "vitest";
import { handle, type Incoming } from "../src/index.js";

test("every example of its contracts is handled, and the log says so", async () => {
  const wanted = topicMatcher("__EVENT_TYPE__");
  const contracts = loadCatalog().contracts.filter(({ eventType }) => wanted(eventType));
  const examples = contracts.flatMap((contract) => contract.examples);
  expect(examples.length).toBeGreaterThan(0);
  const lines: string[] = [];
  for (const event of examples) await handle(event as Incoming, (_, message) => lines.push(message));
  expect(lines).toEqual(examples.map(({ event_type }) => `handled ${event_type}`));
});
