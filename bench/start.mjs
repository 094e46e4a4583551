import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { root } from "../scripts/bootstrap.mjs";
import { compare } from "./harness.mjs";
import { platform, residentMegabytes } from "./subjects.mjs";

const SERVICES = 20;

/** A folder whose registry has so many services, each a real one: its own queue, and a handler. */
async function project() {
  const { withDerivedSections } = await import("@33god/registry");
  const folder = mkdtempSync(path.join(tmpdir(), "bloodbank-bench-"));
  const url = (file) => pathToFileURL(path.join(root, file)).href;
  const services = {};
  for (let n = 0; n < SERVICES; n += 1) {
    const name = `bench-${n}`;
    const queue = `services.bench.s${n}`;
    mkdirSync(path.join(folder, "services", name), { recursive: true });
    writeFileSync(
      path.join(folder, "services", name, "main.mjs"),
      `import { Consumer } from "${url("bloodbank/client/dist/index.js")}";
import { runService } from "${url("services/service-kit/dist/run-service.js")}";
await runService({
  name: "${name}",
  env: process.env,
  create({ bus }) {
    const consumer = new Consumer(bus, { queue: "${queue}" }).on("artifact.created", () => undefined);
    return {
      get connected() { return consumer.connected; },
      start: () => consumer.start({ retry: true }),
      close: () => consumer.close(),
    };
  },
});
`,
    );
    services[name] = {
      name,
      description: "One of many.",
      type: "event-consumer",
      layer: "processors",
      queue_name: queue,
      routing_keys: ["artifact.created"],
      status: "active",
      owner: "bench",
      run: { folder: name, command: ["node", "main.mjs"] },
    };
  }
  const registry = { version: "1.0", exchange: "bloodbank.events.v1", services };
  writeFileSync(
    path.join(folder, "services", "registry.yaml"),
    withDerivedSections(JSON.stringify({ ...registry, event_subscriptions: {}, topology: {} })),
  );
  copyFileSync(
    path.join(root, "services/registry.schema.json"),
    path.join(folder, "services/registry.schema.json"),
  );
  return folder;
}

async function allRun(http) {
  for (;;) {
    const { checks } = await (await fetch(`http://127.0.0.1:${http}/health/ready`)).json();
    if (checks.services.running === SERVICES) return;
    await sleep(50);
  }
}

/** @param folder with a registry of its own, whose services are started too */
async function started(folder) {
  const { http, ready, pid, stop } = await platform({ folder });
  if (folder) await allRun(http);
  await sleep(1000); // what it does right after it is ready counts as well
  const memory = residentMegabytes(pid);
  await stop();
  return { ready, memory };
}

/** From the start of a built platform's process to `/health/ready` = 200, and its memory a second later. */
export default async function startBenchmark({ rounds }) {
  const folder = await project();
  try {
    const subjects = (figure) => ({
      alone: async () => (await started())[figure],
      [`with ${SERVICES} services`]: async () => (await started(folder))[figure],
    });
    const time = await compare({
      title: "time to ready, built; alone in an empty data directory, or with services (budget 1,000 ms)",
      unit: "ms",
      subjects: subjects("ready"),
      baseline: "alone",
      rounds,
    });
    const memory = await compare({
      title: "resident memory of the platform's process, ready, its services running (budget 150 MB)",
      unit: "MB",
      subjects: subjects("memory"),
      baseline: "alone",
      rounds,
    });
    return [time, memory];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
