import { expect, test } from "vitest";
import { ServiceMetrics } from "../src/process/metrics.js";

test("a service tells what it handled, how long that took, and how old events were when they first came", () => {
  const metrics = new ServiceMetrics("echo");
  const event = { queue: "services.a.echo", type: "artifact.created" };
  metrics.handled({ ...event, outcome: "retried", seconds: 0.5, attempt: 1, lag: 2 });
  // It waited in the ladder: its age is no lag of the queue.
  metrics.handled({ ...event, outcome: "handled", seconds: 0.25, attempt: 2, lag: 7 });
  metrics.handled({ ...event, outcome: "handled", seconds: 0.25, attempt: 1, lag: undefined });
  const labels = 'service="echo",queue="services.a.echo",type="artifact.created"';
  expect(metrics.text(true).split("\n")).toEqual(
    expect.arrayContaining([
      `bloodbank_handle_seconds_count{${labels},outcome="retried"} 1`,
      `bloodbank_handle_seconds_sum{${labels},outcome="handled"} 0.5`,
      `bloodbank_lag_seconds_count{${labels}} 1`,
      `bloodbank_lag_seconds_sum{${labels}} 2`,
      'bloodbank_service_connected{service="echo"} 1',
    ]),
  );
});
