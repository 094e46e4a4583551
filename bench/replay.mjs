import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { compare } from "./harness.mjs";
import { embeddedBroker, load } from "./subjects.mjs";

/** Stored events sent to one queue, marked and confirmed; and the same with a consumer that takes them meanwhile. */
export default async function replay({ rounds }) {
  const folder = await mkdtemp(path.join(tmpdir(), "bloodbank-bench-"));
  const embedded = await embeddedBroker();
  try {
    return [
      await compare({
        title:
          "replay 60,000 events of 537 bytes to one queue, until all are confirmed (budget 20,000 events/s)",
        unit: "events/s",
        subjects: {
          "to a queue": () => load("replay.mjs", "alone", embedded.port, 60_000, folder),
          "to a queue that is emptied": () => load("replay.mjs", "taken", embedded.port, 60_000, folder),
        },
        baseline: "to a queue",
        rounds,
      }),
    ];
  } finally {
    await embedded.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
