import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { root } from "../scripts/bootstrap.mjs";
import { compare } from "./harness.mjs";
import { embeddedBroker, load } from "./subjects.mjs";

/** From the bus to committed and synced in the store, by the recorder; and bare SQLite with the same bytes. */
export default async function record({ rounds, log }) {
  const folder = await mkdtemp(path.join(tmpdir(), "bloodbank-bench-"));
  const embedded = await embeddedBroker();
  log(`events in ${path.relative(root, folder)}`);
  try {
    return [
      await compare({
        title:
          "record 60,000 events of 537 bytes from the bus, until the last is committed (budget 20,000 events/s)",
        unit: "events/s",
        subjects: {
          "bare SQLite": () => load("record.mjs", "bare", 0, 60_000, folder),
          recorder: () => load("record.mjs", "recorder", embedded.port, 60_000, folder),
        },
        baseline: "bare SQLite",
        rounds,
      }),
    ];
  } finally {
    await embedded.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
